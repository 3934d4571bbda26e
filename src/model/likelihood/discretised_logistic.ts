/** Pixels of 256 grey levels. */

import { tf } from "../../lazy_tfjs.ts";
import { evaluate } from "../pixelwise/evaluate.ts";
import { x } from "../pixelwise/expression.ts";
import { sumPixels } from "../reductions.ts";
import { exponentialMean, logNormaliser } from "./exponential.ts";
import type { Family } from "./family.ts";
import type { Likelihood } from "./likelihood.ts";

/** Grey level b is the pixel b / HIGHEST. */
const HIGHEST = 255;

/** log sigmoid(x) */
function logSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.neg(tf.softplus(tf.neg(x)));
}

/** log(w / (1 - e^-w)), with its own gradient. */
function logNormaliserOf(width: tf.Tensor): tf.Tensor {
  const value = tf.customGrad((input, save) => {
    const width = input as tf.Tensor;
    (save as tf.GradSaveFunc)([width]);
    return {
      value: evaluate([logNormaliser(x)], { x: width })[0]!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(dy, evaluate([exponentialMean(x)], { x: saved[0]! })[0]!),
    };
  });
  return value(width);
}

/** 1 where the condition holds, else 0. */
function indicator(condition: tf.Tensor): tf.Tensor {
  return tf.cast(condition, "float32");
}

/**
 * Independent discretised logistic pixels (Kingma et al. 2016, IAF; Salimans
 * et al. 2017, PixelCNN++): a logistic variable with the decoder's location m
 * and a scale s, both in units of the pixel, rounded to the nearest of 256
 * levels x = b / 255. The first and the last level have all that lies beyond:
 *
 *     log p(x|z) = sum log( sigmoid(u) - sigmoid(l) ),
 *     u = (x + 1/510 - m) / s, infinite at x = 1,
 *     l = (x - 1/510 - m) / s, minus infinity at x = 0
 *
 * It is a log probability, never above 0. The difference cancels; its factors
 * do not: sigmoid(u) - sigmoid(l) = sigmoid(u) sigmoid(-l) (1 - e^-(u - l)).
 *
 * @param location m, [L, B, D], not limited to [0, 1]
 * @param logScale log s, a scalar
 */
export function discretisedLogistic(
  location: tf.Tensor,
  logScale: tf.Tensor,
): Likelihood {
  // In grey levels bins are 1 wide, and their edges exact.
  const centre = tf.mul(location, HIGHEST);
  /** w = u - l, of a bin */
  const width = tf.mul(tf.exp(tf.neg(logScale)), 1 / HIGHEST);

  function logProb(x: tf.Tensor): tf.Tensor {
    const level = tf.round(tf.mul(x, HIGHEST));
    const hasUpper = indicator(tf.less(level, HIGHEST));
    const hasLower = indicator(tf.greater(level, 0));
    const upper = tf.mul(tf.sub(tf.add(level, 0.5), centre), width);
    const lower = tf.mul(tf.sub(tf.sub(level, 0.5), centre), width);
    // log(1 - e^-w)
    const between = tf.sub(tf.log(width), logNormaliserOf(width));
    const terms = tf.add(
      tf.add(
        tf.mul(logSigmoid(upper), hasUpper),
        tf.mul(logSigmoid(tf.neg(lower)), hasLower),
      ),
      tf.mul(between, tf.mul(hasUpper, hasLower)),
    );
    return sumPixels(terms);
  }

  /** sum_b b P(b) = sum_(b > 0) P(level >= b) */
  function mean(): tf.Tensor {
    const offset = tf.mul(tf.add(centre, 0.5), width);
    let levels: tf.Tensor = tf.zerosLike(centre);
    for (let level = 1; level <= HIGHEST; level++) {
      const sum: tf.Tensor = tf.tidy(() =>
        tf.add(levels, tf.sigmoid(tf.sub(offset, tf.mul(width, level))))
      );
      levels.dispose();
      levels = sum;
    }
    return tf.div(levels, HIGHEST);
  }

  function sample(noise: tf.Tensor): tf.Tensor {
    const logit = tf.sub(tf.log(noise), tf.log(tf.sub(1, noise)));
    const level = tf.round(tf.add(centre, tf.div(logit, width)));
    return tf.div(tf.clipByValue(level, 0, HIGHEST), HIGHEST);
  }

  return { logProb, mean, sample };
}

/** Computed by tfjs only, since its scale is in every term. */
export const DISCRETISED_LOGISTIC: Family<
  { readonly family: "discretised-logistic" }
> = {
  variants: [{ family: "discretised-logistic" }],
  support: "levels",
  settings: {},
  onTfjs: (output, shared) => discretisedLogistic(output, shared!),
  noise: "uniform",
  // A scale of 0.1, a deviation of 46 grey levels, is between that of pixels
  // around their mean and that of what a trained model leaves.
  shared: () => ({ quantity: "scale", initial: 0.1, mode: "learned" }),
  outputOf: (m) => m,
};
