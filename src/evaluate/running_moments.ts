/** Mean and variance of many numbers at once, in one pass over their draws. */

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
