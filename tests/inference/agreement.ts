/** Estimates of ln p(x) that are held against the exact values. */

import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import type { LogLikelihoodEstimate } from "../../src/inference/estimate.ts";
import { average } from "../random/statistics.ts";

/** The tensors' values; the tensors are freed. */
export async function read(
  estimate: LogLikelihoodEstimate,
): Promise<Record<keyof LogLikelihoodEstimate, number[]>> {
  const { logLikelihood, standardError, acceptance } = estimate;
  const values = {
    logLikelihood: [...await logLikelihood.data()],
    standardError: [...await standardError.data()],
    acceptance: [...await acceptance.data()],
  };
  tf.dispose(estimate);
  return values;
}

/**
 * Asserts that each estimate is within three standard errors of the exact
 * value, and that these are below `resolution`, in nats.
 */
export async function assertWithinErrors(
  estimate: LogLikelihoodEstimate,
  exact: readonly number[],
  resolution: number,
  msg = "",
): Promise<void> {
  const { logLikelihood, standardError } = await read(estimate);
  assertEquals(logLikelihood.length, exact.length);
  exact.forEach((expected, b) => {
    const error = standardError[b]!;
    assertLess(error, resolution, `${msg}, datapoint ${b}`);
    assertGreater(error, 0, `${msg}, datapoint ${b}`);
    assertAlmostEquals(
      logLikelihood[b]!,
      expected,
      3 * error,
      `${msg}, datapoint ${b}`,
    );
  });
}

/**
 * Asserts that the errors of many independent estimates are as large as their
 * standard errors say, and that their mean is zero but for the bias of a
 * logarithm.
 */
export async function assertCalibrated(
  estimate: LogLikelihoodEstimate,
  exact: readonly number[],
): Promise<void> {
  const { logLikelihood, standardError } = await read(estimate);
  const n = exact.length;
  const errors = logLikelihood.map((value, b) => value - exact[b]!);
  const squares = errors.map((error) => error ** 2);
  const reported = standardError.map((error) => error ** 2);
  const ratio = Math.sqrt(average(squares).mean / average(reported).mean);
  // The spread of n normal errors is known to 1 / sqrt(2n) of itself.
  assertAlmostEquals(ratio, 1, 4 / Math.sqrt(2 * n));
  const { mean, error } = average(errors);
  assertAlmostEquals(mean, 0, 4 * error + average(reported).mean / 2);
}
