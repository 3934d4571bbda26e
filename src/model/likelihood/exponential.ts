/**
 * The exponential density of rate t >= 0, cut to [0, 1]:
 *
 *     p(u) = t e^(-t u) / (1 - e^-t),  ln p(u) = ln(t / (1 - e^-t)) - t u
 *
 * Written out, its normaliser and its mean cancel near t = 0, where p is
 * uniform. Each is a series below SERIES_BOUND and the formula above it; both
 * branches are given arguments of their own range, so that neither overflows.
 */

import * as tf from "@tensorflow/tfjs";

/** Below it the series are used, whose error there is < 1e-7. */
const SERIES_BOUND = 1;

/** The quantile's: both of its branches are good to about 1e-6 there. */
const QUANTILE_BOUND = 0.05;

/** `series` of t below the bound, `formula` above it. */
function piecewise(
  t: tf.Tensor,
  series: (t: tf.Tensor) => tf.Tensor,
  formula: (t: tf.Tensor) => tf.Tensor,
  bound = SERIES_BOUND,
): tf.Tensor {
  return tf.where(
    tf.less(t, bound),
    series(tf.minimum(t, bound)),
    formula(tf.maximum(t, bound)),
  );
}

/** c[0] + c[1] x + c[2] x^2 + ... */
function polynomial(x: tf.Tensor, coefficients: readonly number[]): tf.Tensor {
  return coefficients.slice(0, -1).reduceRight<tf.Tensor>(
    (sum, coefficient) => tf.add(tf.mul(sum, x), coefficient),
    tf.fill(x.shape, coefficients.at(-1)!),
  );
}

/** ln(t / (1 - e^-t)) = t/2 - t^2/24 + t^4/2880 - ... */
function logNormaliserValue(t: tf.Tensor): tf.Tensor {
  return piecewise(
    t,
    (t) => {
      const square = tf.square(t);
      const even = [-1 / 24, 1 / 2880, -1 / 181440, 1 / 9676800];
      return tf.add(
        tf.mul(t, 0.5),
        tf.mul(square, polynomial(square, even)),
      );
    },
    (t) => tf.sub(tf.log(t), tf.log(tf.sub(1, tf.exp(tf.neg(t))))),
  );
}

/**
 * E[u] = 1/t - 1/(e^t - 1), the derivative of {@linkcode logNormaliser}.
 *
 * @param t from 0, of any shape
 */
export function exponentialMean(t: tf.Tensor): tf.Tensor {
  return piecewise(
    t,
    (t) => {
      const odd = [-1 / 12, 1 / 720, -1 / 30240, 1 / 1209600];
      return tf.add(tf.mul(t, polynomial(tf.square(t), odd)), 0.5);
    },
    (t) => {
      const tail = tf.exp(tf.neg(t));
      return tf.sub(tf.div(1, t), tf.div(tail, tf.sub(1, tail)));
    },
  );
}

/**
 * ln(t / (1 - e^-t)), differentiable, to float32 precision relative to its
 * value.
 *
 * @param t from 0, of any shape
 */
export function logNormaliser(t: tf.Tensor): tf.Tensor {
  const differentiable = tf.customGrad((input, save) => {
    const t = input as tf.Tensor;
    (save as tf.GradSaveFunc)([t]);
    return {
      value: logNormaliserValue(t),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(dy, exponentialMean(saved[0]!)),
    };
  });
  return differentiable(t);
}

/**
 * The inverse distribution function, u = -ln(1 - U + U e^-t) / t.
 *
 * @param t from 0, of any shape
 * @param uniform U in [0, 1], of the same shape
 */
export function exponentialQuantile(
  t: tf.Tensor,
  uniform: tf.Tensor,
): tf.Tensor {
  const quantile = piecewise(
    t,
    (t) => {
      // U - t/2 U (1 - U) + t^2/6 U (1 - U) (1 - 2 U)
      const spread = tf.mul(tf.mul(uniform, tf.sub(1, uniform)), t);
      const skew = tf.mul(t, tf.sub(1, tf.mul(uniform, 2)));
      return tf.add(
        uniform,
        tf.mul(spread, tf.sub(tf.mul(skew, 1 / 6), 0.5)),
      );
    },
    (t) => {
      const tail = tf.mul(uniform, tf.exp(tf.neg(t)));
      return tf.div(tf.neg(tf.log(tf.add(tf.sub(1, uniform), tail))), t);
    },
    QUANTILE_BOUND,
  );
  return tf.minimum(quantile, 1);
}
