/** q(z|x): a Gaussian with diagonal or isotropic covariance. */

import * as tf from "@tensorflow/tfjs";
import { stopGradient } from "./gradients.ts";
import { klToStandardNormal } from "./kl.ts";

const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI);

/** q(z|x) for each of B datapoints. */
export interface Posterior {
  /** mu(x), [B, d] */
  readonly mean: tf.Tensor;
  /** ln sigma^2(x), [B, d]; [B, 1] where the covariance is isotropic */
  readonly logVariance: tf.Tensor;
  /**
   * z = mu + sigma * noise, differentiable in mu and sigma (AEVB, section 2.4).
   *
   * @param noise [S, B, d] from N(0, I)
   * @returns [S, B, d]
   */
  sample(noise: tf.Tensor): tf.Tensor;
  /**
   * ln q(z|x) by latent dimension.
   *
   * @param z [S, B, d]
   * @returns [S, B, d], nats
   */
  logProb(z: tf.Tensor): tf.Tensor;
  /**
   * The same at z = sample(noise), where it has a simpler form: moving mu and
   * sigma moves z along, and only the normalising constant changes.
   *
   * @param noise [S, B, d]
   * @returns [S, B, d], nats
   */
  logProbOfSample(noise: tf.Tensor): tf.Tensor;
  /**
   * KL(q(z|x) || p(z)) per latent dimension, in closed form.
   *
   * @returns [B, d], nats
   */
  kl(): tf.Tensor;
  /** The same distribution, as a constant: no gradient reaches the encoder. */
  detach(): Posterior;
}

/** N(mean, exp(logVariance)) with the shapes of {@linkcode Posterior}. */
export function gaussianPosterior(
  mean: tf.Tensor,
  logVariance: tf.Tensor,
): Posterior {
  const logDensity = (standardised: tf.Tensor) =>
    tf.sub(
      tf.mul(tf.add(tf.square(standardised), logVariance), -0.5),
      HALF_LOG_2_PI,
    );
  return {
    mean,
    logVariance,
    sample: (noise) =>
      tf.add(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5)))),
    logProb: (z) =>
      logDensity(
        tf.mul(tf.sub(z, mean), tf.exp(tf.mul(logVariance, -0.5))),
      ),
    logProbOfSample: logDensity,
    kl: () => klToStandardNormal(mean, logVariance),
    detach: () =>
      gaussianPosterior(stopGradient(mean), stopGradient(logVariance)),
  };
}
