/** q(z|x): a Gaussian with diagonal or isotropic covariance. */

import * as tf from "@tensorflow/tfjs";
import { klToStandardNormal } from "./kl.ts";
import { sumAxis } from "./reductions.ts";

/** q(z|x) for each of B datapoints. */
export interface Posterior {
  /** mu(x), [B, d] */
  readonly mean: tf.Tensor;
  /** ln sigma^2(x), [B, d]; [B, 1] where the covariance is isotropic */
  readonly logVariance: tf.Tensor;
  /**
   * z = mu + sigma * noise, differentiable in mu and sigma (AEVB, section 2.4).
   *
   * @param noise [L, B, d] from N(0, I)
   * @returns [L, B, d]
   */
  sample(noise: tf.Tensor): tf.Tensor;
  /**
   * KL(q(z|x) || p(z)) per latent dimension, in closed form.
   *
   * @returns [B, d], nats
   */
  kl(): tf.Tensor;
  /**
   * The Monte Carlo estimate (1/L) sum_l ln q(z_l|x) - ln p(z_l), per latent
   * dimension, at draws z_l = mu + sigma * noise_l.
   *
   * @param noise [L, B, d]
   * @returns [B, d], nats
   */
  sampledKl(noise: tf.Tensor): tf.Tensor;
}

/** N(mean, exp(logVariance)) with the shapes of {@linkcode Posterior}. */
export function gaussianPosterior(
  mean: tf.Tensor,
  logVariance: tf.Tensor,
): Posterior {
  function sample(noise: tf.Tensor): tf.Tensor {
    const deviation = tf.exp(tf.mul(logVariance, 0.5));
    return tf.add(mean, tf.mul(noise, deviation));
  }
  return {
    mean,
    logVariance,
    sample,
    kl: () => klToStandardNormal(mean, logVariance),
    sampledKl: (noise) => {
      // ln q and ln p share -1/2 ln 2 pi, which cancels.
      const logPosterior = tf.add(logVariance, tf.square(noise));
      const logRatio = tf.mul(
        tf.sub(tf.square(sample(noise)), logPosterior),
        0.5,
      );
      return tf.mul(sumAxis(logRatio, 0), 1 / noise.shape[0]!);
    },
  };
}
