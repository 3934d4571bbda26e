/** Estimates of a quantity of each datapoint, and their mean. */

import type { RunningMoments } from "./running_moments.ts";
import type { Estimate } from "./signal_to_noise.ts";

/** A quantity of each of n datapoints, estimated from draws of z. */
export interface RowEstimates {
  /** [n] */
  readonly values: Float64Array;
  /** of the values, over the draws of z, [n]; 0 where a value is exact */
  readonly variances: Float64Array;
}

/** Estimates of n datapoints, to be filled in. */
export function emptyEstimates(n: number): RowEstimates {
  return { values: new Float64Array(n), variances: new Float64Array(n) };
}

/** Puts the means over draws in place, of the datapoints from `first`. */
export function putMeans(
  { values, variances }: RowEstimates,
  first: number,
  { means, squares, count }: RunningMoments,
): void {
  values.set(means, first);
  variances.set(squares.map((sum) => sum / (count - 1) / count), first);
}

/**
 * The mean over the datapoints. Its standard error is that of the draws of z,
 * which are independent between datapoints: the datapoints are fixed, and how
 * far another sample of them would lie is no part of it.
 */
export function meanOverRows({ values, variances }: RowEstimates): Estimate {
  return {
    value: sumOf(values) / values.length,
    error: Math.sqrt(sumOf(variances)) / values.length,
  };
}

/** The sum of numbers, in float64. */
export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
