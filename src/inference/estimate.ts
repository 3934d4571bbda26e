/** Monte Carlo estimates of log p(x), with their standard errors. */

import { tf } from "../lazy_tfjs.ts";
import { logMeanExp } from "../model/reductions.ts";

/** An estimate of log p(x) for each of B datapoints, on the device. */
export type LogLikelihoodEstimate = {
  /** of log p(x), [B], nats */
  readonly logLikelihood: tf.Tensor;
  /** Monte Carlo standard error of logLikelihood, [B], nats */
  readonly standardError: tf.Tensor;
  /** mean acceptance probability of the transitions, [B] */
  readonly acceptance: tf.Tensor;
};

/**
 * The log of the mean of S independent weights, and its standard error by the
 * delta method: the standard error of the mean divided by the mean. It is too
 * small where a few of the weights dominate the mean.
 *
 * @param logWeights [S, B], S at least 2
 * @returns both [B], nats
 */
export function logMeanOfWeights(
  logWeights: tf.Tensor,
): { logMean: tf.Tensor; standardError: tf.Tensor } {
  return tf.tidy(() => {
    const draws = logWeights.shape[0]!;
    const logMean = logMeanExp(logWeights, 0);
    const relative = tf.exp(tf.sub(logWeights, logMean));
    const squares = tf.sum(tf.square(tf.sub(relative, 1)), 0);
    return {
      logMean,
      standardError: tf.sqrt(tf.mul(squares, 1 / (draws * (draws - 1)))),
    };
  });
}
