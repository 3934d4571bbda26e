/** p(x|z): full log densities in nats, summed over the pixels of x. */

import * as tf from "@tensorflow/tfjs";
import { mean as meanOf, sumAxis } from "./reductions.ts";

const LOG_2_PI = Math.log(2 * Math.PI);

/** p(x|z) at L draws of z for each of B datapoints. */
export interface Likelihood {
  /**
   * ln p(x|z), with its normalising constant, summed over the D pixels.
   *
   * @param x [B, D]
   * @returns [L, B], nats
   */
  logProb(x: tf.Tensor): tf.Tensor;
  /** E[x|z], [L, B, D] */
  mean(): tf.Tensor;
}

/** sum_D x * logit - softplus(logit), whose gradient is x - sigmoid(logit). */
function bernoulliLogProb(logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const logProb = tf.customGrad((input, save) => {
    const logits = input as tf.Tensor;
    (save as tf.GradSaveFunc)([logits, x]);
    return {
      value: tf.sum(tf.sub(tf.mul(logits, x), tf.softplus(logits)), -1),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(tf.expandDims(dy, -1), tf.sub(saved[1]!, tf.sigmoid(saved[0]!))),
    };
  });
  return logProb(logits);
}

/**
 * Independent Bernoulli pixels: ln p(x|z) = sum x ln p + (1 - x) ln (1 - p)
 * with p = sigmoid(logit). For grey levels x in [0, 1] the same expression is
 * the negative cross-entropy, which is no log density of x.
 *
 * @param logits [L, B, D]
 */
export function bernoulli(logits: tf.Tensor): Likelihood {
  return {
    logProb: (x) => bernoulliLogProb(logits, x),
    mean: () => tf.sigmoid(logits),
  };
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
