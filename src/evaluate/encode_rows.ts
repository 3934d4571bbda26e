/** q(z|x) of all rows of a split, a part at a time. */

import * as tf from "@tensorflow/tfjs";
import type { Examples } from "../data/dataset.ts";
import type { Vae } from "../model/vae.ts";
import { compute, type Control, modelOf, uploadOf } from "./device.ts";
import { partsOf } from "./draws.ts";

/** Rows that are encoded at once. */
const ROWS_AT_ONCE = 500;

/** q(z|x) of n rows; with two layers q(z1|x), of a conditional model at y. */
export interface EncodedRows {
  /** latent dimensions, d */
  readonly dim: number;
  /** mu(x), [n, d], row-major */
  readonly mean: Float32Array;
  /** the logarithm of each latent dimension's variance, [n, d] */
  readonly logVariance: Float32Array;
  /** the closed form of KL(q(z|x) || p(z)) by latent dimension, [n, d], nats */
  readonly kl: Float32Array;
}

/**
 * Encodes rows. Under a `full` covariance L L' the variances are those of its
 * diagonal, sum_k L_jk^2.
 */
export async function encodeRows(
  vae: Vae,
  examples: Examples,
  control: Control = {},
): Promise<EncodedRows> {
  const dim = vae.spec.latentDim;
  const size = examples.count * dim;
  const mean = new Float32Array(size);
  const logVariance = new Float32Array(size);
  const kl = new Float32Array(size);
  for (const rows of partsOf(examples.count, ROWS_AT_ONCE)) {
    const x = uploadOf(examples, rows);
    const all = await compute(() => {
      const posterior = modelOf(vae, examples, rows).encode(x());
      const { mean, lower } = posterior;
      const own = tf.add(posterior.logVariance, tf.zerosLike(mean));
      const logVariance = lower === null
        ? own
        : tf.log(tf.add(tf.exp(own), tf.sum(tf.square(lower), -1)));
      return tf.stack([mean, logVariance, posterior.kl()]);
    }, control);
    const [from, length] = [rows.first * dim, rows.count * dim];
    [mean, logVariance, kl].forEach((target, i) =>
      target.set(all.subarray(i * length, (i + 1) * length), from)
    );
    control.onProgress?.("q(z|x)", rows.first + rows.count, examples.count);
  }
  return { dim, mean, logVariance, kl };
}
