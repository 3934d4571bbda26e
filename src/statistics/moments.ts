/** The mean of values and how far they lie apart, without any distribution. */

/** Moments of values. */
export interface Moments {
  /** how many values there are */
  readonly n: number;
  /** of the values */
  readonly mean: number;
  /** standard deviation of the values, by n - 1; NaN of one value */
  readonly sd: number;
  /** of the mean, sd / sqrt(n); NaN of one value */
  readonly standardError: number;
}

/** The moments of at least one value; of none the mean is NaN. */
export function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = n > 1 ? Math.sqrt(squares / (n - 1)) : NaN;
  return { n, mean, sd, standardError: sd / Math.sqrt(n) };
}
