/** Pixels in [0, 1], with a density that is an exponential of x. */

import * as tf from "@tensorflow/tfjs";
import {
  exponentialMean,
  exponentialQuantile,
  logNormaliser,
} from "./exponential.ts";
import type { Likelihood } from "./likelihood.ts";

/** Whether 1 is the likelier end of [0, 1], as a condition. */
function towardsOne(logits: tf.Tensor): tf.Tensor {
  return tf.greaterEqual(logits, 0);
}

/** `x` seen from the likelier end: 1 - x where that is 1. */
function fromLikelierEnd(logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.where(towardsOne(logits), tf.sub(1, x), x);
}

/** sum_D ln p(x|z), whose gradient is x - E[x|z]. */
function logProbOf(logits: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const logProb = tf.customGrad((input, save) => {
    const logits = input as tf.Tensor;
    (save as tf.GradSaveFunc)([logits, x]);
    const rate = tf.abs(logits);
    const distance = fromLikelierEnd(logits, x);
    return {
      value: tf.sum(tf.sub(logNormaliser(rate), tf.mul(rate, distance)), -1),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logits, x] = saved as [tf.Tensor, tf.Tensor];
        const slope = tf.sub(
          exponentialMean(tf.abs(logits)),
          fromLikelierEnd(logits, x),
        );
        const signed = tf.where(towardsOne(logits), slope, tf.neg(slope));
        return tf.mul(tf.expandDims(dy, -1), signed);
      },
    };
  });
  return logProb(logits);
}

/**
 * Independent continuous Bernoulli pixels (Loaiza-Ganem & Cunningham 2019,
 * whose lambda is sigmoid(logit)), with eta = logit:
 *
 *     ln p(x|z) = sum eta x + ln(eta / (e^eta - 1)),  0 <= x <= 1
 *
 * It is the Bernoulli's x ln p + (1 - x) ln(1 - p) with the normalising
 * constant that makes it a density on [0, 1]. The distance of x from the end
 * that is likelier has the density of an exponential of rate |eta|, cut to
 * [0, 1]; in that form nothing cancels.
 *
 * @param logits [L, B, D]
 */
export function continuousBernoulli(logits: tf.Tensor): Likelihood {
  const rate = () => tf.abs(logits);
  return {
    logProb: (x) => logProbOf(logits, x),
    mean: () => fromLikelierEnd(logits, exponentialMean(rate())),
    sample: (noise) =>
      fromLikelierEnd(logits, exponentialQuantile(rate(), noise)),
  };
}

/**
 * The logit at which E[x|z] = 1/(1 - e^-eta) - 1/eta is the mean, by bisection,
 * or the nearer bound where that lies beyond.
 *
 * @param mean in [0, 1]
 * @param bound of the logit's absolute value
 */
export function continuousBernoulliLogit(mean: number, bound: number): number {
  let [below, above] = [-bound, bound];
  while (true) {
    const logit = (below + above) / 2;
    if (logit <= below || logit >= above) return logit;
    if (meanOf(logit) < mean) below = logit;
    else above = logit;
  }
}

/** E[x] of one pixel. */
function meanOf(logit: number): number {
  return Math.abs(logit) < 1e-3
    ? 0.5 + logit / 12
    : -1 / Math.expm1(-logit) - 1 / logit;
}
