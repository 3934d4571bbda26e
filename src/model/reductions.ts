/**
 * Sums whose gradient stays on the device.
 *
 * The gradient of tfjs's own `sum` multiplies by a tensor of ones that is
 * made on the host and uploaded, in full size, at every step (15.7 MB a step
 * at L=50; gradients/Sum_grad.ts of tfjs-core 4.22). Here it is a broadcast
 * of dy. Delete this file when tfjs does the same.
 */

import * as tf from "@tensorflow/tfjs";

/** Sum over one axis; -1 is the last. */
export function sumAxis(x: tf.Tensor, axis: number): tf.Tensor {
  const sum = tf.customGrad((input) => ({
    value: tf.sum(input as tf.Tensor, axis),
    gradFunc: (dy: tf.Tensor) =>
      tf.broadcastTo(tf.expandDims(dy, axis), x.shape),
  }));
  return sum(x);
}

/** Mean over all axes, a scalar. */
export function mean(x: tf.Tensor): tf.Scalar {
  return tf.mul(sumAxis(tf.reshape(x, [-1]), 0), 1 / x.size);
}
