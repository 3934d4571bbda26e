/** log p(x, z) of given datapoints, as a function of z. */

import { tf } from "../lazy_tfjs.ts";
import { standardNormalLogProb } from "../model/normal.ts";
import { sumAxis } from "../model/reductions.ts";

/**
 * A latent-variable model at B datapoints. With several layers of latent
 * variables, z holds all of them side by side.
 */
export interface JointDensity {
  /** B */
  readonly count: number;
  /** d, the size of z */
  readonly latentDim: number;
  /** log p(z). @param z [S, B, d] @returns [S, B], nats */
  logPrior(z: tf.Tensor): tf.Tensor;
  /** log p(x|z). @param z [S, B, d] @returns [S, B], nats */
  logLikelihood(z: tf.Tensor): tf.Tensor;
}

/** log p(x, z). @param z [S, B, d] @returns [S, B], nats */
export function logJoint(density: JointDensity, z: tf.Tensor): tf.Tensor {
  return tf.add(density.logPrior(z), density.logLikelihood(z));
}

/** log N(z; 0, I) in nats, the `logPrior` of a VAE: [S, B, d] -> [S, B]. */
export function logStandardNormal(z: tf.Tensor): tf.Tensor {
  return sumAxis(standardNormalLogProb(z), -1);
}
