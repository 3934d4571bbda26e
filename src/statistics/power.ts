/** How many pairs it takes to tell where their mean difference lies. */

import cephes from "cephes";
import { tQuantile } from "./student.ts";

/** The part of Cephes that is used; the package brings no types. */
const { ndtr } = cephes as {
  /** the standard normal distribution function */
  readonly ndtr: (x: number) => number;
};

/** What the differences of pairs are taken to be like, in their unit. */
export interface Differences {
  /** of their normal distribution */
  readonly mean: number;
  /** its standard deviation */
  readonly sd: number;
}

/** Values of the standard deviation that are summed over. */
const NODES = 200;

/**
 * The chance that `tostPaired` has a p-value of at most `level` for what is so:
 * between -margin and margin if the mean lies there, else below or above.
 *
 * With s the standard deviation that n pairs show, and t the quantile of
 * n - 1 degrees of freedom at 1 - level, the mean of the pairs is found between
 * the margins where it is at least t s / sqrt(n) away from either. That is a
 * normal probability for each s, averaged over s, which is chi-distributed
 * (Owen 1965, "A special case of a bivariate non-central t-distribution").
 *
 * @param pairs how many, 2 at least
 */
export function powerOfPairs(
  pairs: number,
  { mean, sd }: Differences,
  margin: number,
  level: number,
): number {
  const df = pairs - 1;
  const t = tQuantile(1 - level, df);
  const scale = Math.sqrt(pairs) / sd;
  const [near, far] = [margin - Math.abs(mean), margin + Math.abs(mean)]
    .map((distance) => distance * scale);
  const reach = 6 / Math.sqrt(2 * df); // six standard deviations of s
  const from = Math.max(0, 1 - reach);
  let [sum, weights] = [0, 0];
  for (let i = 0; i < NODES; i++) {
    const s = from + (1 + reach - from) * (i + 0.5) / NODES;
    // The density of s, up to a factor; its largest is near s = 1.
    const weight = Math.exp((df - 1) * Math.log(s) - df * (s * s - 1) / 2);
    const told = near! < 0
      ? ndtr(-near! - t * s)
      : Math.max(0, ndtr(near! - t * s) - ndtr(t * s - far!));
    sum += weight * told;
    weights += weight;
  }
  return sum / weights;
}

/**
 * The fewest pairs with which {@linkcode powerOfPairs} is at least `power`;
 * Infinity where that takes more than `most`.
 */
export function pairsToTell(
  differences: Differences,
  margin: number,
  { level, power = 0.8, most = 10_000 }: {
    readonly level: number;
    readonly power?: number;
    readonly most?: number;
  },
): number {
  const tells = (pairs: number) =>
    powerOfPairs(pairs, differences, margin, level) >= power;
  if (!tells(most)) return Infinity;
  let [low, high] = [1, most]; // high tells, low does not
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (tells(middle)) high = middle;
    else low = middle;
  }
  return high;
}
