/**
 * Importance weights of rows: log of their mean, and whether it can be trusted.
 *
 * Few large weights can make up the mean. Its standard error is then too small
 * and the bias is hidden, as the largest weights have not been drawn yet. Two
 * numbers tell: the effective sample size, and the shape k-hat of the tail (A.
 * Vehtari, D. Simpson, A. Gelman, Y. Yao and J. Gabry: Pareto smoothed
 * importance sampling, JMLR 25(72), 2024).
 */

import { exp, log, log1p } from "../elementary.ts";
import { emptyEstimates, RunningLogMeans, sumOf } from "./estimates.ts";
import type { RowEstimates } from "./estimates.ts";

/** The k-hat past which a mean of weights is unreliable (ibid., section 3). */
export const RELIABLE_PARETO_K = 0.7;

/** Fewer weights than these are no tail to fit. */
const SHORTEST_TAIL = 5;

/** log of a mean of importance weights of each of n rows. */
export interface ImportanceEstimates extends RowEstimates {
  /**
   * effective sample sizes (sum w)^2 / sum w^2, from 1 to the number of draws
   * (A. Kong, 1992), [n]
   */
  readonly effectiveSamples: Float64Array;
  /**
   * k-hat of the largest weights, [n]; NaN where there are fewer than 21 draws
   * or a weight is no number, -Infinity where the largest weights are equal,
   * and Infinity where they are so far apart that hardly any but one counts
   */
  readonly paretoK: Float64Array;
}

/** Estimates of n rows, to be filled in by {@linkcode RunningWeights.put}. */
export function emptyImportanceEstimates(n: number): ImportanceEstimates {
  return {
    ...emptyEstimates(n),
    effectiveSamples: new Float64Array(n),
    paretoK: new Float64Array(n),
  };
}

/** How far the estimates of rows can be trusted, as numbers for a table. */
export interface Reliability {
  /** the mean effective sample size */
  readonly effectiveSamples: number;
  /** the median k-hat; NaN where one is not known */
  readonly paretoK: number;
  /** the share of rows whose k-hat is above 0.7; NaN as above */
  readonly unreliableShare: number;
}

/** Sums up the rows' effective sample sizes and tails. */
export function reliabilityOf(
  { effectiveSamples, paretoK }: ImportanceEstimates,
): Reliability {
  const n = paretoK.length;
  const known = !paretoK.some(Number.isNaN);
  const sorted = paretoK.toSorted();
  const [low, high] = [sorted[(n - 1) >> 1]!, sorted[n >> 1]!];
  const above = paretoK.filter((k) => k > RELIABLE_PARETO_K).length;
  return {
    effectiveSamples: sumOf(effectiveSamples) / n,
    paretoK: !known ? NaN : low === high ? low : (low + high) / 2,
    unreliableShare: known ? above / n : NaN,
  };
}

/**
 * The weights of n rows over the draws so far. Kept are their sums and, for the
 * tail, of k draws the largest min(k/5, 3 sqrt(k)) (ibid., section 2.4) and the
 * one below them: memory hardly depends on k.
 */
export class RunningWeights {
  readonly #means: RunningLogMeans;
  readonly #tails: readonly Tail[];

  /** @param n rows @param k draws of each that will be added */
  constructor(n: number, k: number) {
    this.#means = new RunningLogMeans(n);
    const length = Math.ceil(Math.min(k / 5, 3 * Math.sqrt(k)));
    this.#tails = Array.from({ length: n }, () => new Tail(length));
  }

  /** Adds one draw of each row. @param logWeights [n]; -Infinity: weight 0 */
  add(logWeights: ArrayLike<number>): void {
    this.#means.add(logWeights);
    for (const [row, tail] of this.#tails.entries()) tail.add(logWeights[row]!);
  }

  /** Puts what the draws say in place, of the rows from `first`. */
  put(estimates: ImportanceEstimates, first: number): void {
    estimates.values.set(this.#means.logMeans(), first);
    estimates.variances.set(this.#means.variances(), first);
    estimates.effectiveSamples.set(this.#means.effectiveSamples(), first);
    estimates.paretoK.set(this.#tails.map((tail) => tail.shape()), first);
  }
}

/** The largest log weights of one row, and the one below them. */
class Tail {
  readonly #length: number;
  /** twice what is kept: sorted and cut by half when it is full */
  readonly #kept: Float64Array;
  #count = 0;
  /** at most this is not among the largest */
  #below = -Infinity;
  #isNumber = true;

  constructor(length: number) {
    this.#length = length;
    this.#kept = new Float64Array(2 * (length + 1));
  }

  add(logWeight: number): void {
    if (Number.isNaN(logWeight)) this.#isNumber = false;
    if (logWeight < this.#below) return;
    this.#kept[this.#count++] = logWeight;
    if (this.#count === this.#kept.length) this.#cut();
  }

  #cut(): void {
    this.#kept.subarray(0, this.#count).sort().reverse();
    this.#count = Math.min(this.#count, this.#length + 1);
    if (this.#count > this.#length) this.#below = this.#kept[this.#length]!;
  }

  /** k-hat: the shape of the weights' excesses over the largest below them. */
  shape(): number {
    if (this.#length < SHORTEST_TAIL || !this.#isNumber) return NaN;
    this.#cut();
    const largest = this.#kept[0]!;
    if (largest === -Infinity) return NaN;
    // Relative to the largest weight: the shape has no scale.
    const weights = this.#kept.subarray(0, this.#count)
      .map((logWeight) => exp(logWeight - largest))
      .reverse();
    const excesses = weights.subarray(1).map((w) => w - weights[0]!);
    // Of most of the tail nothing is left in float64, where there is no scale.
    const isOutOfReach = weights[quartileOf(weights.length)] === 0;
    return isOutOfReach ? Infinity : paretoShape(excesses);
  }
}

/**
 * The shape k of a generalised Pareto distribution with location 0, whose
 * density is (1 + k x / sigma)^(-1/k - 1) / sigma: the posterior mean of J.
 * Zhang and M. A. Stephens (Technometrics 51, 2009), in which theta = -k/sigma
 * has the weights of a profile likelihood on a grid, then drawn towards 1/2 as
 * by ten more values (Vehtari et al., appendix G).
 *
 * @param excesses n values >= 0 in rising order, at least 5
 * @returns -Infinity where all are the same
 */
export function paretoShape(excesses: Float64Array): number {
  const n = excesses.length;
  const largest = excesses[n - 1]!;
  const quartile = excesses[quartileOf(n)]!;
  if (largest === excesses[0]) return -Infinity;
  const points = 30 + Math.floor(Math.sqrt(n));
  // Ties at the bound leave no scale but that of all values.
  const scale = 3 * (quartile > 0 ? quartile : sumOf(excesses) / n);
  const thetas = Float64Array.from(
    { length: points },
    (_, j) => 1 / largest + (1 - Math.sqrt(points / (j + 0.5))) / scale,
  );
  const logLikelihoods = thetas.map((theta) => {
    const shape = shapeAt(theta, excesses);
    return n * (log(-theta / shape) - shape - 1);
  });
  const most = logLikelihoods.reduce((a, b) => Math.max(a, b));
  const weights = logLikelihoods.map((value) => exp(value - most));
  const theta = sumOf(weights.map((w, j) => w * thetas[j]!)) / sumOf(weights);
  return (n * shapeAt(theta, excesses) + 10 * 0.5) / (n + 10);
}

/** The place of the first quartile in n rising values, as the paper has it. */
function quartileOf(n: number): number {
  return Math.floor(n / 4 + 0.5) - 1;
}

/** The k that is most likely where k / sigma is -theta. */
function shapeAt(theta: number, excesses: Float64Array): number {
  let sum = 0;
  for (const x of excesses) sum += log1p(-theta * x);
  return sum / excesses.length;
}
