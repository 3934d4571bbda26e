/** Tensors whose values pass unchanged and whose gradients do not. */

import { tf } from "../lazy_tfjs.ts";

/** x, as a constant: no gradient flows into it. */
export function stopGradient(x: tf.Tensor): tf.Tensor {
  const stopped = tf.customGrad((input) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return stopped(x);
}

/**
 * x, whose gradient is multiplied by a factor on the way back.
 *
 * @param takeFactor gives the factor, which broadcasts to x. It is asked for on
 *   the way back, so that it may be made from what was computed from x; it was
 *   kept with `tf.keep`, and is freed here.
 */
export function scaleGradient(
  x: tf.Tensor,
  takeFactor: () => tf.Tensor,
): tf.Tensor {
  const scaled = tf.customGrad((input) => ({
    value: tf.clone(input as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      const factor = takeFactor();
      const product = tf.mul(dy, factor);
      factor.dispose();
      return product;
    },
  }));
  return scaled(x);
}
