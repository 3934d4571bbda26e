/**
 * The linear Gaussian model, in which every term of
 *
 *     log p(x) = ELBO + KL(q(z|x) || p(z|x))
 *
 * is exact: x = W z + mu + s e with z and e standard normal (probabilistic
 * PCA; Tipping & Bishop 1999), in float64 on the host.
 */

import { log } from "../elementary.ts";
import { inverse, Matrix } from "ml-matrix";
import {
  type FullGaussian,
  logDensity,
  matrix,
  requireFinite,
  requireMatrix,
} from "./full_gaussian.ts";

/** p(x|z) = N(W z + mu, s^2 I). */
export interface LinearGaussian {
  /** W: D rows of d numbers */
  readonly weights: readonly (readonly number[])[];
  /** mu: D numbers */
  readonly offset: readonly number[];
  /** s^2 */
  readonly noiseVariance: number;
}

/** W of a model whose sizes and values are those of one. */
function weightsOf({ weights, offset, noiseVariance }: LinearGaussian): Matrix {
  requireFinite("mu", offset, offset.length);
  requireMatrix("W", weights, offset.length, weights[0]?.length ?? 0);
  if (!(noiseVariance > 0 && Number.isFinite(noiseVariance))) {
    throw new RangeError(`noiseVariance is ${noiseVariance}, not above 0`);
  }
  return matrix(weights);
}

/**
 * x -> log p(x) = log N(x; mu, W W' + s^2 I), in nats.
 *
 * @throws {RangeError} W is not D x d, s^2 not above 0, or a value not finite;
 *   from the function: x is not D finite values
 */
export function exactLogLikelihood(
  model: LinearGaussian,
): (x: ArrayLike<number>) => number {
  const { offset, noiseVariance } = model;
  const w = weightsOf(model);
  const covariance = w.mmul(w.transpose())
    .add(Matrix.eye(offset.length).mul(noiseVariance));
  return logDensity({ mean: offset, covariance: covariance.to2DArray() });
}

/**
 * x -> p(z|x) = N(M^-1 W' (x - mu), s^2 M^-1) with M = W' W + s^2 I (Tipping &
 * Bishop 1999, equation 7).
 *
 * @throws {RangeError} as of {@linkcode exactLogLikelihood}
 */
export function exactPosterior(
  model: LinearGaussian,
): (x: ArrayLike<number>) => FullGaussian {
  const { offset, noiseVariance } = model;
  const w = weightsOf(model);
  const gram = w.transpose().mmul(w);
  const inverseM = inverse(gram.add(Matrix.eye(gram.rows).mul(noiseVariance)));
  const gain = inverseM.mmul(w.transpose());
  // Rounding leaves an inverse that is not quite symmetric.
  const covariance = Matrix.add(inverseM, inverseM.transpose())
    .mul(noiseVariance / 2).to2DArray();
  return (x) => {
    requireFinite("x", x, offset.length);
    const centred = Matrix.columnVector(offset.map((m, i) => x[i]! - m));
    return { mean: gain.mmul(centred).to1DArray(), covariance };
  };
}

/**
 * (q, x) -> E_q[log p(x|z)] in nats, exactly, with q = N(m, S):
 *
 *     -D/2 log(2 pi s^2) - (|x - mu - W m|^2 + tr W' W S) / (2 s^2)
 *
 * S may be singular.
 *
 * @throws {RangeError} as of {@linkcode exactLogLikelihood}; from the function
 *   also: q is not of d dimensions, or has a value that is not finite
 */
export function exactReconstruction(
  model: LinearGaussian,
): (q: FullGaussian, x: ArrayLike<number>) => number {
  const { weights, offset, noiseVariance } = model;
  const w = weightsOf(model);
  const gram = w.transpose().mmul(w).to2DArray();
  const constant = offset.length * log(2 * Math.PI * noiseVariance);
  return ({ mean, covariance }, x) => {
    requireFinite("x", x, offset.length);
    requireFinite("q's mean", mean, w.columns);
    requireMatrix("q's covariance", covariance, w.columns, w.columns);
    let squares = 0;
    weights.forEach((row, i) => {
      const expected = row.reduce(
        (sum, w, j) => sum + w * mean[j]!,
        offset[i]!,
      );
      squares += (x[i]! - expected) ** 2;
    });
    gram.forEach((row, j) =>
      row.forEach((entry, k) => squares += entry * covariance[j]![k]!)
    );
    return -0.5 * (constant + squares / noiseVariance);
  };
}

/**
 * The mean of log p(x) over rows, in nats.
 *
 * @param x [n, D], row-major
 * @throws {RangeError} as of {@linkcode exactLogLikelihood}, or x is not rows
 */
export function meanExactLogLikelihood(
  model: LinearGaussian,
  x: Float32Array,
): number {
  const logLikelihood = exactLogLikelihood(model);
  const dim = model.offset.length;
  const n = x.length / dim;
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`${x.length} values are not rows of ${dim}`);
  }
  let sum = 0;
  for (let row = 0; row < n; row++) {
    sum += logLikelihood(x.subarray(row * dim, (row + 1) * dim));
  }
  return sum / n;
}
