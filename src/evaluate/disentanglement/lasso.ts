/** Linear regression with an L1 penalty. */

import { meanOf, sum, varianceOf } from "./codes.ts";

/** Sweeps over the weights, each of which only ever lowers the loss. */
const MOST_SWEEPS = 1000;

/** Weights have settled where none moves by more. */
const SETTLED = 1e-9;

/**
 * The weights w that minimise |y - X w|^2 / 2n + penalty |w|_1, by coordinate
 * descent (Friedman, Hastie and Tibshirani 2010, section 2.1).
 *
 * @param gram X'X / n, by row
 * @param covariances X'y / n
 * @param start weights to start from
 */
export function lasso(
  gram: readonly Float64Array[],
  covariances: Float64Array,
  penalty: number,
  start: Float64Array,
): Float64Array {
  const weights = start.slice();
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let moved = 0;
    for (let j = 0; j < weights.length; j++) {
      const own = gram[j]![j]!;
      const rest = sum(weights.length, (k) => gram[j]![k]! * weights[k]!) -
        own * weights[j]!;
      const pull = covariances[j]! - rest;
      const shrunk = Math.sign(pull) * Math.max(0, Math.abs(pull) - penalty);
      const next = own === 0 ? 0 : shrunk / own;
      moved = Math.max(moved, Math.abs(next - weights[j]!));
      weights[j] = next;
    }
    if (moved < SETTLED) break;
  }
  return weights;
}

/** Columns with mean 0 and variance 1 in some rows; constant ones are 0. */
export function standardised(
  columns: readonly Float64Array[],
  rows: readonly [number, number],
): Float64Array[] {
  return columns.map((column) => {
    const some = column.subarray(...rows);
    const [mean, spread] = [meanOf(some), Math.sqrt(varianceOf(some))];
    return column.map((value) => spread === 0 ? 0 : (value - mean) / spread);
  });
}
