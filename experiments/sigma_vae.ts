/**
 * sigma-VAE (Rybkin, Daniilidis & Levine 2021): the variance sigma_dec^2 of a
 * Gaussian decoder, which VAEs often fix at 1 or tune by hand, is best had in
 * closed form, as the mean squared error. Here: MNIST's grey levels at fixed
 * variances, at the optimal one of each batch, and at a learned one.
 *
 * The paper has convolutional nets on larger images. Chosen here: 20 latent
 * dimensions, one hidden layer of 400 units, Adam, minibatches of 100, one
 * variance for all pixels.
 *
 * Expected: the test ELBO is highest at the optimal variance, or within 1 nat
 * of the best fixed one, and far from it at 1: after 5e5 samples 435, 383 at
 * 0.03, and -743 (one seed); after 5e6 547, 540 at 0.01 (means of three seeds),
 * and -740 (one).
 * The default, 5e5 samples a run, takes 2 minutes on two cores, and 5e6 16.
 *
 *     deno task exp:sigma-vae --seed 1,2,3 --check
 *     deno task exp:sigma-vae --decoder-variance 0.05
 */

import {
  Batches,
  budgetLabel,
  checkPublished,
  createVae,
  evaluateRun,
  loadDataset,
  main,
  type RunConfig,
  type RunsOf,
  train,
} from "../mod.ts";

const experiment = {
  name: "sigma-vae",
  shows: "ELBO at fixed variances of the decoder and at the optimal one",
  defaults: {
    dataset: "mnist",
    budget: "5e5",
    latent: "20",
    hidden: "400",
    likelihood: "gaussian",
    "eval-every": "1000",
    "checkpoint-every": "1000",
  },
  sweep: { "decoder-variance": "0.003,0.01,0.03,0.1,1,optimal,learned" },
  labelled: ["steps", "decoder-variance"],
  label: (config: RunConfig) => {
    const { likelihood } = config;
    const variance = "variance" in likelihood ? likelihood.variance : "none";
    return `var${variance}-${budgetLabel(config)}`;
  },
  check: (runs: RunsOf) => checkPublished("sigma-vae", runs),
};

await main(experiment, async (run) => {
  const { config } = run;

  // Data: grey levels.
  const data = await loadDataset(config, run.source);
  const batches = new Batches(data, config);

  // Model: the same net and initial parameters, whatever the variance.
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);

  // Loop: with `optimal` the variance follows the batch's mean squared error.
  const results = await run.open(data, engine);
  for await (const report of train(engine, batches, config, run)) {
    await results.record(report);
  }

  // Evaluation
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});
