/** What a trained model can do: generate, reconstruct, encode. */

import { inputDim, totalLatentDim } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import { type DrawEngine, referenceDraws } from "./draw_engine.ts";
import type { Encoding } from "./engine.ts";

/** A model on the current tfjs backend, or what `openDrawEngine` opens. */
export type Trained = Vae | DrawEngine;

function engineOf(model: Trained): DrawEngine {
  return "rowTerms" in model ? model : referenceDraws(model);
}

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
  model: Trained,
  noise: Float32Array,
  condition?: Float32Array,
): Promise<Float32Array> {
  return await decode(model, await samplePrior(model, noise), condition);
}

/**
 * E[x|z] at points z, of the layer next to x where there are two.
 *
 * @param z [n, d], row-major
 * @param condition y of a conditional model, [n, C], row-major
 * @returns [n, D], row-major
 */
export async function decode(
  model: Trained,
  z: Float32Array,
  condition?: Float32Array,
): Promise<Float32Array> {
  const size = z.length / model.spec.latentDim;
  return await engineOf(model).decode({ z, condition, size });
}

/**
 * z from the prior, of the layer next to x: the noise itself, or with two
 * layers a draw of p(z1|z2).
 *
 * @param noise as of {@linkcode generate}
 * @returns [n, d1], row-major
 */
export async function samplePrior(
  model: Trained,
  noise: Float32Array,
): Promise<Float32Array> {
  const size = noise.length / totalLatentDim(model.spec);
  return await engineOf(model).samplePrior(noise, size);
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
  model: Trained,
  z: Float32Array,
  noise: Float32Array,
  condition?: Float32Array,
): Promise<Float32Array> {
  const size = z.length / model.spec.latentDim;
  return await engineOf(model).decode({ z, condition, size }, noise);
}

/**
 * The posterior's parameters, and its KL.
 *
 * @param x [n, D], row-major
 * @param condition y of a conditional model, [n, C], row-major
 */
export async function encode(
  model: Trained,
  x: Float32Array,
  condition?: Float32Array,
): Promise<Encoding> {
  const size = x.length / inputDim(model.spec);
  return await engineOf(model).encode({ x, condition, size });
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
  model: Trained,
  x: Float32Array,
  condition?: Float32Array,
): Promise<Float32Array> {
  const { mean } = await encode(model, x, condition);
  return await decode(model, mean, condition);
}
