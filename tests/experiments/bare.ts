/** latent-sweep without pictures and figures: see `startBare`. */

import {
  Batches,
  createVae,
  evaluateRun,
  loadDataset,
  main,
  train,
} from "@elbo/lab";

await main({ name: "latent-sweep", shows: "no figure" }, async (run) => {
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
