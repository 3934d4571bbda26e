/** What a test of single transitions needs. */

import * as tf from "../../src/tfjs.ts";
import type { HmcSettings, LogDensity } from "../../src/inference/hmc.ts";
import { logStandardNormal } from "../../src/inference/joint_density.ts";
import { type Stream, stream } from "../../src/random/stream.ts";

/** ln N(z; 0, deviation^2 I) + constant, with one deviation per datapoint. */
export function normalOf(deviations: readonly number[]): LogDensity {
  const scale = deviations.map((deviation) => [1 / deviation]);
  return (z) => logStandardNormal(tf.mul(z, tf.tensor2d(scale)));
}

/** tfjs takes no doubles. */
export const uniforms = (stream: Stream, n: number) =>
  Float32Array.from(stream.uniforms(n));

/** Draws of the n-th transition for chains of that shape. */
export function noiseOf(chains: number[], d: number, n: number) {
  const count = chains.reduce((a, b) => a * b, 1);
  return {
    momentum: tf.tensor(
      stream(1, "inference", n, 0).normals(count * d),
      [...chains, d],
    ),
    uniforms: tf.tensor(uniforms(stream(1, "inference", n, 1), count), chains),
  };
}

/** Starting points of that shape. */
export const normals = (shape: number[], seed: number) =>
  tf.tensor(
    stream(seed, "generate").normals(shape.reduce((a, b) => a * b, 1)),
    shape,
  );

/** One step size for all chains. */
export const settingsOf = (
  stepSize: number,
  leapfrogSteps: number,
): HmcSettings => ({
  stepSize: tf.scalar(stepSize),
  leapfrogSteps,
});
