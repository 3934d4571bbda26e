import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  type HmcSettings,
  hmcTransition,
  leapfrog,
  type LogDensity,
} from "../../src/inference/hmc.ts";
import { logStandardNormal } from "../../src/inference/joint_density.ts";
import { sumAxis } from "../../src/model/reductions.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertAverages, correlation } from "../random/statistics.ts";
import { noiseOf, normalOf, normals, settingsOf } from "./transitions.ts";

/** A ridge along z_2 = z_1^2 / 2: ln p = -(z_1^2 + 4 (z_2 - z_1^2 / 2)^2) / 2. */
const banana: LogDensity = (z) => {
  const [first, second] = tf.split(z, 2, -1) as [tf.Tensor, tf.Tensor];
  const offRidge = tf.sub(second, tf.mul(tf.square(first), 0.5));
  const squares = tf.add(tf.square(first), tf.mul(tf.square(offRidge), 4));
  return tf.mul(sumAxis(squares, -1), -0.5);
};

/** The chains after so many transitions. */
function run(
  logDensity: LogDensity,
  z: tf.Tensor,
  settings: HmcSettings,
  transitions: number,
): tf.Tensor {
  let moved = z;
  for (let n = 0; n < transitions; n++) {
    const noise = noiseOf(z.shape.slice(0, -1), z.shape.at(-1)!, n);
    moved = tf.tidy(() => hmcTransition(logDensity, moved, settings, noise).z);
  }
  return moved;
}

testOnBackends(
  "leapfrog() leads back when the momentum is turned",
  async () => {
    const z = normals([50, 2], 1);
    const momentum = normals([50, 2], 2);
    const settings = settingsOf(0.2, 10);
    const end = leapfrog(banana, z, momentum, settings);
    const back = leapfrog(banana, end.z, tf.neg(end.momentum), settings);
    const moved = await tf.max(tf.abs(tf.sub(end.z, z))).data();
    assertGreater(moved[0]!, 1);
    for (
      const [a, b] of [
        [back.z, z],
        [tf.neg(back.momentum), momentum],
        [back.endLogDensity, end.startLogDensity],
        [back.startLogDensity, end.endLogDensity],
      ] as const
    ) {
      const [error] = await tf.max(tf.abs(tf.sub(a, b))).data();
      assertLess(error!, 5e-5);
    }
  },
);

Deno.test("leapfrog() keeps the energy to second order in the step size", async () => {
  await openBackend("cpu");
  const z = normals([200, 2], 1);
  const momentum = normals([200, 2], 2);
  const errorAt = (stepSize: number) => {
    const end = leapfrog(
      banana,
      z,
      momentum,
      settingsOf(stepSize, 1 / stepSize),
    );
    const kinetic = (p: tf.Tensor) => tf.mul(tf.sum(tf.square(p), -1), 0.5);
    const energy = tf.sub(kinetic(end.momentum), end.endLogDensity);
    const first = tf.sub(kinetic(momentum), end.startLogDensity);
    return tf.sqrt(tf.mean(tf.square(tf.sub(energy, first)))).dataSync()[0]!;
  };
  const [coarse, middle, fine] = [1 / 8, 1 / 16, 1 / 32].map(errorAt) as [
    number,
    number,
    number,
  ];
  assertGreater(fine, 1e-4); // far above rounding
  assertAlmostEquals(coarse / middle, 4, 0.3);
  assertAlmostEquals(middle / fine, 4, 0.1);
});

Deno.test("leapfrog() is the exact map of the harmonic oscillator", async () => {
  await openBackend("cpu");
  // For N(0, 1) a step is a rotation by arccos(1 - epsilon^2 / 2) on an
  // ellipse: at epsilon = 1 six steps are one turn, three are half of one.
  const z = normals([20, 1], 1);
  const momentum = normals([20, 1], 2);
  const end = leapfrog(logStandardNormal, z, momentum, settingsOf(1, 3));
  for (const [a, b] of [[end.z, z], [end.momentum, momentum]] as const) {
    const expected = await tf.neg(b).data();
    (await a.data()).forEach((value, i) =>
      assertAlmostEquals(value, expected[i]!, 1e-5)
    );
  }
});

Deno.test("hmcTransition() leaves a Gaussian invariant", async () => {
  await openBackend("wasm");
  const deviations = [0.5, 1, 3];
  const target = normalOf(deviations);
  // Steps so long that a third of the proposals is rejected: without the
  // rejections the variance would grow by a factor of 1.8.
  const settings = {
    stepSize: tf.tensor2d([deviations.map((deviation) => 1.35 * deviation)]),
    leapfrogSteps: 3,
  };
  const scale = tf.tensor2d(deviations.map((deviation) => [deviation]));
  const start = tf.mul(normals([3000, 3, 2], 3), scale);
  const end = run(target, start, settings, 10);
  const values = await tf.div(end, scale).data();
  for (const b of [0, 1, 2]) {
    const draws = values.filter((_, i) => Math.floor(i / 2) % 3 === b);
    assertAverages(draws, 0, 0.08, `mean ${b}`);
    assertAverages(draws.map((z) => z ** 2), 1, 0.1, `variance ${b}`);
    assertAverages(draws.map((z) => z ** 4), 3, 0.7, `fourth moment ${b}`);
    const [even, odd] = [0, 1].map((j) => draws.filter((_, i) => i % 2 === j));
    assertLess(Math.abs(correlation(even!, odd!)), 5 / Math.sqrt(3000));
    const before = await tf.div(start, scale).data();
    assertLess(
      correlation(draws, before.filter((_, i) => Math.floor(i / 2) % 3 === b)),
      0.1,
      "the chains have moved",
    );
  }
});

testOnBackends("hmcTransition() samples a density with two modes", async () => {
  // ln p = -1.5 (z^2 - 1)^2 + z / 2, integrated on a grid.
  const logDensity = (z: number) => -1.5 * (z * z - 1) ** 2 + z / 2;
  let [total, first, second, right] = [0, 0, 0, 0];
  for (let i = -4000; i <= 4000; i++) {
    const z = (i + 0.5) / 1000;
    const density = Math.exp(logDensity(z));
    total += density;
    first += z * density;
    second += z * z * density;
    if (z > 0) right += density;
  }
  const target: LogDensity = (z) => {
    const well = tf.mul(tf.square(tf.sub(tf.square(z), 1)), -1.5);
    return sumAxis(tf.add(well, tf.mul(z, 0.5)), -1);
  };
  const end = run(target, tf.fill([3000, 1], -1), settingsOf(0.45, 4), 40);
  const z = await end.data();
  assertAverages(z, first / total, 0.1, "mean");
  assertAverages(z.map((value) => value ** 2), second / total, 0.1, "square");
  assertAverages(z.map((value) => +(value > 0)), right / total, 0.1, "right");
});

testOnBackends(
  "hmcTransition() rejects a trajectory that ends in NaN",
  async () => {
    // Gamma(2, 1): ln p = ln z - z, whose logarithm is NaN left of zero.
    const gamma: LogDensity = (z) => sumAxis(tf.sub(tf.log(z), z), -1);
    const end = run(gamma, tf.fill([3000, 1], 2), settingsOf(0.7, 3), 20);
    const z = await end.data();
    assert(z.every((value) => value > 0));
    assertAverages(z, 2, 0.2, "mean");
    assertAverages(z.map((value) => (value - 2) ** 2), 2, 0.7, "variance");
    const { acceptance } = hmcTransition(
      gamma,
      end,
      settingsOf(0.7, 3),
      noiseOf([3000], 1, 20),
    );
    // Zeros, not NaN: an adaptation takes their mean.
    const probabilities = await acceptance.data();
    assert(probabilities.every((p) => p >= 0 && p <= 1));
    assert(probabilities.includes(0));
  },
);

Deno.test("hmcTransition() reports the density where the chains are", async () => {
  await openBackend("cpu");
  const start = normals([400, 2], 5);
  const { z, logDensity, acceptance } = hmcTransition(
    banana,
    start,
    settingsOf(0.6, 3),
    noiseOf([400], 2, 0),
  );
  assertEquals(await logDensity.data(), await banana(z).data());
  // The share that moved is what the probabilities add up to.
  const [before, after] = [await start.data(), await z.data()];
  const probabilities = await acceptance.data();
  const surprise = probabilities.map((p, i) =>
    +(before[2 * i] !== after[2 * i]) - p
  );
  assertAverages(surprise, 0, 0.1);
  assert(probabilities.every((p) => p >= 0 && p <= 1));
  assertLess(Math.min(...probabilities), 0.5);
});

Deno.test("hmcTransition() moves a chain as if it were alone", async () => {
  await openBackend("cpu");
  const target = normalOf([0.5, 2]);
  const noise = noiseOf([3, 2], 2, 0);
  const z = normals([3, 2, 2], 6);
  const settings = settingsOf(0.4, 3);
  const together = hmcTransition(target, z, settings, noise);
  const part = (x: tf.Tensor) => tf.slice(x, [1], [1]);
  const alone = hmcTransition(target, part(z), settings, {
    momentum: part(noise.momentum),
    uniforms: part(noise.uniforms),
  });
  assertEquals(await part(together.z).data(), await alone.z.data());
});

Deno.test("hmcTransition() leaves nothing behind", async () => {
  await openBackend("cpu");
  const z = normals([4, 2], 1);
  const noise = noiseOf([4], 2, 0);
  const settings = settingsOf(0.3, 5);
  const before = tf.memory().numTensors;
  tf.dispose(hmcTransition(banana, z, settings, noise));
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("hmcTransition() refuses shapes that are not the chains'", async () => {
  await openBackend("cpu");
  const z = normals([4, 2], 1);
  const noise = noiseOf([4], 2, 0);
  const settings = settingsOf(0.3, 5);
  const refused = (
    message: string,
    change: { settings?: HmcSettings; noise?: Partial<typeof noise> },
    target: LogDensity = banana,
  ) =>
    assertThrows(
      () =>
        hmcTransition(target, z, change.settings ?? settings, {
          ...noise,
          ...change.noise,
        }),
      RangeError,
      message,
    );
  refused("momentum is [2] instead of [4,2]", {
    noise: { momentum: tf.zeros([2]) },
  });
  refused("uniforms is [4,1] instead of [4]", {
    noise: { uniforms: tf.zeros([4, 1]) },
  });
  refused("a step size [3] for chains [4]", {
    settings: { ...settings, stepSize: tf.ones([3]) },
  });
  refused("leapfrogSteps is not an integer of at least 1: 0", {
    settings: { ...settings, leapfrogSteps: 0 },
  });
  refused("the log density is [4,2] instead of [4]", {}, tf.neg);
});
