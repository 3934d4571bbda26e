/** Pixels in {0, 1}. */

import * as tf from "@tensorflow/tfjs";
import type { Likelihood } from "./likelihood.ts";

/** sum_D x * logit - softplus(logit), whose gradient is x - sigmoid(logit). */
function bernoulliLogProb(logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const logProb = tf.customGrad((input, save) => {
    const logits = input as tf.Tensor;
    (save as tf.GradSaveFunc)([logits, x]);
    return {
      value: tf.sum(tf.sub(tf.mul(logits, x), tf.softplus(logits)), -1),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(tf.expandDims(dy, -1), tf.sub(saved[1]!, tf.sigmoid(saved[0]!))),
    };
  });
  return logProb(logits);
}

/**
 * Independent Bernoulli pixels: ln p(x|z) = sum x ln p + (1 - x) ln (1 - p)
 * with p = sigmoid(logit). For grey levels x in [0, 1] the same expression is
 * the negative cross-entropy, which is no log density of x.
 *
 * @param logits [L, B, D]
 */
export function bernoulli(logits: tf.Tensor): Likelihood {
  return {
    logProb: (x) => bernoulliLogProb(logits, x),
    mean: () => tf.sigmoid(logits),
    sample: (noise) =>
      tf.cast(tf.lessEqual(noise, tf.sigmoid(logits)), "float32"),
  };
}
