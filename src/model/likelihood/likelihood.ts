/** p(x|z): what every family of decoders can do. */

import type { tf } from "../../lazy_tfjs.ts";

/** p(x|z) at L draws of z for each of B datapoints. */
export interface Likelihood {
  /**
   * log p(x|z), with its normalising constant, summed over the D pixels.
   *
   * @param x [B, D]
   * @param observed 1 for the pixels that are summed over, 0 for the others,
   *   [B, D]; all if absent
   * @returns [L, B], nats
   */
  logProb(x: tf.Tensor, observed?: tf.Tensor): tf.Tensor;
  /** E[x|z], [L, B, D] */
  mean(): tf.Tensor;
  /**
   * Draws x from p(x|z), pixel by pixel a function of its own noise. Not to be
   * differentiated.
   *
   * @param noise [L, B, D], of the kind that `noiseKind` names
   * @returns [L, B, D]
   */
  sample(noise: tf.Tensor): tf.Tensor;
}
