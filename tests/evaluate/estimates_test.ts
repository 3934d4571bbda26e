import { openBackend } from "../../src/engine/backend.ts";
import {
  RunningLogMeans,
  RunningMoments,
} from "../../src/evaluate/estimates.ts";
import { logMeanOfWeights } from "../../src/inference/estimate.ts";
import { stream } from "../../src/random/stream.ts";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";

/** Draws of three numbers, far from zero, of different scales. */
const DRAWS = Array.from({ length: 50 }, (_, draw) => {
  const [a, b, c] = stream(1, "gradient", draw).normals(3);
  return [a!, 1e3 * b! - 5, 1e6 + c!];
});

function momentsOf(draws: readonly number[][]): RunningMoments {
  const moments = new RunningMoments(3);
  draws.forEach((draw) => moments.add(draw));
  return moments;
}

/** The same by the definitions, in two passes. */
function assertMoments(moments: RunningMoments, draws: readonly number[][]) {
  assertEquals(moments.count, draws.length);
  for (let i = 0; i < 3; i++) {
    const values = draws.map((draw) => draw[i]!);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    assertAlmostEquals(moments.means[i]!, mean, 1e-13 * Math.abs(values[0]!));
    assertAlmostEquals(moments.squares[i]!, squares, 1e-9 * squares);
  }
}

Deno.test("RunningMoments.add() gives means and squared deviations", () => {
  assertMoments(momentsOf(DRAWS), DRAWS);
  assertMoments(momentsOf(DRAWS.slice(0, 1)), DRAWS.slice(0, 1));
});

Deno.test("RunningMoments.merge() is as if all draws were added to one", () => {
  for (const split of [0, 1, 20, 50]) {
    const moments = momentsOf(DRAWS.slice(0, split));
    moments.merge(momentsOf(DRAWS.slice(split)));
    assertMoments(moments, DRAWS);
  }
  const none = new RunningMoments(3);
  none.merge(new RunningMoments(3));
  assertEquals([none.count, ...none.means], [0, 0, 0, 0]);
});

/** Draws of three log weights: usual, far below and far above e^0. */
const LOG_WEIGHTS = Array.from({ length: 40 }, (_, draw) => {
  const [a, b, c] = stream(1, "estimate", draw).normals(3);
  return [a!, 3 * b! - 2000, c! + 5000];
});

function meansOf(draws: readonly (readonly number[])[]): RunningLogMeans {
  const means = new RunningLogMeans(draws[0]!.length);
  for (const draw of draws) means.add(draw);
  return means;
}

Deno.test("RunningLogMeans has the mean of all draws at once, and its variance", () => {
  const means = meansOf(LOG_WEIGHTS);
  for (const i of [0, 1, 2]) {
    const logWeights = LOG_WEIGHTS.map((draw) => draw[i]!);
    const largest = Math.max(...logWeights);
    const weights = logWeights.map((value) => Math.exp(value - largest));
    const mean = weights.reduce((sum, w) => sum + w) / 40;
    const variance = weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / 39;
    assertAlmostEquals(means.logMeans()[i]!, largest + Math.log(mean), 1e-11);
    assertAlmostEquals(
      means.variances()[i]!,
      variance / 40 / mean ** 2,
      1e-12,
    );
    assertAlmostEquals(
      means.logSums()[i]!,
      largest + Math.log(40 * mean),
      1e-11,
    );
  }
});

Deno.test("RunningLogMeans agrees with logMeanOfWeights()", async () => {
  await openBackend("cpu");
  const draws = LOG_WEIGHTS.map(([a]) => [a!]);
  const { logMean, standardError } = logMeanOfWeights(tf.tensor2d(draws));
  const means = meansOf(draws);
  assertAlmostEquals(means.logMeans()[0]!, (await logMean.data())[0]!, 1e-6);
  assertAlmostEquals(
    Math.sqrt(means.variances()[0]!),
    (await standardError.data())[0]!,
    1e-6,
  );
  tf.dispose([logMean, standardError]);
});

Deno.test("RunningLogMeans gives nearly the same whatever the order", () => {
  const [forwards, backwards] = [LOG_WEIGHTS, LOG_WEIGHTS.toReversed()].map((
    draws,
  ) => meansOf(draws));
  for (const i of [0, 1, 2]) {
    const [a, b] = [forwards, backwards].map((means) => means!.logMeans()[i]!);
    assertAlmostEquals(a!, b!, 1e-12 * Math.abs(a!));
  }
});

Deno.test("RunningLogMeans of one draw has no variance, of equal ones 0, of weights 0 no mean", () => {
  const one = meansOf([[-3, 4]]);
  assertEquals([...one.logMeans()], [-3, 4]);
  assertEquals([...one.variances()], [NaN, NaN]);

  const equal = meansOf([[0.1], [0.1], [0.1]]);
  assertAlmostEquals(equal.logMeans()[0]!, 0.1, 1e-15);
  assertEquals([...equal.variances()], [0]);

  const none = meansOf([[-Infinity, -Infinity], [-Infinity, 2]]);
  assertEquals(none.logMeans()[0], -Infinity);
  // The mean of 0 and e^2; the delta method's relative variance is 1.
  assertAlmostEquals(none.logMeans()[1]!, 2 - Math.log(2), 1e-15);
  assertAlmostEquals(none.variances()[1]!, 1, 1e-15);
});
