/** Draws of z from q(z|x), for one layer of latent variables. */

import { tf } from "../lazy_tfjs.ts";
import { scaleGradient } from "./gradients.ts";
import type { Posterior } from "./posterior.ts";
import { standardNormalLogProb } from "./normal.ts";

/**
 * Draws of z from q(z|x), S for each of B datapoints. With two layers z is
 * both of them side by side: d = d1 + d2.
 */
export interface Inference {
  /** what the decoder decodes, [S, B, d] */
  readonly z: tf.Tensor;
  /**
   * log q(z|x) - log p(z) at the draws, by latent dimension, [S, B, d], nats.
   * With two layers log q(z1|x) - log p(z1|z2), then log q(z2|z1) - log p(z2).
   */
  logRatio(): tf.Tensor;
  /**
   * KL(q(z|x) || p(z)) by latent dimension, [B, d], nats: in closed form. With
   * two layers there is none, and it is the mean of the log ratio.
   */
  kl(): tf.Tensor;
  /**
   * The mean of each layer given the draw of the one below: mu(x) and, of a
   * second layer, mu(z1), [S, B, d].
   */
  means(): tf.Tensor;
}

/** Which gradient the draws of an {@linkcode Inference} have. */
export interface InferenceOptions {
  /**
   * whether log q(z|x) has its derivative through z alone, as in sticking the
   * landing (Roeder et al. 2017) and its relatives; by default the whole one
   */
  readonly isThroughZ?: boolean;
  /** scales the gradient through z: see `scaleGradient`, [S, B, 1] */
  readonly takeFactor?: (() => tf.Tensor) | undefined;
}

/**
 * Draws z = mu(x) + L(x) noise.
 *
 * @param noise [S, B, d] from N(0, I)
 */
export function inferOneLayer(
  posterior: Posterior,
  noise: tf.Tensor,
  { isThroughZ = false, takeFactor }: InferenceOptions,
): Inference {
  const sample = posterior.sample(noise);
  const z = takeFactor === undefined
    ? sample
    : scaleGradient(sample, takeFactor);
  return {
    z,
    logRatio: () =>
      tf.sub(
        isThroughZ
          ? posterior.detach().logProb(z)
          : posterior.logProbOfSample(noise),
        standardNormalLogProb(z),
      ),
    kl: () => posterior.kl(),
    means: () => tf.broadcastTo(posterior.mean, noise.shape),
  };
}
