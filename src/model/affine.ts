/** Affine maps on rows of values: matrices, convolutions and their transposes. */

import { tf } from "../lazy_tfjs.ts";
import { convolve, convolveTransposed } from "./convolution.ts";
import { type Features, sizeOf } from "./layers.ts";
import { matrixProduct } from "./matrix_product.ts";

/**
 * x W, or the convolution of x with W, plus a bias for each value or channel:
 * [N, size of `from`] -> [N, size of `to`].
 */
export function applyAffine(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  { from, to }: { readonly from: Features; readonly to: Features },
): tf.Tensor {
  const product = applyLinear(x, weight, from, to);
  if (bias.size === sizeOf(to)) return tf.add(product, bias);
  const places = tf.reshape(product, [-1, bias.size]);
  return tf.reshape(tf.add(places, bias), product.shape);
}

function applyLinear(
  x: tf.Tensor,
  weight: tf.Tensor,
  from: Features,
  to: Features,
): tf.Tensor {
  if (typeof from === "number" && typeof to === "number") {
    // The gradient of the results in git; matrixProduct's rounds differently.
    return tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D);
  }
  if (typeof from === "number" || typeof to === "number") {
    return matrixProduct(x, weight);
  }
  const { height, width, channels } = from;
  const image = tf.reshape(x, [-1, height, width, channels]);
  const result = height > to.height
    ? convolve(image, weight)
    : convolveTransposed(image, weight);
  return tf.reshape(result, [-1, sizeOf(to)]);
}
