/** An experiment for tests: seed 2 diverges, and seed 4 meets a bug. */

import {
  Batches,
  createVae,
  evaluateRun,
  loadDataset,
  main,
  ReferenceEngine,
  train,
} from "../../mod.ts";

const experiment = {
  name: "seed-two-diverges",
  shows: "that one run's failure is its own",
  axis: "latentDim",
} as const;

await main(experiment, async (run) => {
  const { backend, source } = run;
  const config = run.config.seed === 2
    ? { ...run.config, learningRate: 1e30 }
    : run.config;
  const data = await loadDataset(config, source);
  using vae = createVae(config, data);
  using engine = new ReferenceEngine(vae, config, backend.check);
  const results = await run.open(data, engine);
  const batches = new Batches(data, config);
  for await (const report of train(engine, batches, config, run)) {
    await results.record(report);
    if (config.seed === 4) throw new Error("a bug of the experiment");
  }
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});
