/**
 * Sums whose gradient stays on the device, and the log-mean-exp.
 *
 * The gradient of tfjs's own `sum` multiplies by a tensor of ones that is
 * made on the host and uploaded, in full size, at every step (15.7 MB a step
 * at L=50; gradients/Sum_grad.ts of tfjs-core 4.22). Here it is a broadcast
 * of dy. Delete `sumAxis` and `mean` when tfjs does the same.
 */

import { tf } from "../lazy_tfjs.ts";

/** Sum over one axis; -1 is the last. */
export function sumAxis(x: tf.Tensor, axis: number): tf.Tensor {
  return broadcasting(x, axis, (input) => tf.sum(input, axis));
}

/** Sum over the last axis, that of pixels: see {@linkcode pixelSums}. */
export function sumPixels(x: tf.Tensor): tf.Tensor {
  return broadcasting(x, -1, pixelSums);
}

function broadcasting(
  x: tf.Tensor,
  axis: number,
  sumOf: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const sum = tf.customGrad((input) => ({
    value: sumOf(input as tf.Tensor),
    gradFunc: (dy: tf.Tensor) =>
      tf.broadcastTo(tf.expandDims(dy, axis), x.shape),
  }));
  return sum(x);
}

/**
 * The sum over the last axis, without a gradient.
 *
 * Workaround: the wasm backend of tfjs adds value after value in float32, so
 * that small terms of many pixels are lost beside the sum of large ones: up to
 * 6e-4 nats of 784, to one side, which no standard error covers (Sum.cc of
 * tfjs-backend-wasm 4.22). Here blocks are summed first, whose sums are alike.
 * The cpu backend adds in float64, WebGPU in a tree. Delete when wasm does, too.
 */
export function pixelSums(x: tf.Tensor): tf.Tensor {
  if (tf.getBackend() !== "wasm") return tf.sum(x, -1);
  const n = x.shape.at(-1)!;
  const block = Math.ceil(Math.sqrt(n));
  const blocks = Math.ceil(n / block);
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, n]);
    const padded = tf.pad(rows, [[0, 0], [0, block * blocks - n]]);
    const sums = tf.sum(tf.reshape(padded, [-1, blocks, block]), -1);
    return tf.reshape(tf.sum(sums, -1), x.shape.slice(0, -1));
  });
}

/** Mean over the first axis. */
export function meanOfRows(x: tf.Tensor): tf.Tensor {
  return tf.mul(sumAxis(x, 0), 1 / x.shape[0]!);
}

/**
 * log of the mean of e^x over one axis, without overflow. Its gradient is the
 * softmax over the axis, in which the 1/n of the mean cancels.
 */
export function logMeanExp(x: tf.Tensor, axis: number): tf.Tensor {
  const reduced = tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    const largest = tf.max(x, axis, true);
    const shifted = tf.exp(tf.sub(x, largest));
    const sum = tf.sum(shifted, axis, true);
    (save as tf.GradSaveFunc)([tf.div(shifted, sum)]);
    const log = tf.add(tf.log(tf.mul(sum, 1 / x.shape.at(axis)!)), largest);
    return {
      value: tf.squeeze(log, [axis]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(tf.expandDims(dy, axis), saved[0]!),
    };
  });
  return reduced(x);
}

/** Mean over all axes, a scalar. */
export function mean(x: tf.Tensor): tf.Scalar {
  return tf.mul(sumAxis(tf.reshape(x, [-1]), 0), 1 / x.size);
}
