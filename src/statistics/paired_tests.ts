/** Tests of the mean of paired differences against a margin. */

import { meanInterval } from "./mean_interval.ts";
import { tCdf } from "./student.ts";

/** p-values about the mean of paired differences; NaN of one pair. */
export interface MarginTests {
  /** of: the mean is no lower than -margin. Small: it is below. */
  readonly below: number;
  /** of: the mean is no higher than margin. Small: it is above. */
  readonly above: number;
  /**
   * of: the mean is not between -margin and margin. Small: it is, by two
   * one-sided tests (TOST).
   */
  readonly equivalent: number;
}

/**
 * Three t tests of where the mean of paired differences lies: below -margin,
 * above margin, or between (Schuirmann 1987, "A comparison of the two
 * one-sided tests procedure"). One p-value at most is below 1/2.
 *
 * Differences that are all equal have no spread: p is 0 or 1.
 *
 * @param margin the largest difference that makes no difference, above zero,
 * in the unit of the differences
 * @throws {RangeError} there is no difference, or no such margin
 */
export function tostPaired(
  differences: readonly number[],
  margin: number,
): MarginTests {
  if (!(margin > 0 && margin < Infinity)) {
    throw new RangeError(`a margin of ${margin} is not above zero`);
  }
  const { n, mean, standardError } = meanInterval(differences);
  if (Number.isNaN(standardError)) {
    return { below: NaN, above: NaN, equivalent: NaN };
  }
  /** P(T <= distance / standardError). */
  const cdf = (distance: number) =>
    tCdf(distance === 0 ? 0 : distance / standardError, n - 1);
  return {
    below: cdf(mean + margin),
    above: cdf(margin - mean),
    equivalent: Math.max(cdf(-mean - margin), cdf(mean - margin)),
  };
}

/**
 * p-values corrected for their number (Holm 1979, "A simple sequentially
 * rejective multiple test procedure"), in the order of `pValues`: those that
 * are at most 0.05 hold a false rejection in at most 5 % of cases, however
 * they depend on each other.
 *
 * @throws {RangeError} one is not in [0, 1]
 */
export function holm(pValues: readonly number[]): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new RangeError(`a p-value is ${wrong}`);
  const order = pValues.map((_, i) => i)
    .sort((i, j) => pValues[i]! - pValues[j]!);
  const corrected = new Array<number>(pValues.length);
  let largest = 0;
  order.forEach((i, rank) => {
    largest = Math.max(largest, (pValues.length - rank) * pValues[i]!);
    corrected[i] = Math.min(1, largest);
  });
  return corrected;
}
