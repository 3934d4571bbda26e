/**
 * KL(q(z|x) || p(z)) in nats, in closed form. It is the general formula of
 * full_gaussian.ts for a diagonal or isotropic Gaussian against N(0, I).
 */

import { log } from "../elementary.ts";
import { tf } from "../lazy_tfjs.ts";

/** Below this |v| the series of e^v - 1 - v is used; its error is < 1e-7. */
const SERIES_BOUND = 0.5;

/**
 * e^v - 1 - v, with gradient e^v - 1, to float32 precision relative to its
 * value. Written out, it cancels near v = 0, where the KL of an unused latent
 * dimension lives: at v = 1e-3 no digit would be left.
 */
function expMinusOneMinus(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((input, save) => {
    const v = input as tf.Tensor;
    let series: tf.Tensor = tf.add(tf.mul(v, 1 / 8), 1);
    for (const n of [7, 6, 5, 4, 3]) {
      series = tf.add(tf.mul(tf.mul(v, 1 / n), series), 1);
    }
    series = tf.mul(tf.mul(tf.square(v), 0.5), series);
    const direct = tf.sub(tf.sub(tf.exp(v), 1), v);
    const value = tf.where(tf.less(tf.abs(v), SERIES_BOUND), series, direct);
    (save as tf.GradSaveFunc)([value, v]);
    return {
      value,
      // e^v - 1 as value + v: expm1 on WebGPU is exp(v) - 1, which cancels.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(dy, tf.add(saved[0]!, saved[1]!)),
    };
  })(x);
}

/**
 * KL(N(mean, diag(exp(logVariance))) || N(0, I)), dimension by dimension:
 *
 *     1/2 (sigma_j^2 + mu_j^2 - 1 - log sigma_j^2)
 *
 * The KL is the sum over the last axis (AEVB, appendix B).
 *
 * ```ts
 * import * as tf from "@elbo/lab/tfjs";
 * import { assertEquals } from "@std/assert";
 * import { klToStandardNormal } from "./kl.ts";
 *
 * const kl = klToStandardNormal(tf.tensor([[0, 1]]), tf.zeros([1, 2]));
 * assertEquals(await kl.array(), [[0, 0.5]]);
 * ```
 *
 * @param mean [B, d]
 * @param logVariance [B, d], or [B, 1] for an isotropic covariance: the sum
 *   over j is then 1/2 (d sigma^2 + mu'mu - d - d log sigma^2)
 * @returns [B, d], nats
 */
export function klToStandardNormal(
  mean: tf.Tensor,
  logVariance: tf.Tensor,
): tf.Tensor {
  return tf.mul(
    tf.add(expMinusOneMinus(logVariance), tf.square(mean)),
    0.5,
  );
}

/** The same as {@linkcode klToStandardNormal} for numbers of one dimension. */
export function klToStandardNormal1d(mean: number, variance: number): number {
  return 0.5 * (variance + mean * mean - 1 - log(variance));
}

/**
 * KL(N(mean, variance I) || N(0, I)) for numbers:
 *
 *     1/2 (d sigma^2 + mu'mu - d - d log sigma^2)
 *
 * arXiv 2403.18103v1 prints 1/2 ((sigma^2)^d + mu'mu - d log sigma^2), where
 * the trace has become a determinant and -d is missing.
 */
export function klIsotropic(mean: readonly number[], variance: number): number {
  return mean.reduce((sum, m) => sum + klToStandardNormal1d(m, variance), 0);
}
