/** Gaussians with full covariances, in float64 on the host. */

import { log } from "../elementary.ts";
import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** N(mean, covariance) in d dimensions. */
export interface FullGaussian {
  /** d values */
  readonly mean: readonly number[];
  /** d rows of d values, symmetric and positive definite */
  readonly covariance: readonly (readonly number[])[];
}

/** A matrix of ml-matrix, which wants arrays that it may change. */
export function matrix(rows: readonly (readonly number[])[]): Matrix {
  return new Matrix(rows.map((row) => [...row]));
}

/** @throws {RangeError} not `count` values, or one that is not finite */
export function requireFinite(
  name: string,
  values: ArrayLike<number>,
  count: number,
): void {
  if (values.length !== count) {
    throw new RangeError(`${name} has ${values.length} values, not ${count}`);
  }
  for (let i = 0; i < count; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new RangeError(`${name} has ${values[i]} at ${i}`);
  }
}

/** @throws {RangeError} not rows x columns values, or one is not finite */
export function requireMatrix(
  name: string,
  values: readonly (readonly number[])[],
  rows: number,
  columns: number,
): void {
  if (values.length !== rows) {
    throw new RangeError(`${name} has ${values.length} rows, not ${rows}`);
  }
  values.forEach((row, i) => requireFinite(`${name}'s row ${i}`, row, columns));
}

/**
 * How much a covariance's halves may differ, in units of the two deviations:
 * rounding leaves less, as of products of matrices or of an inverse.
 */
const ASYMMETRY = 1e-8;

/** The Cholesky factor of a covariance, and the log of its determinant. */
function factorise({ mean, covariance }: FullGaussian) {
  const d = mean.length;
  requireFinite("the mean", mean, d);
  requireMatrix("the covariance", covariance, d, d);
  const symmetric = matrix(covariance);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      const [lower, upper] = [covariance[i]![j]!, covariance[j]![i]!];
      const scale = Math.sqrt(Math.abs(covariance[i]![i]!)) *
        Math.sqrt(Math.abs(covariance[j]![j]!));
      if (Math.abs(lower - upper) > ASYMMETRY * scale) {
        throw new RangeError(
          `the covariance is not symmetric: ${lower} at (${i}, ${j}), and ` +
            `${upper} at (${j}, ${i})`,
        );
      }
      const middle = lower + (upper - lower) / 2;
      symmetric.set(i, j, middle).set(j, i, middle);
    }
  }
  const factor = new CholeskyDecomposition(symmetric);
  if (!factor.isPositiveDefinite()) {
    throw new RangeError("the covariance is not positive definite");
  }
  const logDet = factor.lowerTriangularMatrix.diagonal()
    .reduce((sum, value) => sum + 2 * log(value), 0);
  return { symmetric, factor, logDet };
}

/**
 * x -> log N(x; mean, covariance), in nats. The covariance is factored once.
 *
 * @throws {RangeError} the covariance is not d x d, symmetric within rounding
 *   and positive definite, or a value is not finite; from the function: x is
 *   not d finite values
 */
export function logDensity(
  gaussian: FullGaussian,
): (x: ArrayLike<number>) => number {
  const { mean } = gaussian;
  const d = mean.length;
  const { factor, logDet } = factorise(gaussian);
  const constant = -0.5 * (d * log(2 * Math.PI) + logDet);
  return (x) => {
    requireFinite("x", x, d);
    const difference = Matrix.columnVector(mean.map((m, i) => x[i]! - m));
    return constant - 0.5 * difference.dot(factor.solve(difference));
  };
}

/**
 * KL(p0 || p1) in nats between N(m0, S0) and N(m1, S1):
 *
 *     1/2 (tr(S1^-1 S0) - d + (m1 - m0)' S1^-1 (m1 - m0) + log det S1 / det S0)
 *
 * @throws {RangeError} different dimensions, or what {@linkcode logDensity}
 *   refuses
 */
export function klBetweenGaussians(p0: FullGaussian, p1: FullGaussian): number {
  const d = p0.mean.length;
  if (p1.mean.length !== d) {
    throw new RangeError(`dimensions differ: ${d} and ${p1.mean.length}`);
  }
  const { symmetric, logDet: logDet0 } = factorise(p0);
  const { factor, logDet: logDet1 } = factorise(p1);
  const difference = Matrix.columnVector(
    p1.mean.map((m, i) => m - p0.mean[i]!),
  );
  const trace = factor.solve(symmetric).trace();
  const distance = difference.dot(factor.solve(difference));
  return 0.5 * (trace - d + distance + logDet1 - logDet0);
}
