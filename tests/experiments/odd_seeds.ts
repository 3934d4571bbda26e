/**
 * An experiment for tests: seed 2 diverges, seed 4 meets a bug, seed 5 ends
 * its thread after step 2, and seeds from 6 print how many came before them to
 * the same data.
 */

import {
  Batches,
  createVae,
  evaluateRun,
  loadDataset,
  main,
  train,
} from "../../mod.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import "../../src/tfjs.ts";

const experiment = {
  name: "odd-seeds",
  shows: "that one run's failure is its own",
  axis: "latentDim",
} as const;

await main(experiment, async (run) => {
  const { backend, source } = run;
  const { seed } = run.config;
  const config = seed === 2
    ? { ...run.config, learningRate: 1e30 }
    : run.config;
  const data = await loadDataset(config, source);
  if (seed >= 6) {
    // The first pixel counts: runs must not write to the data, but could.
    const { buffer } = data.train.values;
    console.log(Atomics.add(new Uint8Array(buffer), 0, 1));
  }
  using vae = createVae(config, data);
  using engine = new ReferenceEngine(vae, config, backend.check);
  const results = await run.open(data, engine);
  const batches = new Batches(data, config);
  for await (const report of train(engine, batches, config, run)) {
    await results.record(report);
    if (seed === 4) throw new Error("a bug of the experiment");
    if (seed === 5 && report.kind === "checkpoint" && report.state.step === 2) {
      Deno.exit(3);
    }
  }
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});
