import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  type HmcState,
  hmcTransition,
  type LogDensity,
} from "../../src/inference/hmc.ts";
import { logStandardNormal } from "../../src/inference/joint_density.ts";
import {
  adaptStepSize,
  jitterStepSize,
} from "../../src/inference/step_size.ts";
import { stream } from "../../src/random/stream.ts";
import { assertAverages, correlation } from "../random/statistics.ts";
import { noiseOf, normalOf, normals, uniforms } from "./transitions.ts";

/** Step size and acceptance over 600 transitions, the last 400 of them. */
async function adapt(
  target: LogDensity,
  initial: tf.Tensor,
  options: { target: number },
): Promise<{ acceptance: number[]; stepSize: number[] }> {
  let z = tf.zeros([8, 2, 2]);
  let stepSize = initial;
  const kept: HmcState[] = [];
  for (let n = 0; n < 600; n++) {
    const moved = hmcTransition(
      target,
      z,
      { stepSize, leapfrogSteps: 3 },
      noiseOf([8, 2], 2, n),
    );
    z = moved.z;
    stepSize = adaptStepSize(stepSize, moved.acceptance, options);
    if (n >= 200) kept.push(moved);
  }
  const acceptance = tf.mean(
    tf.stack(kept.map(({ acceptance }) => acceptance)),
    [0, 1],
  );
  return {
    acceptance: [...await acceptance.data()],
    stepSize: [...await stepSize.data()],
  };
}

Deno.test("adaptStepSize() reaches the target for each datapoint", async () => {
  await openBackend("cpu");
  const target = normalOf([0.02, 5]);
  for (const aim of [0.9, 0.65]) {
    const { acceptance, stepSize } = await adapt(target, tf.ones([1, 2]), {
      target: aim,
    });
    // At a constant rate the log step size is bounded, so that acceptance
    // misses the aim by no more than its range / (rate * transitions).
    for (const reached of acceptance) assertAlmostEquals(reached, aim, 0.015);
    // The problem scales, and so does the step size, but for its noise.
    assertAlmostEquals(
      Math.log(stepSize[1]! / stepSize[0]!),
      Math.log(250),
      0.4,
    );
  }
});

Deno.test("adaptStepSize() reaches the target over all chains of a scalar", async () => {
  await openBackend("cpu");
  const { acceptance, stepSize } = await adapt(
    normalOf([0.5, 1]),
    tf.scalar(1),
    { target: 0.9 },
  );
  assertEquals(stepSize.length, 1);
  assertAlmostEquals((acceptance[0]! + acceptance[1]!) / 2, 0.9, 0.015);
  assertLess(acceptance[0]!, acceptance[1]!);
});

Deno.test("adaptStepSize() multiplies by exp(rate * (acceptance - target))", async () => {
  await openBackend("cpu");
  const acceptance = tf.tensor2d([[1, 0.5], [0, 0.25]]);
  const options = { target: 0.75, rate: 0.4 };
  const cases: [tf.Tensor, number[]][] = [
    [tf.scalar(2), [0.4375]],
    [tf.fill([1, 1], 2), [0.4375]],
    [tf.fill([1, 2], 2), [0.5, 0.375]],
    [tf.fill([2, 1], 2), [0.75, 0.125]],
    [tf.fill([2, 2], 2), [1, 0.5, 0, 0.25]],
  ];
  for (const [stepSize, shared] of cases) {
    const next = adaptStepSize(stepSize, acceptance, options);
    assertEquals(next.shape, stepSize.shape);
    (await next.data()).forEach((value, i) =>
      assertAlmostEquals(value, 2 * Math.exp(0.4 * (shared[i]! - 0.75)), 1e-6)
    );
  }
});

Deno.test("jitterStepSize() mixes where a fixed step size returns", async () => {
  await openBackend("cpu");
  // Six steps of size 1 are one whole turn for N(0, 1).
  const start = normals([2000, 1], 7);
  const noise = noiseOf([2000], 1, 0);
  const stepSize = tf.scalar(1);
  const jittered = jitterStepSize(
    stepSize,
    tf.tensor(uniforms(stream(8, "inference"), 2000)),
  );
  const after = async (stepSize: tf.Tensor) => {
    const settings = { stepSize, leapfrogSteps: 6 };
    const { z } = hmcTransition(logStandardNormal, start, settings, noise);
    return correlation(await z.data(), await start.data());
  };
  assertGreater(await after(stepSize), 0.999);
  assertLess(Math.abs(await after(jittered)), 0.25);
  const factors = await jittered.data();
  assertLess(0.5, Math.min(...factors));
  assertLess(Math.max(...factors), 1.5);
  assertAverages(factors, 1, 0.05);
});

Deno.test("adaptStepSize() and jitterStepSize() leave their result behind alone", async () => {
  await openBackend("cpu");
  const stepSize = tf.fill([1, 2], 0.5);
  const chains = tf.fill([3, 2], 0.5);
  const before = tf.memory().numTensors;
  tf.dispose(adaptStepSize(stepSize, chains));
  tf.dispose(jitterStepSize(stepSize, chains));
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("adaptStepSize() and jitterStepSize() refuse a step size of another shape", async () => {
  await openBackend("cpu");
  const chains = tf.ones([3, 2]);
  for (const shape of [[1], [2], [3, 1, 1], [2, 2]]) {
    for (const change of [adaptStepSize, jitterStepSize]) {
      assertThrows(
        () => change(tf.ones(shape), chains),
        RangeError,
        `a step size [${shape}] for chains [3,2]`,
      );
    }
  }
});
