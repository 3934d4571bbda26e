/**
 * Why the ELBO is below log p(x): C. Cremer, X. Li, D. Duvenaud, "Inference
 * suboptimality in variational autoencoders" (2018, arXiv 1801.03558). With q*
 * the best diagonal Gaussian of each image
 *
 *     log p(x) - L[q] = (log p(x) - L[q*]) + (L[q*] - L[q])
 *
 * the approximation gap, of the family of q, and the amortisation gap, of the
 * encoder. They find the second often to be the larger one.
 *
 * Their set-up, as their program has it (github.com/lxuechen/
 * inference-suboptimality): the fixed binarisation of MNIST, 50 latent
 * dimensions, two hidden layers of 200 units on each side, Adam with an epsilon
 * of 1e-4, minibatches of 100, 3280 passes with the step sizes of IWAE; gaps of
 * the first 1000 train images; q* by Adam with 100 draws of z, from N(0, I) on;
 * log p(x) by the larger of L_5000 and annealed importance sampling.
 *
 * Not the same here, for a budget of minutes: tanh units, where theirs are ELU;
 * no warm-up of the KL, whose 400 passes are longer than these trainings; the
 * first 100 train images; q* by 150 steps with 6 draws, mirrored, from the
 * encoder's q on; log p(x) by the larger of L_1000 with q and with q*, both lower
 * bounds on average.
 *
 * `--passes` cuts the schedule short: 1, 4, 13, 40, 121, 364, 1093 or 3280
 * passes end with a stage. Expected: the amortisation gap is the larger one;
 * obtained after 13 passes 3.7 nats, and 2.1 for the approximation gap (means of
 * three seeds).
 * Columns of eval.csv: `amortised_elbo` and `optimised_elbo`, L[q] and L[q*],
 * `log_likelihood`, and both gaps. The default takes about a minute on one core.
 *
 *     deno task exp:inference-gaps
 *     deno task exp:inference-gaps --seed 1,2,3 --check
 */

import {
  Batches,
  budgetLabel,
  checkPublished,
  createVae,
  type Dataset,
  evaluateRun,
  inferenceGaps,
  inStages,
  loadDataset,
  main,
  meanOverRows,
  openDrawEngine,
  type Run,
  type RunConfig,
  type RunsOf,
  train,
  trainRowsAsTest,
  type Vae,
} from "../mod.ts";

/** Train images whose gaps are estimated. */
const ROWS = 100;

/**
 * Draws of z at a step, steps and the first step size by which q* is found, and
 * draws by which the bounds are estimated. Of 25 rows after 13 passes, 10 draws
 * and 400 steps raise L[q*] by 0.02 nats, and 8000 draws L_k by 0.1: its weights
 * have a k-hat of 0.8, so that log p(x), and the approximation gap, are above
 * what is found.
 */
const [SAMPLES, STEPS, STEP_SIZE, K] = [6, 150, 0.05, 1000];

/** Stages of passes: 3^i, and their step sizes. */
const STAGES = Array.from({ length: 8 }, (_, i) => ({
  passes: 3 ** i,
  learningRate: 0.001 * 10 ** (-i / 7),
}));

const experiment = {
  name: "inference-gaps",
  shows: "approximation and amortisation gaps of the ELBO (Cremer et al. 2018)",
  defaults: {
    dataset: "mnist-fixed",
    passes: "13",
    latent: "50",
    hidden: "200,200",
    epsilon: "0.0001",
    "test-size": "1000",
    "final-k": "0",
    "checkpoint-every": "1000",
  },
  fixed: { posterior: "diagonal", "upper-latent": "none" },
  labelled: ["steps"],
  label: budgetLabel,
  derive: {
    learningRate: inStages(STAGES).learningRate,
    evalEvery: {
      help: "the end",
      of: ({ steps }: RunConfig) => [steps],
    },
  },
  check: (runs: RunsOf) => checkPublished("inference-gaps", runs),
};

await main(experiment, async (run) => {
  const { config } = run;

  // Data: the gaps are those of the first train rows.
  const data = await loadDataset(config, run.source);
  const batches = new Batches(data, config);
  const trainRows = trainRowsAsTest(data, config, ROWS);

  // Model
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);

  // Loop: each evaluation gets the bounds and the gaps.
  const results = await run.open(data, engine);
  for await (const report of train(engine, batches, config, run)) {
    if (report.kind !== "evaluation") await results.record(report);
    else await results.record(report, await gaps(vae, trainRows, run));
  }

  // Evaluation: by --final-k, which is 0 here: eval.csv has log p(x).
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});

/** Means of the bounds over the rows, and the gaps between them, in nats. */
async function gaps(
  vae: Vae,
  { test }: Dataset,
  { engine: description, threads, config, signal }: Run,
) {
  using engine = await openDrawEngine(description, vae, threads);
  const { amortised, optimised } = await inferenceGaps(vae, test, {
    ...{ seed: config.seed, engine, signal, k: K },
    ...{ samples: SAMPLES, steps: STEPS, stepSize: STEP_SIZE },
  });
  const [elbo, best] = [amortised, optimised]
    .map((bounds) => meanOverRows(bounds.elbo).value) as [number, number];
  const logLikelihood = Math.max(
    ...[amortised, optimised]
      .map((bounds) => meanOverRows(bounds.importance).value),
  );
  return {
    amortised_elbo: elbo,
    optimised_elbo: best,
    log_likelihood: logLikelihood,
    approximation_gap: logLikelihood - best,
    amortisation_gap: best - elbo,
  };
}
