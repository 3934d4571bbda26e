/**
 * Two layers of latent variables (Burda et al., arXiv 1509.00519, section 5):
 *
 *     q(z1, z2|x) = q(z1|x) q(z2|z1),   p(z1, z2) = p(z1|z2) N(z2; 0, I)
 *
 * z is z1 and z2 side by side, [S, B, d1 + d2], and so is the noise.
 */

import { tf } from "../lazy_tfjs.ts";
import { scaleGradient } from "./gradients.ts";
import type { Inference, InferenceOptions } from "./inference.ts";
import {
  logProbOfStandardised,
  standardise,
  standardNormalLogProb,
  unstandardise,
} from "./normal.ts";
import type { ParameterRole } from "./network.ts";
import type { Posterior } from "./posterior.ts";
import { meanOfRows } from "./reductions.ts";

/** A Gaussian with a diagonal covariance for each of N rows. */
export interface DiagonalNormal {
  /** [N, d] */
  readonly mean: tf.Tensor;
  /** log sigma^2, [N, d] */
  readonly logVariance: tf.Tensor;
}

/** The layers between z1 and z2. Draws and datapoints together are N rows. */
export interface BetweenLayers {
  /** d1 */
  readonly lowerDim: number;
  /**
   * q(z2|z1).
   *
   * @param z1 [N, d1]
   * @param role of the layers' parameters; gradients reach z1 in any case
   */
  encode(z1: tf.Tensor, role: ParameterRole): Posterior;
  /** p(z1|z2). @param z2 [N, d2] */
  decode(z2: tf.Tensor): DiagonalNormal;
}

/** The first values and the others along the last axis of [S, B, d1 + d2]. */
function split(z: tf.Tensor, lowerDim: number): [tf.Tensor, tf.Tensor] {
  return tf.split(z, [lowerDim, z.shape.at(-1)! - lowerDim], -1) as [
    tf.Tensor,
    tf.Tensor,
  ];
}

/** Draws and datapoints as rows: [S, B, d] as [S B, d]. */
function rowsOf(z: tf.Tensor): tf.Tensor {
  return tf.reshape(z, [-1, z.shape.at(-1)!]);
}

/** log p(z1|z2) and log p(z2) by latent dimension, [S, B, d1 + d2], nats. */
export function logPriorOfLayers(
  between: BetweenLayers,
  z: tf.Tensor,
): tf.Tensor {
  const [z1, z2] = split(z, between.lowerDim);
  const { mean, logVariance } = between.decode(rowsOf(z2));
  const logProb = logProbOfStandardised(
    standardise(rowsOf(z1), mean, logVariance),
    logVariance,
  );
  return tf.concat([
    tf.reshape(logProb, z1.shape),
    standardNormalLogProb(z2),
  ], -1);
}

/**
 * Draws of the prior: z2 is its noise, and z1 = mu(z2) + sigma(z2) noise.
 *
 * @param noise [S, B, d1 + d2] from N(0, I)
 */
export function samplePriorOfLayers(
  between: BetweenLayers,
  noise: tf.Tensor,
): tf.Tensor {
  const [noise1, z2] = split(noise, between.lowerDim);
  const { mean, logVariance } = between.decode(rowsOf(z2));
  const z1 = unstandardise(rowsOf(noise1), mean, logVariance);
  return tf.concat([tf.reshape(z1, noise1.shape), z2], -1);
}

/**
 * Draws z1 = mu(x) + L(x) noise1 and z2 = mu(z1) + L(z1) noise2.
 *
 * For the doubly reparameterised gradient z = (z1, z2) is one draw of the
 * joint q(z|x), and what is scaled is the derivative of the weight by z: the
 * weight sees the scaled copy of z, and z2 was drawn at z1 itself, so that
 * every way from the weight to the encoder passes the factor once. Where only
 * the path counts, the layers in log q(z2|z1) are constants and z1 is not.
 *
 * @param posterior q(z1|x)
 * @param noise [S, B, d1 + d2] from N(0, I)
 */
export function inferTwoLayers(
  posterior: Posterior,
  between: BetweenLayers,
  noise: tf.Tensor,
  { isThroughZ = false, takeFactor }: InferenceOptions,
): Inference {
  const [noise1, noise2] = split(noise, between.lowerDim);
  const asDraws = (rows: tf.Tensor) => tf.reshape(rows, noise2.shape);
  const noiseRows = tf.expandDims(rowsOf(noise2), 0);

  const drawn1 = posterior.sample(noise1);
  const upper = between.encode(rowsOf(drawn1), "trained");
  const drawn2 = asDraws(upper.sample(noiseRows));
  const drawn = tf.concat([drawn1, drawn2], -1);
  const z = takeFactor === undefined ? drawn : scaleGradient(drawn, takeFactor);

  function logPosteriorOfLayers(): [tf.Tensor, tf.Tensor] {
    if (!isThroughZ) {
      return [
        posterior.logProbOfSample(noise1),
        upper.logProbOfSample(noiseRows),
      ];
    }
    const [z1, z2] = split(z, between.lowerDim);
    return [
      posterior.detach().logProb(z1),
      between.encode(rowsOf(z1), "constant")
        .logProb(tf.expandDims(rowsOf(z2), 0)),
    ];
  }

  const [log1, log2] = logPosteriorOfLayers();
  const logRatio = tf.sub(
    tf.concat([log1, asDraws(log2)], -1),
    logPriorOfLayers(between, z),
  );
  return {
    z,
    logRatio: () => logRatio,
    kl: () => meanOfRows(logRatio),
    means: () =>
      tf.concat([
        tf.broadcastTo(posterior.mean, noise1.shape),
        asDraws(upper.mean),
      ], -1),
  };
}
