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
 * values stay together. The time is of the order of K n.
 */
function thresholdAccuracy(
  values: Float64Array,
  classes: ArrayLike<number>,
): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < classes.length; i++) {
    counts.set(classes[i]!, (counts.get(classes[i]!) ?? 0) + 1);
  }
  const groups = gainsOf(values, classes, counts);
  const best = new Float64Array(
    counts.keys().reduce((a, b) => Math.max(a, b)) + 1,
  );
  // After each group, the most that the intervals before the last can have.
  let before = new Float64Array(groups.length + 1).fill(-Infinity);
  for (let interval = 0; interval < counts.size; interval++) {
    const leaders = new Float64Array(groups.length + 1);
    // The most where the last interval has a class, at the last row of that
    // class; at later rows it is `before` where that, which never falls, is more.
    best.fill(0);
    groups.forEach((gains, at) => {
      let leader = Math.max(leaders[at]!, before[at]!);
      for (const [label, gain] of gains) {
        const found = Math.max(best[label]!, before[at]!) + gain;
        best[label] = found;
        leader = Math.max(leader, found);
      }
      leaders[at + 1] = leader;
    });
    before = leaders;
  }
  return before.at(-1)! / counts.size;
}

/** By value, from the smallest: the part of each class that has it. */
function gainsOf(
  values: Float64Array,
  classes: ArrayLike<number>,
  counts: ReadonlyMap<number, number>,
): Map<number, number>[] {
  const order = Uint32Array.from(values, (_, i) => i)
    .sort((a, b) => values[a]! - values[b]!);
  const groups: Map<number, number>[] = [];
  for (let at = 0; at < order.length;) {
    const gains = new Map<number, number>();
    const value = values[order[at]!]!;
    for (; at < order.length && values[order[at]!] === value; at++) {
      const label = classes[order[at]!]!;
      gains.set(label, (gains.get(label) ?? 0) + 1 / counts.get(label)!);
    }
    groups.push(gains);
  }
  return groups;
}
