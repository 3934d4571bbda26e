/** A mean over seeds, and how sure it is. */

import { tQuantile } from "./student.ts";

/** A mean of independent values, in their unit. */
export interface MeanInterval {
  /** how many values there are */
  readonly n: number;
  /** of the values */
  readonly mean: number;
  /** standard deviation of the values, by n - 1; NaN of one value */
  readonly sd: number;
  /** of the mean, sd / sqrt(n); NaN of one value */
  readonly standardError: number;
  /** ends of the t interval for the mean; NaN of one value */
  readonly low: number;
  /** see `low` */
  readonly high: number;
}

/**
 * The mean of values, such as those of seeds, with Student's t interval.
 *
 * One value has a mean, and nothing that tells how sure it is: NaN. So has
 * everything where a value is NaN or infinite, as one of a run that failed is.
 *
 * @param level the share of such intervals that hold the true mean
 * @throws {RangeError} there is no value, or no such level
 */
export function meanInterval(
  values: readonly number[],
  level = 0.95,
): MeanInterval {
  const n = values.length;
  if (n === 0) throw new RangeError("no values have no mean");
  if (!(level > 0 && level < 1)) {
    throw new RangeError(`a level of ${level} is not between 0 and 1`);
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = n > 1 ? Math.sqrt(squares / (n - 1)) : NaN;
  const standardError = sd / Math.sqrt(n);
  const half = n > 1 ? tQuantile((1 + level) / 2, n - 1) * standardError : NaN;
  return { n, mean, sd, standardError, low: mean - half, high: mean + half };
}
