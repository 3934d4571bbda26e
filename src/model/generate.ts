/** What a trained model can do: generate, reconstruct, encode. */

import * as tf from "@tensorflow/tfjs";
import { inputDim, totalLatentDim } from "./spec.ts";
import type { Vae } from "./vae.ts";

/**
 * E[x|z] at points z of the prior, given as what they are drawn from: where
 * there is one layer of latent variables, z itself. With two, z2 is its noise
 * and z1 = mu(z2) + sigma(z2) noise.
 *
 * @param noise from N(0, I) for samples, [n, d], row-major; with two layers
 *   d = d1 + d2
 * @param condition y of a conditional model, [n, C], row-major
 * @returns [n, D], row-major
 */
export async function generate(
  vae: Vae,
  noise: Float32Array,
  condition?: Float32Array,
): Promise<Float32Array> {
  const d = totalLatentDim(vae.spec);
  const mean = tf.tidy(() => {
    const z = vae.samplePrior(tf.tensor(noise, [1, noise.length / d, d]));
    return given(vae, condition).decode(z).mean();
  });
  return await read(mean);
}

/**
 * E[x|z] at points z, of the layer next to x where there are two.
 *
 * @param z [n, d], row-major
 * @param condition y of a conditional model, [n, C], row-major
 * @returns [n, D], row-major
 */
export async function decode(
  vae: Vae,
  z: Float32Array,
  condition?: Float32Array,
): Promise<Float32Array> {
  const { latentDim } = vae.spec;
  const shape: [number, number, number] = [1, z.length / latentDim, latentDim];
  return await read(
    tf.tidy(() => given(vae, condition).decode(tf.tensor3d(z, shape)).mean()),
  );
}

/**
 * z from the prior, of the layer next to x: the noise itself, or with two
 * layers a draw of p(z1|z2).
 *
 * @param noise as of {@linkcode generate}
 * @returns [n, d1], row-major
 */
export async function samplePrior(
  vae: Vae,
  noise: Float32Array,
): Promise<Float32Array> {
  const { spec } = vae;
  const d = totalLatentDim(spec);
  const n = noise.length / d;
  return await read(tf.tidy(() => {
    const z = vae.samplePrior(tf.tensor3d(noise, [1, n, d]));
    return tf.slice(z, [0, 0, 0], [1, n, spec.latentDim]);
  }));
}

/**
 * Draws x from p(x|z), one at each z.
 *
 * @param z [n, d], row-major
 * @param noise [n, D], row-major: see `observationNoise`
 * @param condition y of a conditional model, [n, C], row-major
 * @returns [n, D], row-major
 */
export async function sampleObservations(
  vae: Vae,
  z: Float32Array,
  noise: Float32Array,
  condition?: Float32Array,
): Promise<Float32Array> {
  const { latentDim, dataDim } = vae.spec;
  const n = z.length / latentDim;
  const x = tf.tidy(() =>
    given(vae, condition).decode(tf.tensor(z, [1, n, latentDim]))
      .sample(tf.tensor(noise, [1, n, dataDim]))
  );
  return await read(x);
}

/** q(z|x) of many datapoints, or q(z1|x) where there are two layers. */
export interface Encoding {
  /** mu(x), [n, d], row-major */
  readonly mean: Float32Array;
  /**
   * log L_jj^2 of the factor L of the covariance L L': see `Posterior`.
   * Without a `lower` it is log sigma^2(x), [n, d]; [n, 1] where isotropic
   */
  readonly logVariance: Float32Array;
  /** L below its diagonal, [n, d, d], row-major; null: L is diagonal */
  readonly lower: Float32Array | null;
}

/**
 * The posterior's parameters.
 *
 * @param x [n, D], row-major
 * @param condition y of a conditional model, [n, C], row-major
 */
export async function encode(
  vae: Vae,
  x: Float32Array,
  condition?: Float32Array,
): Promise<Encoding> {
  const [mean, logVariance, lower] = tf.tidy(() => {
    const { mean, logVariance, lower } = given(vae, condition)
      .encode(rowsOf(vae, x));
    return [mean, logVariance, ...(lower === null ? [] : [lower])];
  });
  return {
    mean: await read(mean!),
    logVariance: await read(logVariance!),
    lower: lower === undefined ? null : await read(lower),
  };
}

/**
 * E[x|z] at z = mu(x), the mean of the posterior; of z1 where there are two
 * layers.
 *
 * @param x [n, D], row-major
 * @param condition y of a conditional model, [n, C], row-major
 * @returns [n, D], row-major
 */
export async function reconstruct(
  vae: Vae,
  x: Float32Array,
  condition?: Float32Array,
): Promise<Float32Array> {
  const mean = tf.tidy(() => {
    const own = given(vae, condition);
    const { mean } = own.encode(rowsOf(vae, x));
    return own.decode(tf.expandDims(mean, 0)).mean();
  });
  return await read(mean);
}

function rowsOf({ spec }: Vae, x: Float32Array): tf.Tensor {
  const width = inputDim(spec);
  return tf.tensor(x, [x.length / width, width]);
}

/** The model at y, where there is one. */
function given(vae: Vae, condition: Float32Array | undefined): Vae {
  if (condition === undefined) return vae;
  const { conditionDim = 0 } = vae.spec;
  return vae.given(tf.tensor(condition, [
    condition.length / conditionDim,
    conditionDim,
  ]));
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = Float32Array.from(await tensor.data());
  tensor.dispose();
  return values;
}
