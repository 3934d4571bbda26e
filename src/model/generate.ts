/** What a trained model can do: generate, reconstruct, encode. */

import * as tf from "@tensorflow/tfjs";
import type { Vae } from "./vae.ts";

/**
 * E[x|z], the decoder's mean, at given z: draws of N(0, I) give samples of the
 * prior.
 *
 * @param z [n, d], row-major
 * @returns [n, D], row-major
 */
export async function generate(
  vae: Vae,
  z: Float32Array,
): Promise<Float32Array> {
  const { latentDim } = vae.spec;
  const mean = tf.tidy(() =>
    vae.decode(tf.tensor(z, [1, z.length / latentDim, latentDim])).mean()
  );
  return await read(mean);
}

/**
 * Draws x from p(x|z), one at each z.
 *
 * @param z [n, d], row-major
 * @param noise [n, D], row-major: see `observationNoise`
 * @returns [n, D], row-major
 */
export async function sampleObservations(
  vae: Vae,
  z: Float32Array,
  noise: Float32Array,
): Promise<Float32Array> {
  const { latentDim, dataDim } = vae.spec;
  const n = z.length / latentDim;
  const x = tf.tidy(() =>
    vae.decode(tf.tensor(z, [1, n, latentDim]))
      .sample(tf.tensor(noise, [1, n, dataDim]))
  );
  return await read(x);
}

/** q(z|x) of many datapoints. */
export interface Encoding {
  /** mu(x), [n, d], row-major */
  readonly mean: Float32Array;
  /** ln sigma^2(x), [n, d]; [n, 1] where the covariance is isotropic */
  readonly logVariance: Float32Array;
}

/**
 * The posterior's parameters.
 *
 * @param x [n, D], row-major
 */
export async function encode(vae: Vae, x: Float32Array): Promise<Encoding> {
  const { mean, logVariance } = tf.tidy(() => {
    const { dataDim } = vae.spec;
    const { mean, logVariance } = vae.encode(
      tf.tensor(x, [x.length / dataDim, dataDim]),
    );
    return { mean, logVariance };
  });
  return { mean: await read(mean), logVariance: await read(logVariance) };
}

/**
 * E[x|z] at z = mu(x), the mean of the posterior.
 *
 * @param x [n, D], row-major
 * @returns [n, D], row-major
 */
export async function reconstruct(
  vae: Vae,
  x: Float32Array,
): Promise<Float32Array> {
  return await generate(vae, (await encode(vae, x)).mean);
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = Float32Array.from(await tensor.data());
  tensor.dispose();
  return values;
}
