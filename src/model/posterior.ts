/** q(z|x): a Gaussian whose covariance is diagonal, isotropic or full. */

import { tf } from "../lazy_tfjs.ts";
import { stopGradient } from "./gradients.ts";
import { klToStandardNormal } from "./kl.ts";
import { logProbOfStandardised, standardise, unstandardise } from "./normal.ts";
import { sumAxis } from "./reductions.ts";
import { solveUnitLower, timesDraws } from "./triangular.ts";

/**
 * q(z|x) = N(mu, L L') for each of B datapoints, L lower triangular. One
 * dimension after the other it is
 *
 *     q(z_j|z_<j, x) = N(mu_j + sum_{k<j} L_jk e_k, L_jj^2),  z = mu + L e
 *
 * and what is given by latent dimension belongs to these: the values of a
 * datapoint sum to log q(z|x) and to KL(q(z|x) || p(z)) by the chain rule.
 */
export interface Posterior {
  /** mu(x), [B, d] */
  readonly mean: tf.Tensor;
  /**
   * log L_jj^2 = log Var(z_j|z_<j, x), [B, d]; without a `lower` it is
   * log sigma_j^2, and [B, 1] where the covariance is isotropic
   */
  readonly logVariance: tf.Tensor;
  /** L below its diagonal, zero elsewhere, [B, d, d]; null: L is diagonal */
  readonly lower: tf.Tensor | null;
  /**
   * z = mu + L noise, differentiable in mu and L (AEVB, section 2.4).
   *
   * @param noise [S, B, d] from N(0, I)
   * @returns [S, B, d]
   */
  sample(noise: tf.Tensor): tf.Tensor;
  /**
   * log q(z_j|z_<j, x) by latent dimension.
   *
   * @param z [S, B, d]
   * @returns [S, B, d], nats
   */
  logProb(z: tf.Tensor): tf.Tensor;
  /**
   * The same at z = sample(noise), where it has a simpler form: moving mu and
   * L moves z along, and only the normalising constant changes.
   *
   * @param noise [S, B, d]
   * @returns [S, B, d], nats
   */
  logProbOfSample(noise: tf.Tensor): tf.Tensor;
  /**
   * KL(q(z|x) || p(z)) by latent dimension, in closed form: for dimension j
   * the mean of KL(q(z_j|z_<j, x) || p(z_j)) over z_<j.
   *
   * @returns [B, d], nats
   */
  kl(): tf.Tensor;
  /** The same distribution, as a constant: no gradient reaches the encoder. */
  detach(): Posterior;
}

/**
 * N(mean, diag(exp(logVariance))) with the shapes of {@linkcode Posterior}.
 */
export function gaussianPosterior(
  mean: tf.Tensor,
  logVariance: tf.Tensor,
): Posterior {
  return {
    mean,
    logVariance,
    lower: null,
    sample: (noise) => unstandardise(noise, mean, logVariance),
    logProb: (z) =>
      logProbOfStandardised(standardise(z, mean, logVariance), logVariance),
    logProbOfSample: (noise) => logProbOfStandardised(noise, logVariance),
    kl: () => klToStandardNormal(mean, logVariance),
    detach: () =>
      gaussianPosterior(stopGradient(mean), stopGradient(logVariance)),
  };
}

/**
 * N(mean, L L') with L_jj = exp(logVariance_j / 2) and the rest of L in
 * `lower`: with zeros there it is {@linkcode gaussianPosterior}. Its KL is
 *
 *     1/2 sum_j (L_jj^2 + sum_{k<j} L_jk^2 + mu_j^2 - 1 - log L_jj^2)
 *
 * @param mean [B, d]
 * @param logVariance [B, d]
 * @param lower strictly lower triangular, [B, d, d]
 */
export function fullPosterior(
  mean: tf.Tensor,
  logVariance: tf.Tensor,
  lower: tf.Tensor,
): Posterior {
  return {
    mean,
    logVariance,
    lower,
    sample: (noise) =>
      tf.add(
        unstandardise(noise, mean, logVariance),
        timesDraws(lower, noise),
      ),
    logProb: (z) => {
      // L = D (I + D^-1 lower) with D the diagonal of L.
      const scale = tf.exp(tf.mul(logVariance, -0.5));
      const unit = tf.mul(lower, tf.expandDims(scale, -1));
      const noise = solveUnitLower(unit, standardise(z, mean, logVariance));
      return logProbOfStandardised(noise, logVariance);
    },
    logProbOfSample: (noise) => logProbOfStandardised(noise, logVariance),
    kl: () =>
      tf.add(
        klToStandardNormal(mean, logVariance),
        tf.mul(sumAxis(tf.square(lower), -1), 0.5),
      ),
    detach: () =>
      fullPosterior(
        stopGradient(mean),
        stopGradient(logVariance),
        stopGradient(lower),
      ),
  };
}
