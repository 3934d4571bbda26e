/** How far our numbers are from published ones, and how sure that is. */

import { meanInterval } from "../statistics/mean_interval.ts";
import { tQuantile } from "../statistics/student.ts";

/** A difference, in the unit of what is compared. */
export interface Difference {
  /** ours less what was published */
  readonly mean: number;
  /** of the difference; NaN where one seed tells nothing of it */
  readonly standardError: number;
  /** of its estimate */
  readonly degreesOfFreedom: number;
}

/**
 * Of trainings of ours, by seed, and of a paper, of which one is usual. Its
 * trainings are taken to vary from one to the next as ours do: the variance is
 * that of both, pooled. With one of the paper's, 0 is in the interval of
 * {@linkcode halfWidth} where that training is in the interval in which the
 * next one of ours would be.
 *
 * @throws {RangeError} one of the lists is empty
 */
export function ofTrainings(
  ours: readonly number[],
  theirs: readonly number[],
): Difference {
  const [own, other] = [meanInterval(ours), meanInterval(theirs)];
  const squares = ({ n, sd }: { n: number; sd: number }) =>
    n > 1 ? (n - 1) * sd ** 2 : 0;
  const degreesOfFreedom = own.n + other.n - 2;
  const variance = (squares(own) + squares(other)) / degreesOfFreedom;
  return {
    mean: own.mean - other.mean,
    standardError: own.n > 1
      ? Math.sqrt(variance * (1 / own.n + 1 / other.n))
      : NaN,
    degreesOfFreedom,
  };
}

/**
 * Of our trainings, by seed, and what each is to have: what a formula gives, or
 * another training with the same seed.
 *
 * @throws {RangeError} there are none, or not as many of both
 */
export function ofPairs(
  ours: readonly number[],
  expected: readonly number[],
): Difference {
  if (ours.length !== expected.length) {
    throw new RangeError(`${ours.length} and ${expected.length} are no pairs`);
  }
  const { n, mean, standardError } = meanInterval(
    ours.map((value, i) => value - expected[i]!),
  );
  return { mean, standardError, degreesOfFreedom: n - 1 };
}

/** The level of all statements. */
const LEVEL = 0.95;

/** Half the interval in which the true difference is, two-sided. */
export function halfWidth(difference: Difference): number {
  return tTimesError(difference, (1 + LEVEL) / 2);
}

/**
 * The margin that the true difference is within, by two one-sided tests:
 * the smallest one for which they find the two equivalent.
 */
export function marginOf(difference: Difference): number {
  return Math.abs(difference.mean) + tTimesError(difference, LEVEL);
}

/** How far below at most the true difference is; 0: it is above. */
export function shortfallOf(difference: Difference): number {
  return Math.max(0, -difference.mean + tTimesError(difference, LEVEL));
}

/** How far below at least the true difference is; 0: it may be above. */
export function sureShortfallOf(difference: Difference): number {
  return Math.max(0, -difference.mean - tTimesError(difference, LEVEL));
}

function tTimesError(
  { standardError, degreesOfFreedom }: Difference,
  p: number,
): number {
  return Number.isNaN(standardError)
    ? NaN
    : tQuantile(p, degreesOfFreedom) * standardError;
}
