import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  aisLogLikelihood,
  linearTemperatures,
  sigmoidTemperatures,
} from "../../src/inference/ais.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertAverages, average } from "../random/statistics.ts";
import { assertCalibrated, assertWithinErrors, read } from "./agreement.ts";
import {
  bernoulliDensity,
  linearGaussianDensity,
  twoLayerDensity,
  twoModesDensity,
} from "./densities.ts";

const SMALL = { seed: 1, chains: 4, temperatures: linearTemperatures(8) };
const LONG = {
  seed: 1,
  chains: 200,
  temperatures: sigmoidTemperatures(80),
  leapfrogSteps: 4,
};

/** Enough for few dimensions. */
const HALF = { ...LONG, temperatures: sigmoidTemperatures(40) };

testOnBackends("aisLogLikelihood() is ln p(x) on every backend", async () => {
  const density = linearGaussianDensity(1, 5);
  const estimate = aisLogLikelihood(density, {
    seed: 1,
    chains: 200,
    temperatures: linearTemperatures(20),
    leapfrogSteps: 3,
  });
  await assertWithinErrors(estimate, density.exact, 0.1);
});

Deno.test("aisLogLikelihood() is ln p(x) of the linear Gaussian model", async () => {
  await openBackend("wasm");
  for (const d of [1, 2, 4]) {
    const density = linearGaussianDensity(d, 5);
    const estimate = aisLogLikelihood(density, LONG);
    await assertWithinErrors(estimate, density.exact, 0.1, `d ${d}`);
  }
});

Deno.test("aisLogLikelihood() is ln p(x) of a decoder that is not linear", async () => {
  await openBackend("wasm");
  const density = bernoulliDensity(5);
  using _ = density.vae;
  await assertWithinErrors(
    aisLogLikelihood(density, HALF),
    density.exact,
    0.1,
  );
});

Deno.test("aisLogLikelihood() is ln p(x) of a model with two layers", async () => {
  await openBackend("wasm");
  const density = twoLayerDensity(5);
  await assertWithinErrors(
    aisLogLikelihood(density, HALF),
    density.exact,
    0.1,
  );
});

Deno.test("aisLogLikelihood() finds both of two modes", async () => {
  await openBackend("wasm");
  const density = twoModesDensity(12.5);
  await assertWithinErrors(
    aisLogLikelihood(density, HALF),
    density.exact,
    0.1,
  );
});

Deno.test("aisLogLikelihood() has weights of mean p(x), whatever the schedule", async () => {
  await openBackend("wasm");
  const density = linearGaussianDensity(1, 1000);
  for (const temperatures of [[0, 1], [0, 0.05, 1], [0, 0.02, 0.1, 0.4, 1]]) {
    const { logLikelihood } = await read(aisLogLikelihood(density, {
      seed: 3,
      chains: 8,
      temperatures,
      leapfrogSteps: 2,
    }));
    const errors = logLikelihood.map((value, b) => value - density.exact[b]!);
    const name = `temperatures ${temperatures}`;
    assertAverages(errors.map(Math.exp), 1, 0.5, name);
    // The mean of the logarithm is below: a bound.
    const { mean, error } = average(errors);
    assertLess(mean, -5 * error, name);
  }
});

Deno.test("aisLogLikelihood() reports the spread of its estimates", async () => {
  await openBackend("wasm");
  const density = linearGaussianDensity(2, 200);
  await assertCalibrated(
    aisLogLikelihood(density, { ...HALF, chains: 24 }),
    density.exact,
  );
});

Deno.test("aisLogLikelihood() adapts its step sizes as the density narrows", async () => {
  await openBackend("wasm");
  const density = linearGaussianDensity(2, 5);
  const options = { ...LONG, chains: 20 };
  const { acceptance } = await read(aisLogLikelihood(density, options));
  // A little below 0.65: the adaptation lags behind the temperature.
  for (const reached of acceptance) assertAlmostEquals(reached, 0.6, 0.05);
});

Deno.test("aisLogLikelihood() gives the same bytes for the same seed", async () => {
  await openBackend("cpu");
  const density = linearGaussianDensity(2, 3);
  const once = await read(aisLogLikelihood(density, SMALL));
  assertEquals(await read(aisLogLikelihood(density, SMALL)), once);
  const other = await read(aisLogLikelihood(density, { ...SMALL, seed: 2 }));
  once.logLikelihood.forEach((value, b) =>
    assertNotEquals(value, other.logLikelihood[b])
  );
});

Deno.test("aisLogLikelihood() gives the same bytes in chunks", async () => {
  await openBackend("cpu");
  const whole = await read(
    aisLogLikelihood(linearGaussianDensity(2, 3), SMALL),
  );
  const rest = await read(
    aisLogLikelihood(linearGaussianDensity(2, 2, 1), { ...SMALL, firstRow: 1 }),
  );
  assertEquals(rest.logLikelihood, whole.logLikelihood.slice(1));
  assertEquals(rest.standardError, whole.standardError.slice(1));
  assertEquals(rest.acceptance, whole.acceptance.slice(1));
});

Deno.test("aisLogLikelihood() leaves its result behind alone", async () => {
  await openBackend("cpu");
  const density = linearGaussianDensity(2, 3);
  const before = tf.memory().numTensors;
  const estimate = aisLogLikelihood(density, SMALL);
  assertEquals(tf.memory().numTensors, before + 3);
  tf.dispose(estimate);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("aisLogLikelihood() refuses what is no schedule", async () => {
  await openBackend("cpu");
  const density = linearGaussianDensity(2, 3);
  const refused = (message: string, options: object) =>
    assertThrows(
      () => aisLogLikelihood(density, { ...SMALL, ...options }),
      RangeError,
      message,
    );
  for (
    const temperatures of [
      [],
      [1],
      [0, 0.5],
      [0.1, 1],
      [0, 0.5, 0.5, 1],
      [0, 0.6, 0.5, 1],
      [0, NaN, 1],
    ]
  ) refused("temperatures do not rise from 0 to 1", { temperatures });
  refused("chains is not an integer of at least 2: 1", { chains: 1 });
  refused("leapfrogSteps is not an integer of at least 1: 0", {
    leapfrogSteps: 0,
  });
});

Deno.test("linearTemperatures() has equal steps from 0 to 1", () => {
  assertEquals(linearTemperatures(1), [0, 1]);
  assertEquals(linearTemperatures(4), [0, 0.25, 0.5, 0.75, 1]);
  assertThrows(() => linearTemperatures(0), RangeError, "steps is not");
});

Deno.test("sigmoidTemperatures() lie closest at both ends", () => {
  const temperatures = sigmoidTemperatures(1000);
  assertEquals(temperatures.length, 1001);
  assertEquals([temperatures[0], temperatures[1000]], [0, 1]);
  assertAlmostEquals(temperatures[500]!, 0.5, 1e-12);
  // tanh(1) / tanh(2), for the sigmoid is (1 + tanh(x / 2)) / 2.
  assertAlmostEquals(
    temperatures[750]!,
    (1 + Math.tanh(1) / Math.tanh(2)) / 2,
    1e-12,
  );
  for (let t = 1; t <= 1000; t++) {
    assertGreater(temperatures[t]!, temperatures[t - 1]!);
  }
  assertLess(temperatures[1]!, 1e-3);
});
