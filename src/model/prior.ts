/** p(z) = N(0, I). */

import * as tf from "@tensorflow/tfjs";
import { HALF_LOG_2_PI } from "./normal.ts";

/** ln N(z_j; 0, 1), value by value, in nats. */
export function standardNormalLogProb(z: tf.Tensor): tf.Tensor {
  return tf.sub(tf.mul(tf.square(z), -0.5), HALF_LOG_2_PI);
}
