/** An experiment for tests, of data that it makes. */

import {
  Batches,
  createVae,
  dataset,
  evaluateRun,
  loadDataset,
  main,
  train,
} from "../../mod.ts";

const rows = (count: number, phase: number) => ({
  count,
  dim: 3,
  values: Float32Array.from(
    { length: 3 * count },
    (_, i) => Math.sin(i * i + phase),
  ),
});

const experiment = {
  name: "script-data",
  shows: "data of a script",
  data: dataset({ name: "waves", train: rows(40, 0), test: rows(12, 1) }),
} as const;

await main(experiment, async (run) => {
  const { config } = run;
  const data = await loadDataset(config, run.source);
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);
  const results = await run.open(data, engine);
  const batches = new Batches(data, config);
  for await (const report of train(engine, batches, config, run)) {
    await results.record(report);
  }
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});
