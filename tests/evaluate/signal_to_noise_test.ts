import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { type Estimate, RunningMoments } from "../../src/evaluate/estimates.ts";
import { signalToNoise } from "../../src/evaluate/signal_to_noise.ts";
import { stream } from "../../src/random/stream.ts";
import { assertAverages, average } from "../random/statistics.ts";

const [BLOCKS, DRAWS] = [10, 200];

/** Blocks of draws of N(mean_i, deviation_i^2), by number. */
function blocksOf(
  means: readonly number[],
  deviations: readonly number[],
  seed = 1,
): RunningMoments[] {
  return Array.from({ length: BLOCKS }, (_, block) => {
    const moments = new RunningMoments(means.length);
    for (let draw = block; draw < DRAWS; draw += BLOCKS) {
      const normals = stream(seed, "gradient", draw).normals(means.length);
      moments.add(means.map((mean, i) => mean + deviations[i]! * normals[i]!));
    }
    return moments;
  });
}

const repeat = <T>(run: (seed: number) => T): T[] =>
  Array.from({ length: 200 }, (_, seed) => run(seed));

/** Asserts that estimates are right on average. @returns their error / spread */
function assertUnbiased(
  estimates: readonly Estimate[],
  exact: number,
  resolution: number,
  msg: string,
): number {
  const values = estimates.map(({ value }) => value);
  assertAverages(values, exact, resolution, msg);
  const spread = average(values).error * Math.sqrt(values.length);
  const { mean: error } = average(estimates.map(({ error }) => error));
  return error / spread;
}

Deno.test("signalToNoise() has the exact values, and the errors that it says", () => {
  const [means, deviations] = [[2, -3, 0.5], [1, 2, 4]];
  const found = repeat((seed) =>
    signalToNoise(blocksOf(means, deviations, seed))
  );
  const elementwise = assertUnbiased(
    found.map(({ elementwise }) => elementwise),
    (2 + 1.5 + 0.125) / 3,
    0.025,
    "elementwise",
  );
  const vectorSquared = assertUnbiased(
    found.map(({ vectorSquared }) => vectorSquared),
    (4 + 9 + 0.25) / (1 + 4 + 16),
    0.025,
    "vectorSquared",
  );
  // The spread of 200 values is known to 5%.
  assertAlmostEquals(elementwise, 1, 0.15);
  assertAlmostEquals(vectorSquared, 1, 0.15);
  assertEquals(found[0]!.varying, 3);
});

Deno.test("signalToNoise() of mean zero is zero for the vector, not elementwise", () => {
  const zeros = new Array<number>(20).fill(0);
  const found = repeat((seed) =>
    signalToNoise(blocksOf(zeros, zeros.map(() => 3), seed))
  );
  const vectorSquared = assertUnbiased(
    found.map(({ vectorSquared }) => vectorSquared),
    0,
    6e-4,
    "vectorSquared",
  );
  // Of squares of means of zero the jackknife's variance is twice the true one.
  assertAlmostEquals(vectorSquared, Math.SQRT2, 0.2);
  const { mean } = average(found.map(({ elementwise }) => elementwise.value));
  const floor = Math.sqrt(2 / (Math.PI * DRAWS));
  assertAlmostEquals(mean, floor, 0.02 * floor);
});

Deno.test("signalToNoise() does not count what is always zero", () => {
  const some = signalToNoise(blocksOf([1, 0, 2, 0], [1, 0, 1, 0]));
  const { varying, elementwise } = some;
  assertEquals(varying, 2);
  assertAlmostEquals(elementwise.value, 1.5, 0.2);
  const none = signalToNoise(blocksOf([0, 0], [0, 0]));
  assertEquals([none.varying, none.elementwise.value], [0, NaN]);
  const constant = signalToNoise(blocksOf([3, 1], [0, 1]));
  assertEquals(constant.elementwise.value, Infinity);
  assertAlmostEquals(constant.vectorSquared.value, 10, 1);
});

Deno.test("signalToNoise() takes the numbers that are asked for", () => {
  const blocks = blocksOf([2, 0, 3], [1, 1, 1]);
  const value = (start: number, end?: number) =>
    signalToNoise(blocks, start, end).vectorSquared.value;
  assertAlmostEquals(value(0, 1), 4, 0.5);
  assertLess(Math.abs(value(1, 2)), 0.02);
  assertAlmostEquals(value(1), 4.5, 0.5);
});
