/** A Gaussian with full covariance, fitted to samples on the device. */

import { tf } from "../lazy_tfjs.ts";

/**
 * z -> log N(z; mean, covariance) with the mean and the unbiased covariance of
 * n samples at each of B datapoints, in nats. Where the covariance is singular
 * the value is not finite.
 *
 * The density is the product of the conditionals p(z_j | z_1..z_j-1), each a
 * Gaussian of one dimension: eliminating z_j from the covariance leaves the
 * covariance of the residuals of the rest.
 *
 * @param samples [n, B, d], n above d
 * @returns a function of z, [m, B, d], whose values are [m, B]
 * @throws {RangeError} n is not above d
 */
export function fittedGaussian(
  samples: tf.Tensor,
): (z: tf.Tensor) => tf.Tensor {
  const [n, , d] = samples.shape as [number, number, number];
  if (n <= d) {
    throw new RangeError(
      `${n} samples do not fit a Gaussian in ${d} dimensions`,
    );
  }
  return (z) =>
    tf.tidy(() => {
      const mean = tf.mean(samples, 0, true);
      let covariance = covarianceOf(tf.sub(samples, mean)); // [B, d, d]
      let residual = tf.sub(z, mean); // [m, B, d]
      let logDensity = tf.zeros(z.shape.slice(0, 2));
      for (let j = 0; j < d; j++) {
        const column = take(covariance, j); // [B, d]
        const variance = take(column, j); // [B]
        const value = take(residual, j); // [m, B]
        const slope = tf.div(column, tf.expandDims(variance, -1));
        const logProb = tf.mul(
          tf.add(
            tf.div(tf.square(value), variance),
            tf.log(tf.mul(variance, 2 * Math.PI)),
          ),
          -0.5,
        );
        logDensity = tf.add(logDensity, logProb);
        residual = tf.sub(residual, tf.mul(tf.expandDims(value, -1), slope));
        covariance = tf.sub(
          covariance,
          tf.mul(tf.expandDims(slope, -1), tf.expandDims(column, -2)),
        );
      }
      return logDensity;
    });
}

/** [n, B, d] deviations from the mean -> [B, d, d]. */
function covarianceOf(deviations: tf.Tensor): tf.Tensor {
  const [n, , d] = deviations.shape as [number, number, number];
  const columns = Array.from({ length: d }, (_, j) => take(deviations, j));
  const row = (a: tf.Tensor) =>
    tf.stack(columns.map((b) => tf.sum(tf.mul(a, b), 0)), -1);
  return tf.mul(tf.stack(columns.map(row), -2), 1 / (n - 1));
}

/** Element j of the last axis. */
function take(x: tf.Tensor, j: number): tf.Tensor {
  const leading = x.shape.slice(0, -1);
  const part = tf.slice(x, [...leading.map(() => 0), j], [...leading, 1]);
  return tf.squeeze(part, [-1]);
}
