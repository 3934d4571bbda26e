/** Clipping of gradients by their global norm. */

import { tf } from "../lazy_tfjs.ts";

/** Of float32; below it a number has fewer bits, or is 0. */
export const SMALLEST_NORMAL = 2 ** -126;

/**
 * The gradients, scaled to the norm `most` where their own, over all arrays
 * together, is larger (Pascanu, Mikolov & Bengio 2013, algorithm 1): their
 * direction stays. Others stay as they are, to the bit, and so do those with a
 * number that is not finite.
 *
 * @param gradients by parameter
 * @param most above 0
 */
export function clipGradients(
  gradients: Readonly<Record<string, tf.Tensor>>,
  most: number,
): Record<string, tf.Tensor> {
  const arrays = Object.values(gradients);
  // In units of the largest number, whose square may be beyond float32.
  const largest = tf.max(tf.stack(arrays.map((g) => tf.max(tf.abs(g)))));
  const unit = tf.where(tf.greater(largest, 0), largest, tf.onesLike(largest));
  const squares = tf.stack(
    arrays.map((g) => tf.sum(tf.square(tf.div(g, unit)))),
  );
  const root = tf.sqrt(tf.sum(squares));
  const norm = tf.mul(unit, root);
  const factor = tf.where(
    tf.greater(norm, most),
    tf.div(most, norm),
    tf.onesLike(norm),
  );
  // Where the norm is beyond float32, or the factor below its normal numbers.
  const isTiny = tf.less(factor, SMALLEST_NORMAL);
  const scaled = (g: tf.Tensor) => tf.mul(tf.div(g, unit), tf.div(most, root));
  return Object.fromEntries(
    Object.entries(gradients).map(([name, g]) => [
      name,
      tf.where(isTiny, scaled(g), tf.mul(g, factor)),
    ]),
  );
}
