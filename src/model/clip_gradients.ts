/** Clipping of gradients by their global norm. */

import * as tf from "@tensorflow/tfjs";

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
  const norm = tf.mul(unit, tf.sqrt(tf.sum(squares)));
  const factor = tf.where(
    tf.greater(norm, most),
    tf.div(most, norm),
    tf.onesLike(norm),
  );
  return Object.fromEntries(
    Object.entries(gradients).map(([name, g]) => [name, tf.mul(g, factor)]),
  );
}
