/** What a trained model makes of rows of data and of draws of z. */

import { tf } from "../lazy_tfjs.ts";
import { startTfjs } from "../start_tfjs.ts";
import { inputDim, type VaeSpec } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import type { DataRows, Encoding, Engine, LatentRows } from "./engine.ts";
import { modelAt } from "./evaluate_batches.ts";
import { rowTermsOf } from "./row_terms.ts";

/**
 * Computes what evaluations, pictures and tables need of a model, at the
 * parameters that it has.
 */
export interface DrawEngine extends Pick<Engine, "rowTerms"> {
  /** of the model */
  readonly spec: VaeSpec;
  /**
   * how it is kept busy: rows of z at a time, about, and how many batches of
   * them are asked for ahead of the one whose terms are read; absent: 2500, and
   * none
   */
  readonly pace?: { readonly rows: number; readonly ahead: number };
  /** q(z|x) of each row, with its KL. */
  encode(rows: DataRows): Promise<Encoding>;
  /**
   * E[x|z] at each z, or with noise a draw of p(x|z).
   *
   * @param noise [B, D]: see `observationNoise`
   * @returns [B, D]
   */
  decode(rows: LatentRows, noise?: Float32Array): Promise<Float32Array>;
  /**
   * z from the prior, of the layer next to x, [B, d1]: the noise itself, or
   * with two layers a draw of p(z1|z2).
   *
   * @param noise of all latent dimensions, [B, d]
   * @param size B
   */
  samplePrior(noise: Float32Array, size: number): Promise<Float32Array>;
}

/** The model itself, on the tfjs backend. The caller frees it. */
export function referenceDraws(vae: Vae): DrawEngine & Disposable {
  return {
    spec: vae.spec,
    rowTerms: (batch, kept) => rowTermsOf(vae, batch, kept),
    encode: (rows) => encode(vae, rows),
    decode: (rows, noise) => decode(vae, rows, noise),
    samplePrior: (noise, size) => samplePrior(vae, noise, size),
    [Symbol.dispose]() {},
  };
}

async function encode(vae: Vae, rows: DataRows): Promise<Encoding> {
  const [mean, logVariance, kl, lower] = await read(() => {
    const x = tf.tensor2d(rows.x, [rows.size, inputDim(vae.spec)]);
    const posterior = modelAt(vae, rows).encode(x);
    const { mean, logVariance, lower } = posterior;
    return [mean, logVariance, posterior.kl(), ...(lower ? [lower] : [])];
  });
  return {
    mean: mean!,
    logVariance: logVariance!,
    kl: kl!,
    lower: lower ?? null,
  };
}

async function decode(
  vae: Vae,
  rows: LatentRows,
  noise?: Float32Array,
): Promise<Float32Array> {
  const { latentDim, dataDim } = vae.spec;
  const [x] = await read(() => {
    const z = tf.tensor3d(rows.z, [1, rows.size, latentDim]);
    const likelihood = modelAt(vae, rows).decode(z);
    return [
      noise === undefined
        ? likelihood.mean()
        : likelihood.sample(tf.tensor3d(noise, [1, rows.size, dataDim])),
    ];
  });
  return x!;
}

async function samplePrior(
  vae: Vae,
  noise: Float32Array,
  size: number,
): Promise<Float32Array> {
  const [z] = await read(() => {
    const prior = tf.tensor3d(noise, [1, size, noise.length / size]);
    return [tf.slice(
      vae.samplePrior(prior),
      [0, 0, 0],
      [1, size, vae.spec.latentDim],
    )];
  });
  return z!;
}

/** Computes tensors and reads them; all others are freed. */
async function read(make: () => tf.Tensor[]): Promise<Float32Array[]> {
  await startTfjs();
  const tensors = tf.tidy(make);
  try {
    return await Promise.all(
      tensors.map(async (tensor) => Float32Array.from(await tensor.data())),
    );
  } finally {
    tf.dispose(tensors);
  }
}
