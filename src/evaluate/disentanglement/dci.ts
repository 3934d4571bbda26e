/** Disentanglement, completeness and informativeness. */

import { log } from "../../elementary.ts";
import {
  type Codes,
  columnsOf,
  type Factor,
  meanOf,
  requireMatching,
  sum,
  varianceOf,
} from "./codes.ts";
import { lasso, standardised } from "./lasso.ts";

/** The three scores, each in [0, 1]. */
export interface Dci {
  /** whether each latent dimension is important for one factor alone */
  readonly disentanglement: number;
  /** whether one latent dimension alone is important for each factor */
  readonly completeness: number;
  /** the part of the factors' variance that the codes explain linearly */
  readonly informativeness: number;
  /** by latent dimension, then by factor: |weights| of the regressions */
  readonly importance: readonly (readonly number[])[];
}

/** 10^(-i / 5): penalties, as parts of the least one that leaves no weight. */
// deno-fmt-ignore
const PENALTIES = [
  1, 0.6309573444801932, 0.3981071705534972, 0.251188643150958,
  0.15848931924611134, 0.1, 0.06309573444801933, 0.039810717055349734,
  0.025118864315095794, 0.015848931924611134, 0.01, 0.00630957344480193,
  0.003981071705534973, 0.0025118864315095794, 0.001584893192461114, 0.001,
];

/**
 * DCI (Eastwood and Williams 2018, "A framework for the quantitative evaluation
 * of disentangled representations"). From R_jk, how important dimension j is
 * for factor k:
 *
 * - disentanglement: 1 - H(R_j. / sum R_j.) in logarithms to base K, the mean
 *   over dimensions weighted by their importance;
 * - completeness: 1 - H(R_.k / sum R_.k) to base d, the mean over factors; a
 *   factor that no dimension predicts counts as 0;
 * - informativeness: R^2 on rows that were not fitted, not below 0, the mean
 *   over factors.
 *
 * The variant: the regressor is their lasso, since its solution is unique, so
 * that no seed and no size of trees changes the scores; R is |weights| of
 * standardised codes and factors. A factor that is no linear function of the
 * codes is explained in part. Of a class the indicators of its values are
 * regressed, R is the mean of theirs, and R^2 that of all their variance.
 * Locatello et al. take boosted trees, with accuracy as informativeness.
 *
 * The first 60 % of the rows are fitted, the next 20 % choose the penalty, and
 * the last 20 % give R^2.
 *
 * @throws {RangeError} sizes that do not go together
 */
export function dci(codes: Codes, factors: readonly Factor[]): Dci {
  requireMatching(codes, factors);
  const n = codes.values.length / codes.dim;
  const parts = { fitted: Math.floor(0.6 * n), chosen: Math.floor(0.8 * n) };
  const inputs = standardised(columnsOf(codes), [0, parts.fitted]);
  const fits = factors.map((factor) => regress(inputs, factor, parts));
  const importance = inputs.map((_, j) => fits.map((fit) => fit.weights[j]!));
  return {
    ...scoresOf(importance),
    informativeness: meanOf(fits.map(r2)),
    importance,
  };
}

/** Disentanglement and completeness of importances R_jk. */
export function scoresOf(
  importance: readonly (readonly number[])[],
): Pick<Dci, "disentanglement" | "completeness"> {
  const ofUnits = importance.map((row) => sum(row.length, (k) => row[k]!));
  const total = meanOf(ofUnits) * ofUnits.length;
  const byFactor = importance[0]!.map((_, k) =>
    importance.map((row) => row[k]!)
  );
  return {
    disentanglement: total === 0 ? 0 : sum(
      importance.length,
      (j) => concentration(importance[j]!) * ofUnits[j]! / total,
    ),
    completeness: meanOf(byFactor.map(concentration)),
  };
}

/** 1 less the entropy of the shares to the base of their number; 0 for none. */
function concentration(values: readonly number[]): number {
  const total = sum(values.length, (i) => values[i]!);
  if (total === 0) return 0;
  if (values.length === 1) return 1;
  const entropy = sum(values.length, (i) => {
    const share = values[i]! / total;
    return share === 0 ? 0 : -share * log(share);
  });
  return 1 - entropy / log(values.length);
}

/** A factor's regressions: one, or one for each class. */
interface Fit {
  /** |weights| by latent dimension, the mean over the regressions */
  readonly weights: readonly number[];
  /** of the rows that were not fitted */
  readonly residual: number;
  readonly variance: number;
}

function r2({ residual, variance }: Fit): number {
  return variance === 0 ? 0 : Math.max(0, 1 - residual / variance);
}

interface Parts {
  readonly fitted: number;
  readonly chosen: number;
}

function regress(
  inputs: readonly Float64Array[],
  { kind, values }: Factor,
  parts: Parts,
): Fit {
  const targets = kind === "real"
    ? [Float64Array.from(values)]
    : [...new Set(Array.from(values))].sort((a, b) => a - b)
      .map((label) => Float64Array.from(values, (v) => Number(v === label)));
  const fits = targets.map((target) => regressOne(inputs, target, parts));
  const total = (of: (fit: typeof fits[number]) => number) =>
    sum(fits.length, (i) => of(fits[i]!));
  return {
    weights: inputs.map((_, j) =>
      total(({ weights }) => Math.abs(weights[j]!)) / fits.length
    ),
    residual: total((fit) => fit.residual),
    variance: total((fit) => fit.variance),
  };
}

function regressOne(
  inputs: readonly Float64Array[],
  target: Float64Array,
  { fitted, chosen }: Parts,
) {
  const [y] = standardised([target], [0, fitted]) as [Float64Array];
  const gram = inputs.map((a) =>
    Float64Array.from(inputs, (b) => product(a, b, fitted))
  );
  const covariances = Float64Array.from(inputs, (a) => product(a, y, fitted));
  const most = covariances.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  let weights: Float64Array = new Float64Array(inputs.length);
  let best = { weights, error: Infinity };
  for (const part of PENALTIES) {
    weights = lasso(gram, covariances, part * most, weights);
    const error = errorOf(inputs, y, weights, [fitted, chosen]);
    if (error < best.error) best = { weights, error };
  }
  // In units of the target, so that a class counts as much as it varies.
  const scale = varianceOf(target.subarray(0, fitted));
  return {
    weights: best.weights,
    residual: scale * errorOf(inputs, y, best.weights, [chosen, y.length]),
    variance: scale * varianceOf(y.subarray(chosen)),
  };
}

function product(a: Float64Array, b: Float64Array, n: number): number {
  return sum(n, (i) => a[i]! * b[i]!) / n;
}

/** The mean squared error in some rows. */
function errorOf(
  inputs: readonly Float64Array[],
  y: Float64Array,
  weights: Float64Array,
  [from, to]: readonly [number, number],
): number {
  return sum(to - from, (i) => {
    const at = from + i;
    const predicted = sum(weights.length, (j) => inputs[j]![at]! * weights[j]!);
    return (y[at]! - predicted) ** 2;
  }) / (to - from);
}
