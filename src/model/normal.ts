/** Log densities of normal numbers, in nats. */

import { log } from "../elementary.ts";
import { tf } from "../lazy_tfjs.ts";

/** 1/2 log(2 pi): what every log density of a normal number takes off. */
const HALF_LOG_2_PI = 0.5 * log(2 * Math.PI);

/** log N(z_j; 0, 1), as of the prior p(z) = N(0, I), value by value. */
export function standardNormalLogProb(z: tf.Tensor): tf.Tensor {
  return tf.sub(tf.mul(tf.square(z), -0.5), HALF_LOG_2_PI);
}

/** log N(mu + sigma e; mu, sigma^2), value by value, of e and log sigma^2. */
export function logProbOfStandardised(
  e: tf.Tensor,
  logVariance: tf.Tensor,
): tf.Tensor {
  return tf.sub(
    tf.mul(tf.add(tf.square(e), logVariance), -0.5),
    HALF_LOG_2_PI,
  );
}

/** (z - mu) / sigma of z, mu and log sigma^2. */
export function standardise(
  z: tf.Tensor,
  mean: tf.Tensor,
  logVariance: tf.Tensor,
): tf.Tensor {
  return tf.mul(tf.sub(z, mean), tf.exp(tf.mul(logVariance, -0.5)));
}

/** mu + sigma e of e, mu and log sigma^2. */
export function unstandardise(
  e: tf.Tensor,
  mean: tf.Tensor,
  logVariance: tf.Tensor,
): tf.Tensor {
  return tf.add(mean, tf.mul(e, tf.exp(tf.mul(logVariance, 0.5))));
}
