/** Gaussians with full covariances, in float64 on the host. */

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

/** The Cholesky factor of a covariance, and the log of its determinant. */
function factorise(covariance: FullGaussian["covariance"]) {
  const symmetric = matrix(covariance);
  if (!symmetric.isSymmetric()) {
    throw new RangeError("the covariance is not symmetric");
  }
  const factor = new CholeskyDecomposition(symmetric);
  if (!factor.isPositiveDefinite()) {
    throw new RangeError("the covariance is not positive definite");
  }
  const logDet = factor.lowerTriangularMatrix.diagonal()
    .reduce((sum, value) => sum + 2 * Math.log(value), 0);
  return { factor, logDet };
}

/**
 * x -> ln N(x; mean, covariance), in nats. The covariance is factored once.
 *
 * @throws {RangeError} the covariance is not positive definite; from the
 *   function: x is not of d values
 */
export function logDensity(
  { mean, covariance }: FullGaussian,
): (x: ArrayLike<number>) => number {
  const d = mean.length;
  const { factor, logDet } = factorise(covariance);
  const constant = -0.5 * (d * Math.log(2 * Math.PI) + logDet);
  return (x) => {
    if (x.length !== d) {
      throw new RangeError(`x has ${x.length} values instead of ${d}`);
    }
    const difference = Matrix.columnVector(mean.map((m, i) => x[i]! - m));
    return constant - 0.5 * difference.dot(factor.solve(difference));
  };
}

/**
 * KL(p0 || p1) in nats between N(m0, S0) and N(m1, S1):
 *
 *     1/2 (tr(S1^-1 S0) - d + (m1 - m0)' S1^-1 (m1 - m0) + ln det S1 / det S0)
 *
 * @throws {RangeError} different dimensions, or a covariance that is not
 *   positive definite
 */
export function klBetweenGaussians(p0: FullGaussian, p1: FullGaussian): number {
  const d = p0.mean.length;
  if (p1.mean.length !== d) {
    throw new RangeError(`dimensions differ: ${d} and ${p1.mean.length}`);
  }
  const { logDet: logDet0 } = factorise(p0.covariance);
  const { factor, logDet: logDet1 } = factorise(p1.covariance);
  const difference = Matrix.columnVector(
    p1.mean.map((m, i) => m - p0.mean[i]!),
  );
  const trace = factor.solve(matrix(p0.covariance)).trace();
  const distance = difference.dot(factor.solve(difference));
  return 0.5 * (trace - d + distance + logDet1 - logDet0);
}
