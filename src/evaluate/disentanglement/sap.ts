/** The separated attribute predictability score. */

import {
  type Codes,
  columnsOf,
  type Factor,
  meanOf,
  requireMatching,
  sum,
  topTwo,
  varianceOf,
} from "./codes.ts";

/**
 * How well each latent dimension alone predicts each factor, by dimension, then
 * by factor: a number by a line, scored by R^2, the squared correlation; a
 * class by K - 1 thresholds between K classes, scored by the mean over classes
 * of the part of its rows that is found (balanced accuracy), the largest that
 * such thresholds can have on these rows.
 *
 * @throws {RangeError} sizes that do not go together
 */
export function predictability(
  codes: Codes,
  factors: readonly Factor[],
): number[][] {
  requireMatching(codes, factors);
  return columnsOf(codes).map((column) => {
    const isConstant = varianceOf(column) === 0;
    return factors.map(({ kind, values }) => {
      if (isConstant) return 0;
      return kind === "class"
        ? thresholdAccuracy(column, values)
        : squaredCorrelation(column, values);
    });
  });
}

/**
 * SAP: by factor, how much better the best latent dimension predicts it than
 * the next one; the mean over factors (Kumar et al., arXiv 1711.00848, section
 * 3). Constant dimensions score 0.
 *
 * The variant is that of Kumar et al.; Locatello et al. classify by linear
 * support vector machines, and factors that are numbers, too.
 *
 * @param scores see {@linkcode predictability}
 */
export function sap(scores: readonly (readonly number[])[]): number {
  return meanOf(scores[0]!.map((_, k) => {
    const [first, second] = topTwo(scores.map((row) => row[k]!));
    return first - second;
  }));
}

function squaredCorrelation(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  const covariance = sum(a.length, (i) => (a[i]! - meanA) * (b[i]! - meanB)) /
    a.length;
  const variances = varianceOf(a) * varianceOf(b);
  return variances === 0 ? 0 : covariance ** 2 / variances;
}

/**
 * The largest balanced accuracy of at most K intervals, each with a class: by
 * dynamic programming over the rows in the order of their values, where equal
 * values stay together.
 */
function thresholdAccuracy(
  values: Float64Array,
  classes: ArrayLike<number>,
): number {
  const counts: number[] = [];
  for (let i = 0; i < classes.length; i++) {
    counts[classes[i]!] = (counts[classes[i]!] ?? 0) + 1;
  }
  const present = Object.keys(counts).map(Number);
  const most = present.length;
  const order = Uint32Array.from(values, (_, i) => i)
    .sort((a, b) => values[a]! - values[b]!);
  // best[s][c]: of the rows so far by s + 1 intervals, the last with class c
  let best = Array.from({ length: most }, () => new Float64Array(most));
  for (let at = 0; at < order.length;) {
    const gains = new Float64Array(most);
    const value = values[order[at]!]!;
    for (; at < order.length && values[order[at]!] === value; at++) {
      const label = classes[order[at]!]!;
      gains[present.indexOf(label)]! += 1 / counts[label]!;
    }
    best = best.map((row, s) => {
      const fromOther = s === 0 ? -Infinity : Math.max(...best[s - 1]!);
      return row.map((gain, c) => Math.max(gain, fromOther) + gains[c]!);
    });
  }
  return Math.max(...best.map((row) => Math.max(...row))) / most;
}
