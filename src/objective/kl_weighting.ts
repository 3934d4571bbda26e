/** The KL's part in an objective: its weight, free bits, capacity. */

import { tf } from "../lazy_tfjs.ts";
import { mean, meanOfRows, sumAxis } from "../model/reductions.ts";

/** How the KL counts at one training step. */
export interface KlWeighting {
  /** weight of the KL (beta-VAE; Higgins et al. 2017) */
  readonly beta: number;
  /**
   * nats of KL that each latent dimension has for free, as a mean over the
   * minibatch (Kingma et al. 2016, section 5, with groups of one dimension);
   * null: none
   */
  readonly freeBits: number | null;
  /** nats that the KL is drawn to (Burgess et al. 2018, equation 8); null: 0 */
  readonly capacity: number | null;
}

/** The KL of the ELBO itself. */
export const UNWEIGHTED: KlWeighting = {
  beta: 1,
  freeBits: null,
  capacity: null,
};

/**
 * What is taken off the reconstruction, a mean over the minibatch:
 *
 *     beta |sum_j max(freeBits, KL_j) - capacity|
 *
 * with KL_j the mean over the minibatch of dimension j's. Without a capacity
 * there is no absolute value: an estimate of the KL may be below 0.
 *
 * @param klPerDimension [B, d]
 */
export function weightedKl(
  klPerDimension: tf.Tensor,
  { beta, freeBits, capacity }: KlWeighting,
): tf.Scalar {
  const kl = freeBits === null
    ? mean(sumAxis(klPerDimension, -1))
    : sumAxis(tf.maximum(meanOfRows(klPerDimension), freeBits), 0);
  const distance = capacity === null ? kl : tf.abs(tf.sub(kl, capacity));
  return tf.mul(distance, beta);
}
