/**
 * Posterior collapse without a neural net: J. Lucas, G. Tucker, R. Grosse, M.
 * Norouzi, "Don't Blame the ELBO! A Linear VAE Perspective on Posterior
 * Collapse" (2019, arXiv 1911.02469).
 *
 * The marginal likelihood itself, that of probabilistic PCA, makes latent
 * dimensions collapse where the decoder's variance is fixed and too large: at
 * its maximum a dimension is used if its eigenvalue of the data's covariance is
 * above the variance, and is no different from the prior otherwise (Tipping &
 * Bishop 1999). The ELBO of a linear VAE adds no other maxima, so training
 * should come to the same number of dimensions, and with a learned variance,
 * which ends below them all, no dimension collapses.
 *
 * Theirs and here: 1000 MNIST images as grey levels, linear maps, one variance
 * for all pixels. Not stated, and chosen here: 50 dimensions, the variances,
 * Adam in stages of falling step size, minibatches of 100. A dimension counts as
 * used where its KL is above 0.01 nats, in the mean over test images. eval.csv has
 * the largest eigenvalues of the train images' covariance beside the terms.
 *
 * Expected: as many used dimensions as eigenvalues above the variance, or up to
 * two more or fewer (three seeds), and `exact_elbo` within a nat of
 * `ppca_log_likelihood`, with a learned variance 1.3 below it. The default takes
 * 2 minutes on two cores.
 *
 *     deno task exp:posterior-collapse
 *     deno task exp:posterior-collapse --seed 1,2,3 --check
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
  { passes: 150, learningRate: 0.0006 },
  { passes: 150, learningRate: 0.0001 },
];

const experiment = {
  name: "posterior-collapse",
  shows: "latent dimensions of a linear VAE that collapse, and the optimum's",
  defaults: {
    dataset: "mnist",
    passes: "600",
    latent: "50",
    "train-size": "1000",
    "test-size": "1000",
    "final-rows": "1000",
    "checkpoint-every": "1000",
  },
  sweep: { "decoder-variance": "0.1,0.3,1.3,3,learned" },
  fixed: {
    ...{ hidden: "none", likelihood: "gaussian", "upper-latent": "none" },
    ...{ "decoder-mean": "linear", condition: "none", missing: "refuse" },
  },
  labelled: ["steps", "decoder-variance"],
  label: (config: RunConfig) =>
    `var${varianceOf(config)}-${budgetLabel(config)}`,
  derive: inStages(STAGES),
  check: (runs: RunsOf) => checkPublished("posterior-collapse", runs),
};

await main(experiment, async (run) => {
  const { config } = run;

  // Data: all train rows at once, and the optimum on them.
  const data = await loadDataset(config, run.source);
  const batches = new Batches(data, config);
  const rows = Uint32Array.from({ length: data.train.count }, (_, i) => i);
  const x = gather(data.train, rows);
  const variance = varianceOf(config);
  const components = principalComponents(x, data.dim);
  const optimum = ppcaOptimum(components, {
    latentDim: config.latentDim,
    ...typeof variance === "number" && { noiseVariance: variance },
  });
  const eigenvalues = components.eigenvalues.slice(0, config.latentDim);

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
        ppca_log_likelihood: optimum.logLikelihood,
        ppca_used: config.latentDim - optimum.collapsed,
        ...Object.fromEntries(
          eigenvalues.map((value, j) => [`eigenvalue_${j + 1}`, value]),
        ),
      });
    }
  }

  // Evaluation: the dimensions that are used.
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});

/** @throws {UserError} the optimum is of no such variance */
function varianceOf({ likelihood }: RunConfig): number | "learned" {
  const variance = "variance" in likelihood ? likelihood.variance : null;
  if (typeof variance === "number" || variance === "learned") return variance;
  throw new UserError(
    `--decoder-variance ${variance}: the optimum is that of one variance for ` +
      "all pixels; give a number, or learned",
  );
}
