/** ln of the mean of many positive numbers, in one pass and constant memory. */

/**
 * ln of the means of n weights over the draws so far (a streaming log-sum-exp
 * in float64), with the variance of that estimate. No draw is kept: each sum
 * is relative to its largest weight so far, and is scaled down when a larger
 * one comes.
 */
export class RunningLogMeans {
  /** draws so far */
  count = 0;
  /** the largest log weights, [n] */
  readonly #largest: Float64Array;
  /** sums of the weights over the largest one, [n] */
  readonly #sums: Float64Array;
  /** sums of their squares, [n] */
  readonly #squares: Float64Array;

  /** No draws yet. @param size how many weights a draw has */
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
        const scale = Math.exp(this.#largest[i]! - logWeight);
        this.#largest[i] = logWeight;
        this.#sums[i]! *= scale;
        this.#squares[i]! *= scale * scale;
      }
      const weight = Math.exp(logWeight - this.#largest[i]!);
      this.#sums[i]! += weight;
      this.#squares[i]! += weight * weight;
    }
  }

  /** ln of the sum of the weights, [n] */
  logSums(): Float64Array {
    return this.#sums.map((sum, i) => Math.log(sum) + this.#largest[i]!);
  }

  /** ln of the mean of the weights, [n] */
  logMeans(): Float64Array {
    return this.logSums().map((logSum) => logSum - Math.log(this.count));
  }

  /**
   * The variance of {@linkcode logMeans} by the delta method, [n]: that of the
   * mean weight over its square. NaN of one draw, which tells of no spread;
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
