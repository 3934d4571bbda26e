/** Estimates from draws of z: of each datapoint, their moments, their mean. */

import { exp, log } from "../elementary.ts";

/** A value that was estimated from draws. */
export interface Estimate {
  /** what the draws give */
  readonly value: number;
  /** standard error of the value */
  readonly error: number;
}

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
 * which are independent between datapoints. It does not include the spread over
 * other samples of datapoints: these are fixed.
 */
export function meanOverRows({ values, variances }: RowEstimates): Estimate {
  return {
    value: sumOf(values) / values.length,
    error: Math.sqrt(sumOf(variances)) / values.length,
  };
}

export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

/**
 * Moments of n numbers over the draws so far, in float64 (B. P. Welford, 1962):
 * no draw is kept, and nothing cancels where the mean is far from zero.
 */
export class RunningMoments {
  /** draws so far */
  count = 0;
  /** means over the draws, [n] */
  readonly means: Float64Array;
  /** sums of squared deviations from the means, [n] */
  readonly squares: Float64Array;

  /** No draws yet. @param size how many numbers a draw has */
  constructor(size: number) {
    this.means = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  /** Adds one draw. @param values [n] */
  add(values: ArrayLike<number>): void {
    const { means, squares } = this;
    this.count += 1;
    for (let i = 0; i < means.length; i++) {
      const deviation = values[i]! - means[i]!;
      means[i]! += deviation / this.count;
      squares[i]! += deviation * (values[i]! - means[i]!);
    }
  }

  /**
   * Adds the draws of another (T. F. Chan, G. H. Golub and R. J. LeVeque,
   * 1979).
   */
  merge(other: RunningMoments): void {
    const { means, squares } = this;
    const count = this.count + other.count;
    if (count === 0) return;
    const share = other.count / count;
    for (let i = 0; i < means.length; i++) {
      const distance = other.means[i]! - means[i]!;
      means[i]! += distance * share;
      squares[i]! += other.squares[i]! + distance ** 2 * this.count * share;
    }
    this.count = count;
  }
}

/**
 * log of the means of n weights over the draws so far (a streaming log-sum-exp
 * in float64), with the variance of that estimate. No draw is kept: each sum
 * is relative to its largest weight so far, and is scaled down when a larger
 * one comes.
 */
export class RunningLogMeans {
  count = 0;
  /** the largest log weights, [n] */
  readonly #largest: Float64Array;
  /** sums of the weights over the largest one, [n] */
  readonly #sums: Float64Array;
  /** sums of their squares, [n] */
  readonly #squares: Float64Array;

  constructor(size: number) {
    this.#largest = new Float64Array(size).fill(-Infinity);
    this.#sums = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  /** Adds one draw. @param logWeights [n]; -Infinity is the weight 0 */
  add(logWeights: ArrayLike<number>): void {
    this.count += 1;
    for (let i = 0; i < this.#sums.length; i++) {
      const logWeight = logWeights[i]!;
      if (logWeight === -Infinity) continue;
      if (logWeight > this.#largest[i]!) {
        const scale = exp(this.#largest[i]! - logWeight);
        this.#largest[i] = logWeight;
        this.#sums[i]! *= scale;
        this.#squares[i]! *= scale * scale;
      }
      const weight = exp(logWeight - this.#largest[i]!);
      this.#sums[i]! += weight;
      this.#squares[i]! += weight * weight;
    }
  }

  /** log of the sum of the weights, [n] */
  logSums(): Float64Array {
    return this.#sums.map((sum, i) => log(sum) + this.#largest[i]!);
  }

  /** log of the mean of the weights, [n] */
  logMeans(): Float64Array {
    return this.logSums().map((logSum) => logSum - log(this.count));
  }

  /** (sum w)^2 / sum w^2 of the weights w, [n]: how many draws count */
  effectiveSamples(): Float64Array {
    return this.#sums.map((sum, i) => sum * sum / this.#squares[i]!);
  }

  /**
   * The variance of {@linkcode logMeans} by the delta method, [n]: that of the
   * mean weight over its square. NaN of one draw, which has no spread;
   * too small where few draws make up the mean.
   */
  variances(): Float64Array {
    const { count } = this;
    return this.#sums.map((sum, i) => {
      const relative = count * this.#squares[i]! / (sum * sum) - 1;
      // Equal weights may come out below zero by rounding.
      return Math.max(0, relative) / (count - 1);
    });
  }
}
