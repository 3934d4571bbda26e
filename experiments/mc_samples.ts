/**
 * How many Monte Carlo draws of z per datapoint, L, the estimator needs.
 * AEVB (arXiv 1312.6114), section 2.3: L = 1 suffices where the minibatch is
 * large, say 100. More draws only lower the variance of the reconstruction's
 * estimate, (1/L) sum_l log p(x|z_l); all runs are evaluated alike.
 *
 * With MNIST the claim itself is looked at, with three seeds: --check asks
 * whether the test ELBO after as many samples is within 2 nats, whatever L.
 * After 1e6 samples it is: L = 1 is 0.9 nats below L = 5 and 1.1 below L = 25
 * (standard deviation of the differences over the seeds: 0.2). After 1e5, the
 * default, 1.8 and 2.0 (0.4) do not show it. 1e5 samples a run take 2 minutes on
 * two cores, most of it with L = 25, and 1e6 samples 14.
 *
 *     deno task exp:mc-samples
 *     deno task exp:mc-samples --dataset mnist --budget 1e6 --check
 *     deno task exp:mc-samples --samples 1,50 --batch-size 20 --seed 1,2,3
 */

import {
  Batches,
  budgetLabel,
  checkPublished,
  createVae,
  drawPictures,
  evaluateRun,
  loadDataset,
  main,
  type RunConfig,
  type RunsOf,
  train,
} from "../mod.ts";

const experiment = {
  name: "mc-samples",
  shows: "ELBO, reconstruction and KL against the number of draws L",
  axis: "samples",
  defaults: { dataset: "glyphs", samples: "1,5,25" },
  setups: [
    {
      of: { dataset: "glyphs" },
      defaults: { steps: "300", "eval-every": "50" },
    },
    {
      of: { dataset: "mnist" },
      defaults: { budget: "1e5", seed: "1,2,3", "eval-every": "500" },
    },
  ],
  labelled: ["steps"],
  label: (config: RunConfig) =>
    config.dataset === "mnist" ? budgetLabel(config) : undefined,
  check: (runs: RunsOf) => checkPublished("mc-samples", runs),
} as const;

await main(experiment, async (run) => {
  const { config } = run;

  // Data: the same batches in the same order, whatever L.
  const data = await loadDataset(config, run.source);
  const batches = new Batches(data, config);

  // Model: the same initial parameters, whatever L.
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);

  // Loop: the encoder runs once a step, the decoder on L draws.
  const results = await run.open(data, engine);
  for await (const report of train(engine, batches, config, run)) {
    await results.record(report);
  }
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
  const pictures = await drawPictures(vae, data, config.seed, run);
  await results.addPictures(pictures);
});
