import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { elboTerms, meanElbo } from "../../src/model/elbo.ts";
import { exactElboTerms } from "../../src/evaluate/exact_elbo.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertAverages } from "../random/statistics.ts";
import { arraysOf, elboOf, largeParameters } from "./oracle.ts";

const LINEAR: VaeSpec = {
  dataDim: 4,
  latentDim: 2,
  hidden: [],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "gaussian", variance: "learned", mean: "linear" },
  initialisation: "glorot",
};
const DEEP: VaeSpec = {
  ...LINEAR,
  hidden: [5, 3],
  likelihood: { family: "bernoulli" },
};

testOnBackends(
  "elboTerms() are [B] and [B, d], of the oracle's ELBO",
  async () => {
    const [count, draws] = [3, 4];
    for (const spec of [LINEAR, DEEP]) {
      for (const posterior of ["diagonal", "isotropic"] as const) {
        const own = { ...spec, posterior };
        const initial = largeParameters(own, 1);
        using vae = new Vae(own, initial);
        const x = Float32Array.from(stream(1, "data").uniforms(count * 4));
        const noise = stream(1, "noise").normals(draws * count * 2);
        for (const kl of ["closed-form", "sampled"] as const) {
          const terms = elboTerms(
            vae,
            tf.tensor(x, [count, 4]),
            tf.tensor(noise, [draws, count, 2]),
            { kl },
          );
          assertEquals(terms.reconstruction.shape, [count]);
          assertEquals(terms.klPerDimension.shape, [count, 2]);
          const mean = meanElbo(terms);
          const [reconstruction] = await mean.reconstruction.data();
          const [divergence] = await mean.kl.data();
          const [elbo] = await mean.elbo.data();
          const exact = elboOf(own, arraysOf(initial), x, noise, kl);
          const tolerance = 1e-6 * (Math.abs(exact.reconstruction) + exact.kl);
          assertAlmostEquals(reconstruction!, exact.reconstruction, tolerance);
          assertAlmostEquals(divergence!, exact.kl, tolerance);
          assertAlmostEquals(elbo!, reconstruction! - divergence!, tolerance);
        }
      }
    }
  },
);

Deno.test("elboTerms() averages its L draws", async () => {
  await openBackend("cpu");
  using vae = new Vae(DEEP, largeParameters(DEEP, 2));
  const x = tf.tensor(
    Float32Array.from(stream(2, "data").uniforms(12)),
    [3, 4],
  );
  const noise = tf.tensor(stream(2, "noise").normals(5 * 6), [5, 3, 2]);
  for (const kl of ["closed-form", "sampled"] as const) {
    const sums = { reconstruction: [0, 0, 0], kl: [0, 0, 0, 0, 0, 0] };
    for (const one of tf.split(noise, 5)) {
      const terms = elboTerms(vae, x, one, { kl });
      (await terms.reconstruction.data())
        .forEach((value, i) => sums.reconstruction[i]! += value / 5);
      (await terms.klPerDimension.data())
        .forEach((value, i) => sums.kl[i]! += value / 5);
    }
    const all = elboTerms(vae, x, noise, { kl });
    (await all.reconstruction.data()).forEach((value, i) =>
      assertAlmostEquals(value, sums.reconstruction[i]!, 1e-5)
    );
    (await all.klPerDimension.data()).forEach((value, i) =>
      assertAlmostEquals(value, sums.kl[i]!, 1e-5)
    );
  }
});

Deno.test("elboTerms() average to the exact ELBO of a linear Gaussian VAE", async () => {
  await openBackend("cpu");
  const rows = 50_000;
  for (const posterior of ["diagonal", "isotropic"] as const) {
    const spec = { ...LINEAR, posterior };
    using vae = new Vae(spec, largeParameters(spec, 3));
    const x = Float32Array.of(0.3, -1, 0.8, 2);
    const exact = await exactElboTerms(vae, x);
    for (const draws of [1, 3]) {
      const tiled = tf.tile(tf.tensor(x, [1, 4]), [rows, 1]);
      const noise = tf.tensor(
        stream(3, "noise", draws).normals(draws * rows * 2),
        [draws, rows, 2],
      );
      const terms = elboTerms(vae, tiled, noise, { kl: "sampled" });
      const kl = await tf.sum(terms.klPerDimension, -1).data();
      const reconstruction = await terms.reconstruction.data();
      const elbo = Float64Array.from(
        reconstruction,
        (value, i) => value - kl[i]!,
      );
      const name = `${posterior}, L = ${draws}`;
      assertAverages(reconstruction, exact.reconstruction, 1, name);
      assertAverages(kl, exact.kl, 0.1, name);
      assertAverages(elbo, exact.elbo, 1, name);
    }
  }
});

Deno.test("elboTerms() run the encoder once, whatever L", async () => {
  await openBackend("cpu");
  const count = 3;
  using vae = new Vae(DEEP, largeParameters(DEEP, 4));
  for (const draws of [1, 7]) {
    const { kernels } = await tf.profile(() =>
      elboTerms(
        vae,
        tf.ones([count, 4]),
        tf.ones([draws, count, 2]),
      ).reconstruction
    );
    const products = kernels
      .filter(({ name }) => name.includes("MatMul"))
      .map(({ inputShapes }) => inputShapes);
    // x -> 5 -> 3 -> mean and log variance at B rows, then the decoder,
    // z -> 3 -> 5 -> x, at L B rows.
    assertEquals(products, [
      [[count, 4], [4, 5]],
      [[count, 5], [5, 3]],
      [[count, 3], [3, 2]],
      [[count, 3], [3, 2]],
      [[draws * count, 2], [2, 3]],
      [[draws * count, 3], [3, 5]],
      [[draws * count, 5], [5, 4]],
    ]);
  }
});

Deno.test("elboTerms() set an optimal decoder variance in training alone", async () => {
  await openBackend("cpu");
  const spec: VaeSpec = {
    ...LINEAR,
    likelihood: { family: "gaussian", variance: "optimal", mean: "linear" },
  };
  const initial = largeParameters(spec, 5);
  using vae = new Vae(spec, initial);
  const x = Float32Array.from(stream(5, "data").normals(12));
  const noise = stream(5, "noise").normals(12);
  const run = (training: boolean) =>
    elboTerms(
      vae,
      tf.tensor(x, [3, 4]),
      tf.tensor(noise, [2, 3, 2]),
      { training },
    );
  const before = await vae.spread();
  run(false);
  assertEquals(await vae.spread(), before);
  const terms = await run(true).reconstruction.data();
  const after = (await vae.spread())!;
  // At the optimum ln p(x|z) = -D/2 (ln(2 pi s^2) + 1), on average.
  let mean = 0;
  for (const value of terms) mean += value / 3;
  assertAlmostEquals(mean, -2 * (Math.log(2 * Math.PI * after) + 1), 1e-5);
  assertGreater(Math.abs(after - before!), 0.1);
  // What was set stays for evaluations.
  assertEquals(await run(false).reconstruction.data(), terms);
});

Deno.test("meanElbo() averages datapoints and sums dimensions", async () => {
  await openBackend("cpu");
  const { reconstruction, kl, elbo } = meanElbo({
    reconstruction: tf.tensor([-3, -5]),
    klPerDimension: tf.tensor([[1, 2, 3], [4, 5, 6]]),
  });
  assertEquals([...await reconstruction.data()], [-4]);
  assertAlmostEquals((await kl.data())[0]!, 10.5, 1e-6);
  assertAlmostEquals((await elbo.data())[0]!, -14.5, 1e-6);
  assertEquals(elbo.shape, []);
});
