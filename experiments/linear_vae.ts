/**
 * The linear VAE is probabilistic PCA (Tipping & Bishop 1999; Lucas, Tucker,
 * Grosse & Norouzi: Don't Blame the ELBO!, 2019): its ELBO has no other maxima
 * than the largest mean of log p(x), which has a closed form. Training must
 * come near it, with as many latent dimensions as one likes.
 *
 * Lucas et al. train on 1000 MNIST images, grey levels with one variance for
 * all pixels. Not stated, and chosen here: Adam with stages of falling step
 * size, minibatches of 100. The ELBO is that of the 1000 train images, exact
 * (no draws of z); the covariance has the normaliser N, as the maximum has it.
 *
 * Expected: `exact_elbo` comes near `ppca_log_likelihood`, which is the optimum:
 * with 50 dimensions to 0.6 nats, with 100 to 1.9. What is missing falls from
 * stage to stage, with 100 dimensions 48, 11, 4.1, 2.4 and 1.9 nats (means of
 * three seeds). The default, 1500 passes, takes about 5 minutes on two cores.
 *
 *     deno task exp:linear-vae --latent 10
 *     deno task exp:linear-vae --seed 1,2,3 --check
 */

import {
  Batches,
  budgetLabel,
  checkPublished,
  createVae,
  evaluateRun,
  exactElboTerms,
  gather,
  inStages,
  loadDataset,
  main,
  type PpcaOptimum,
  ppcaOptimum,
  principalComponents,
  type RunConfig,
  type RunsOf,
  train,
  UserError,
} from "../mod.ts";

/** Stages of passes, and their step sizes. */
const STAGES = [
  { passes: 300, learningRate: 0.003 },
  { passes: 300, learningRate: 0.001 },
  { passes: 300, learningRate: 0.0003 },
  { passes: 300, learningRate: 0.0001 },
  { passes: 300, learningRate: 0.00003 },
];

const experiment = {
  name: "linear-vae",
  shows: "linear VAEs against the optimum of probabilistic PCA",
  defaults: {
    dataset: "mnist",
    passes: "1500",
    latent: "2,10,20,50,100",
    "train-size": "1000",
    "test-size": "1000",
    "checkpoint-every": "1000",
  },
  fixed: {
    ...{ hidden: "none", likelihood: "gaussian", "upper-latent": "none" },
    condition: "none",
    missing: "refuse",
  },
  labelled: ["steps"],
  label: budgetLabel,
  derive: inStages(STAGES),
  check: (runs: RunsOf) => checkPublished("linear-vae", runs),
};

await main(experiment, async (run) => {
  const { config } = run;

  // Data: all train rows at once, and the optimum on them.
  const data = await loadDataset(config, run.source);
  const batches = new Batches(data, config);
  const rows = Uint32Array.from({ length: data.train.count }, (_, i) => i);
  const x = gather(data.train, rows);
  const optimum = optimumOn(x, data.dim, config);

  // Model: linear maps and one variance.
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);

  // Loop: each evaluation gets the exact terms of the train rows.
  const results = await run.open(data, engine);
  for await (const report of train(engine, batches, config, run)) {
    if (report.kind !== "evaluation") await results.record(report);
    else {
      const exact = await exactElboTerms(vae, x);
      await results.record(report, {
        exact_elbo: exact.elbo,
        log_likelihood: exact.logLikelihood,
        ppca_log_likelihood: optimum.logLikelihood,
        ppca_decoder_variance: optimum.noiseVariance,
      });
    }
  }

  // Evaluation
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});

/**
 * The optimum on the rows, at the variance that is fixed, if one is.
 *
 * @throws {UserError} there is none, or the flags ask for another model
 */
function optimumOn(
  x: Float32Array,
  dim: number,
  { latentDim, likelihood }: RunConfig,
): PpcaOptimum {
  if (
    likelihood.family !== "gaussian" || likelihood.mean !== "linear" ||
    likelihood.variance === "per-pixel"
  ) {
    throw new UserError(
      "--decoder-mean, --decoder-variance: the optimum is that of a linear " +
        "mean and one variance for all pixels; use those",
    );
  }
  const { variance } = likelihood;
  const fixed = typeof variance === "number" ? { noiseVariance: variance } : {};
  try {
    const components = principalComponents(x, dim);
    return ppcaOptimum(components, { latentDim, ...fixed });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(
      `--latent ${latentDim}: so few train rows have no optimum with so many ` +
        "dimensions; use fewer, or a larger --train-size",
    );
  }
}
