/**
 * latent-sweep without pictures and figures, whose runs stop at their first checkpoint when
 * they begin, and end when the same command is given again.
 */

import {
  Batches,
  createVae,
  evaluateRun,
  loadDataset,
  main,
  train,
  UserError,
} from "../../mod.ts";

await main({ name: "latent-sweep", shows: "no figure" }, async (run) => {
  const { config } = run;
  const data = await loadDataset(config, run.source);
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);
  const results = await run.open(data, engine);
  const hasBegun = engine.stepsDone > 0;
  const batches = new Batches(data, config);
  for await (const report of train(engine, batches, config, run)) {
    await results.record(report);
    if (report.kind !== "checkpoint" || hasBegun) continue;
    throw new UserError(`stopped at step ${report.state.step}`);
  }
  await results.addEvaluation(await evaluateRun(vae, data, config, run));
});
