import {
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import type {
  DecoderMean,
  DecoderVariance,
  VaeSpec,
} from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import {
  arraysOf,
  decodeRow,
  encodeRow,
  largeParameters,
  logLikelihoodOf,
  rowOf,
} from "./oracle.ts";

const SPEC: VaeSpec = {
  dataDim: 4,
  latentDim: 2,
  hidden: [3],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "bernoulli" },
  initialisation: "normal",
};
const gaussian = (
  variance: DecoderVariance,
  mean: DecoderMean = "linear",
): VaeSpec => ({
  ...SPEC,
  likelihood: { family: "gaussian", variance, mean },
});

testOnBackends("Vae holds the parameters that it was given", async () => {
  const initial = initialParameters(gaussian("learned"), 1);
  using vae = new Vae(gaussian("learned"), initial);
  assertEquals(
    (await vae.values()).map(({ name, shape, values }) => [
      name,
      [...shape],
      values,
    ]),
    initial.map(({ name, shape, values }) => [name, [...shape], values]),
  );
});

testOnBackends(
  "Vae.decode() keeps draws and datapoints apart, [L, B, D]",
  async () => {
    const [draws, count] = [3, 2];
    const specs: VaeSpec[] = [
      SPEC,
      gaussian(0.5),
      gaussian("per-pixel", "sigmoid"),
      { ...SPEC, likelihood: { family: "continuous-bernoulli" } },
      { ...SPEC, likelihood: { family: "discretised-logistic" } },
    ];
    for (const spec of specs) {
      const initial = largeParameters(spec, 2);
      const arrays = arraysOf(initial);
      using vae = new Vae(spec, initial);
      const z = stream(1, "noise").normals(draws * count * 2);
      const mean = vae.decode(tf.tensor(z, [draws, count, 2])).mean();
      assertEquals(mean.shape, [draws, count, 4]);
      const values = await mean.data();
      for (let row = 0; row < draws * count; row++) {
        decodeRow(spec, arrays, rowOf(z, row, 2)).forEach((expected, i) =>
          assertAlmostEquals(values[4 * row + i]!, expected, 1e-6)
        );
      }
    }
  },
);

Deno.test("Vae.spread() is that of the likelihood", async () => {
  await openBackend("cpu");
  const varianceOf = async (spec: VaeSpec) => {
    using vae = new Vae(spec, initialParameters(spec, 0));
    return await vae.spread();
  };
  assertEquals(await varianceOf(SPEC), null);
  assertAlmostEquals((await varianceOf(gaussian(0.3)))!, 0.3, 1e-7);
  assertEquals(await varianceOf(gaussian("learned")), 1);
  assertEquals(await varianceOf(gaussian("per-pixel")), null);
  const likelihood = { family: "discretised-logistic" } as const;
  assertAlmostEquals((await varianceOf({ ...SPEC, likelihood }))!, 0.1, 1e-7);
});

Deno.test("Vae.decode() sets an optimal variance to the mean squared error", async () => {
  await openBackend("cpu");
  const spec = gaussian("optimal");
  using vae = new Vae(spec, largeParameters(spec, 3));
  const z = tf.tensor(stream(2, "noise").normals(12), [2, 3, 2]);
  const x = stream(2, "data").normals(12);
  const mean = await vae.decode(z, tf.tensor(x, [3, 4])).mean().data();
  let squares = 0;
  mean.forEach((value, i) => squares += (value - x[i % 12]!) ** 2);
  assertAlmostEquals((await vae.spread())!, squares / 24, 1e-6);
});

Deno.test("Vae.decode() has a variance for each pixel from z, trained", async () => {
  await openBackend("cpu");
  const spec = gaussian("per-pixel", "sigmoid");
  const initial = largeParameters(spec, 6);
  const arrays = arraysOf(initial);
  using vae = new Vae(spec, initial);
  const z = stream(3, "noise").normals(6);
  const x = stream(3, "data").normals(12);
  const logProb = await vae.decode(tf.tensor(z, [1, 3, 2]))
    .logProb(tf.tensor(x, [3, 4])).data();
  logProb.forEach((value, row) => {
    const pixels = rowOf(x, row, 4);
    const exact = logLikelihoodOf(spec, arrays, rowOf(z, row, 2), pixels);
    assertAlmostEquals(value, exact, 1e-5 * Math.abs(exact));
  });
  const names = vae.trained().map(([name]) => name);
  assertEquals(names.slice(-2), [
    "decoder/log_variance/weight",
    "decoder/log_variance/bias",
  ]);
});

Deno.test("Vae.decode() never sets a fixed or learned variance", async () => {
  await openBackend("cpu");
  for (const variance of [0.3, "learned"] as const) {
    const spec = gaussian(variance);
    using vae = new Vae(spec, largeParameters(spec, 3));
    const before = await vae.spread();
    vae.decode(tf.ones([1, 3, 2]), tf.ones([3, 4]));
    assertEquals(await vae.spread(), before);
  }
});

testOnBackends(
  "Vae of one layer has N(0, I) as prior and mu(x) as mean",
  async () => {
    const initial = largeParameters(SPEC, 2);
    const arrays = arraysOf(initial);
    using vae = new Vae(SPEC, initial);
    const noise = stream(3, "noise").normals(3 * 2 * 2);
    const z = tf.tensor(noise, [3, 2, 2]);
    assertEquals(await vae.samplePrior(z).data(), noise);
    const logPrior = await vae.logPrior(z).data();
    assertEquals(logPrior.length, 6);
    const x = Float32Array.from(stream(3, "data").uniforms(8));
    const inference = vae.infer(tf.tensor(x, [2, 4]), z);
    const means = await inference.means().data();
    assertEquals(means.length, 12);
    for (let row = 0; row < 6; row++) {
      const [a, b] = rowOf(noise, row, 2);
      const exact = -Math.log(2 * Math.PI) - (a! * a! + b! * b!) / 2;
      assertAlmostEquals(logPrior[row]!, exact, 1e-6 * Math.abs(exact));
      encodeRow(SPEC, arrays, rowOf(x, row % 2, 4)).mean.forEach((mean, j) =>
        assertAlmostEquals(means[2 * row + j]!, mean, 1e-6)
      );
    }
  },
);

Deno.test("Vae.values() are copies", async () => {
  await openBackend("cpu");
  using vae = new Vae(SPEC, initialParameters(SPEC, 1));
  const [before] = await vae.values();
  const kept = before!.values.slice();
  const [, variable] = vae.trained()[0]!;
  tf.tidy(() => variable.assign(tf.add(variable, 1)));
  assertEquals(before!.values, kept);
  assertNotEquals((await vae.values())[0]!.values, kept);
});

Deno.test("Vae.dispose() frees the parameters", async () => {
  await openBackend("cpu");
  const before = tf.memory().numTensors;
  const vae = new Vae(SPEC, initialParameters(SPEC, 0));
  assertEquals(tf.memory().numTensors, before, "nothing computes there yet");
  const { size } = vae.parameters;
  assertEquals(tf.memory().numTensors, before + size);
  vae.dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("Vae.encode() names a parameter that is not there", async () => {
  await openBackend("cpu");
  using vae = new Vae(SPEC, initialParameters(SPEC, 0).slice(1));
  assertThrows(
    () => vae.encode(tf.ones([1, 4])),
    Error,
    "no parameter encoder/hidden1/weight",
  );
});
