/** What evaluations need at very many draws of z, and who computes it. */

import * as tf from "@tensorflow/tfjs";
import type { Vae } from "../model/vae.ts";
import type { Batch } from "./engine.ts";

/** Terms of S draws of z for each of B datapoints, in nats. */
export interface DrawTerms {
  /** ln p(x|z), [S, B] */
  readonly logLikelihood: Float32Array;
  /** ln q(z|x) - ln p(z), [S, B] */
  readonly logRatio: Float32Array;
}

/** Computes terms at draws of z from q(z|x). */
export interface DrawEngine {
  /**
   * The terms at the draws that the noise makes. It reads `x` and `noise` of
   * the batch.
   *
   * @param kept the latent dimensions that stay, for a model of one layer; all
   *   if absent. The others are put at the prior's mean, 0, where x is decoded,
   *   and leave p(z) and q(z|x)
   */
  terms(draws: Batch, kept?: readonly boolean[]): Promise<DrawTerms>;
}

/** Terms by the model itself, on the tfjs backend. */
export class ReferenceDraws implements DrawEngine {
  readonly #vae: Vae;

  /** The caller frees the model. */
  constructor(vae: Vae) {
    this.#vae = vae;
  }

  /** See {@linkcode DrawEngine.terms}. */
  async terms(
    { x, noise, size, samples }: Batch,
    kept?: readonly boolean[],
  ): Promise<DrawTerms> {
    const both = tf.tidy(() => {
      const pixels = tf.tensor2d(x, [size, x.length / size]);
      const width = noise.length / (samples * size);
      const inference = this.#vae.infer(
        pixels,
        tf.tensor3d(noise, [samples, size, width]),
      );
      const mask = kept && tf.tensor1d(kept.map(Number));
      const keptOf = (values: tf.Tensor) =>
        mask === undefined ? values : tf.mul(values, mask);
      return tf.stack([
        this.#vae.decode(keptOf(inference.z)).logProb(pixels),
        tf.sum(keptOf(inference.logRatio()), -1),
      ]);
    });
    try {
      const values = await both.data<"float32">();
      return {
        logLikelihood: values.subarray(0, samples * size),
        logRatio: values.subarray(samples * size),
      };
    } finally {
      both.dispose();
    }
  }

  /** Nothing is to be freed. */
  [Symbol.dispose](): void {}
}
