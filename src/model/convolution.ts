/**
 * 4x4 convolutions of stride 2 as matrix products, and their adjoints.
 *
 * A convolution with padding 1 halves the grid:
 *
 *     y[i, j, o] = sum_{a, b, c} x[2i + a - 1, 2j + b - 1, c] kernel[a, b, c, o]
 *
 * with a, b in 0..3 and zeros outside the image. Pad the image and cut it into
 * blocks of 2x2 pixels. The window of (i, j) is then the four blocks
 * (i + A, j + B) with A, B in 0..1, where a = 2A + u for the row u in a block,
 * and b likewise. So with S_AB, which takes those blocks from all windows, and
 * K_AB, the part of the kernel that meets them, it is four matrix products:
 *
 *     y = sum_{A, B} (S_AB blocks(x)) K_AB
 *
 * The transposed convolution is the adjoint, <convolve(x), y> =
 * <x, convolveTransposed(y)>, and doubles the grid:
 *
 *     x = blocks'(sum_{A, B} S_AB' (y K_AB'))
 *
 * where ' transposes: S' puts blocks back among zeros.
 *
 * tfjs's own conv2d has no gradient by the kernel on wasm (4.22 registers no
 * Conv2DBackpropFilter there). Here gradients are copies, sums in a fixed
 * order and matrix products, alike in every run.
 */

import { tf } from "../lazy_tfjs.ts";
import { matrixProduct } from "./matrix_product.ts";

/**
 * A 4x4 convolution of stride 2 and padding 1: halves the grid.
 *
 * @param x [N, H, W, C], H and W even
 * @param kernel [4, 4, C, O]
 * @returns [N, H/2, W/2, O]
 */
export function convolve(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const [count, height, width, channels] = x.shape as Shape4;
  const [h, w, block] = [height / 2, width / 2, 4 * channels];
  const blocks = toBlocks(x);
  const products = parts(kernel).map((part, i) => {
    const [a, b] = SHIFTS[i]!;
    const taken = tf.slice(blocks, [0, a, b * block], [count, h, w * block]);
    return matrixProduct(tf.reshape(taken, [-1, block]), part);
  });
  return tf.reshape(sum(products), [count, h, w, -1]);
}

/**
 * The adjoint of {@linkcode convolve} with the same kernel: doubles the grid.
 *
 * @param y [N, h, w, O]
 * @param kernel [4, 4, C, O]
 * @returns [N, 2h, 2w, C]
 */
export function convolveTransposed(y: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const [count, h, w, outputs] = y.shape as Shape4;
  const block = 4 * kernel.shape[2]!;
  const rows = tf.reshape(y, [-1, outputs]);
  const images = parts(kernel).map((part, i) => {
    const [a, b] = SHIFTS[i]!;
    const product = matrixProduct(rows, tf.transpose(part));
    return tf.pad(
      tf.reshape(product, [count, h, w * block]),
      [[0, 0], [a, 1 - a], [b * block, (1 - b) * block]],
    );
  });
  return fromBlocks(sum(images), w);
}

/** (A, B) of the four blocks of a window. */
const SHIFTS = [[0, 0], [0, 1], [1, 0], [1, 1]] as const;

/** K_AB of the kernel [4, 4, C, O], in the order of the shifts: [4 C, O]. */
function parts(kernel: tf.Tensor): tf.Tensor[] {
  const [, , inputs, outputs] = kernel.shape as Shape4;
  const rows = tf.reshape(kernel, [2, 2, 2, 2, inputs * outputs]);
  return tf.unstack(
    tf.reshape(tf.transpose(rows, [0, 2, 1, 3, 4]), [4, 4 * inputs, outputs]),
  );
}

/**
 * The image in a frame of zeros, cut into blocks of 2x2 pixels.
 *
 * @param x [N, H, W, C]
 * @returns [N, H/2 + 1, (W/2 + 1) 4 C]
 */
function toBlocks(x: tf.Tensor): tf.Tensor {
  const [count, height, width, channels] = x.shape as Shape4;
  const padded = tf.pad(
    tf.reshape(x, [count, height, width * channels]),
    [[0, 0], [1, 1], [channels, channels]],
  );
  const [rows, columns] = [height / 2 + 1, width / 2 + 1];
  const blocks = tf.transpose(
    tf.reshape(padded, [count, rows, 2, columns, 2 * channels]),
    [0, 1, 3, 2, 4],
  );
  return tf.reshape(blocks, [count, rows, columns * 4 * channels]);
}

/**
 * The adjoint of {@linkcode toBlocks}: the image without its frame.
 *
 * @param blocks [N, h + 1, (w + 1) 4 C]
 * @returns [N, 2h, 2w, C]
 */
function fromBlocks(blocks: tf.Tensor, w: number): tf.Tensor {
  const [count, rows, values] = blocks.shape as [number, number, number];
  const [columns, channels] = [w + 1, values / (w + 1) / 4];
  const lines = tf.transpose(
    tf.reshape(blocks, [count, rows, columns, 2, 2 * channels]),
    [0, 1, 3, 2, 4],
  );
  const [height, width] = [2 * (rows - 1), 2 * w];
  const image = tf.slice(
    tf.reshape(lines, [count, 2 * rows, 2 * columns * channels]),
    [0, 1, channels],
    [count, height, width * channels],
  );
  return tf.reshape(image, [count, height, width, channels]);
}

function sum(terms: readonly tf.Tensor[]): tf.Tensor {
  return terms.reduce((total, term) => tf.add(total, term));
}

type Shape4 = [number, number, number, number];
