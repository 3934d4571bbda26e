/** Monte Carlo averages that are held against an exact value. */

import { assert, assertAlmostEquals } from "@std/assert";

/** The mean of draws, and the standard error of that mean. */
export function average(
  draws: ArrayLike<number>,
): { mean: number; error: number } {
  const n = draws.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += draws[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (draws[i]! - mean) ** 2;
  return { mean, error: Math.sqrt(squares / (n - 1) / n) };
}

/**
 * Asserts that the mean of the draws is within five standard errors of the
 * exact value, and that the draws are enough to tell it from another value
 * that is `resolution` away.
 */
export function assertAverages(
  draws: ArrayLike<number>,
  exact: number,
  resolution: number,
  msg = "",
): void {
  const { mean, error } = average(draws);
  assert(
    5 * error <= resolution,
    `${msg} 5 standard errors, ${5 * error}, are more than ${resolution}`,
  );
  assertAlmostEquals(mean, exact, 5 * error, msg);
}

/** Correlation of two sets of draws. */
export function correlation(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  const { mean: meanA } = average(a);
  const { mean: meanB } = average(b);
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - meanA) * (b[i]! - meanB);
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/**
 * The value that a chi-square variable of that many degrees exceeds as often
 * as N(0, 1) exceeds z (E. B. Wilson and M. M. Hilferty, 1931).
 */
export function chiSquareAt(degrees: number, z: number): number {
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + z * Math.sqrt(spread)) ** 3;
}
