/** The noise that draws of x from p(x|z) are made from, on the host. */

import type { Stream } from "../../random/stream.ts";
import { familyOf, type LikelihoodSpec } from "./families.ts";
import type { NoiseKind } from "./family.ts";

/** What `Likelihood.sample` takes for each pixel. */
export function noiseKind(likelihood: LikelihoodSpec): NoiseKind {
  return familyOf(likelihood).noise;
}

/** The largest float32 below 1. */
const BELOW_ONE = 1 - 2 ** -24;

/** n uniforms on (0, 1), the first of the stream's, also as float32 below 1. */
export function float32Uniforms(stream: Stream, n: number): Float32Array {
  return Float32Array.from(
    stream.uniforms(n),
    (uniform) => Math.min(uniform, BELOW_ONE),
  );
}

const NOISE: Readonly<
  Record<NoiseKind, (stream: Stream, n: number) => Float32Array>
> = {
  uniform: float32Uniforms,
  normal: (stream, n) => stream.normals(n),
};

/** n values of that kind, the first of the stream's; uniforms stay below 1. */
export function observationNoise(
  likelihood: LikelihoodSpec,
  stream: Stream,
  n: number,
): Float32Array {
  return NOISE[noiseKind(likelihood)](stream, n);
}
