/** Real-valued pixels, with one variance for all or one for each. */

import * as tf from "@tensorflow/tfjs";
import { mean as meanOf, sumAxis } from "../reductions.ts";
import type { Likelihood } from "./likelihood.ts";

const LOG_2_PI = Math.log(2 * Math.PI);

/** mean + sigma_dec * noise */
function sampler(mean: tf.Tensor, logVariance: tf.Tensor) {
  return (noise: tf.Tensor) =>
    tf.add(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5))));
}

/**
 * N(x; mean, sigma_dec^2 I):
 *
 *     ln p(x|z) = -|x - mean|^2 / (2 sigma_dec^2) - D/2 ln(2 pi sigma_dec^2)
 *
 * @param mean [L, B, D]
 * @param logVariance ln sigma_dec^2, a scalar
 */
export function gaussian(mean: tf.Tensor, logVariance: tf.Tensor): Likelihood {
  const pixels = mean.shape.at(-1)!;
  return {
    logProb: (x) => {
      const squares = sumAxis(tf.square(tf.sub(mean, x)), -1);
      const precision = tf.exp(tf.neg(logVariance));
      const normaliser = tf.mul(tf.add(logVariance, LOG_2_PI), pixels);
      return tf.mul(tf.add(tf.mul(squares, precision), normaliser), -0.5);
    },
    mean: () => mean,
    sample: sampler(mean, logVariance),
  };
}

/**
 * N(x; mean, diag(sigma_dec^2(z))), a variance for each pixel, as in AEVB,
 * appendix C.2:
 *
 *     ln p(x|z) = -1/2 sum_i [(x_i - mean_i)^2 / sigma_i^2 + ln(2 pi sigma_i^2)]
 *
 * It has no upper bound where a pixel can be predicted exactly: a pixel that
 * never changes draws its variance to 0.
 *
 * @param mean [L, B, D]
 * @param logVariance ln sigma_dec^2(z), [L, B, D]
 */
export function gaussianPerPixel(
  mean: tf.Tensor,
  logVariance: tf.Tensor,
): Likelihood {
  return {
    logProb: (x) => {
      // Scaled before it is squared, it overflows at half the exponent only.
      const deviation = tf.exp(tf.mul(logVariance, -0.5));
      const squares = tf.square(tf.mul(tf.sub(mean, x), deviation));
      const terms = tf.add(tf.add(squares, logVariance), LOG_2_PI);
      return tf.mul(sumAxis(terms, -1), -0.5);
    },
    mean: () => mean,
    sample: sampler(mean, logVariance),
  };
}

/**
 * ln of the maximum-likelihood sigma_dec^2 of a batch, its mean squared error
 * over draws, datapoints and pixels (Rybkin et al. 2021, equation 4).
 *
 * @param mean [L, B, D]
 * @param x [B, D]
 */
export function optimalLogVariance(mean: tf.Tensor, x: tf.Tensor): tf.Scalar {
  return tf.log(meanOf(tf.square(tf.sub(mean, x))));
}
