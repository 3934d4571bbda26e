/**
 * The ELBO and its two terms against the dimension of the latent space, as in
 * AEVB (Kingma & Welling, arXiv 1312.6114), figure 2: more dimensions help
 * the reconstruction and cost KL. Of the defaults ten have the highest test ELBO
 * (one seed).
 *
 *     deno task exp:latent-sweep
 *     deno task exp:latent-sweep --dataset mnist --latent 2,10
 */

import {
  Batches,
  createVae,
  drawPictures,
  evaluateRun,
  loadDataset,
  main,
  train,
} from "../mod.ts";

const experiment = {
  name: "latent-sweep",
  shows: "ELBO, reconstruction and KL against the latent dimension",
  axis: "latent",
  defaults: { dataset: "glyphs", latent: "2,5,10,20" },
  setups: [
    { of: { dataset: "glyphs" }, defaults: { steps: "6000" } },
    { of: { dataset: "mnist" }, defaults: { steps: "300" } },
  ],
} as const;

await main(experiment, async (run) => {
  const { config } = run;

  // Data: two splits of images, pixels drawn from grey levels at every step.
  const data = await loadDataset(config, run.source);
  const batches = new Batches(data, config);

  // Model: q(z|x), p(z) = N(0, I) and p(x|z), initialised from the seed.
  using vae = createVae(config, data);
  using engine = await run.openEngine(vae);

  // Loop: up the gradient of ELBO = reconstruction - KL, every step a row.
  const results = await run.open(data, engine);
  for await (const report of train(engine, batches, config, run)) {
    await results.record(report);
  }

  // Evaluation: log p(x) by importance sampling, the units that are used.
  await results.addEvaluation(await evaluateRun(vae, data, config, run));

  // Pictures: reconstructions, samples of the prior, the manifold of z = 2.
  const pictures = await drawPictures(vae, data, config.seed, run);
  await results.addPictures(pictures);
});
