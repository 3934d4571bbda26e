/** A mean over seeds, and how sure it is. */

import { type Moments, momentsOf } from "./moments.ts";
import { tQuantile } from "./student.ts";

/** A mean of independent values, in their unit. */
export interface MeanInterval extends Moments {
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
  const moments = momentsOf(values);
  const { mean, standardError } = moments;
  const half = n > 1 ? tQuantile((1 + level) / 2, n - 1) * standardError : NaN;
  return { ...moments, low: mean - half, high: mean + half };
}
