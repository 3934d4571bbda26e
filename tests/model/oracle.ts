/**
 * The VAE and its ELBO again, in float64 and one number at a time: what the
 * tensors of src/model are held against.
 */

import type { KlEstimator } from "../../src/model/elbo.ts";
import type { ParameterValues } from "../../src/model/parameters.ts";
import { gridPair, sizeOf } from "../../src/model/layers.ts";
import {
  affineLayers,
  parameterShapes,
  type VaeSpec,
} from "../../src/model/spec.ts";
import { stream } from "../../src/random/stream.ts";
import { convolveDirectly, spreadDirectly } from "./direct_convolution.ts";
import { normalLogDensity, PIXELS, sigmoid } from "./pixels.ts";

export { normalLogDensity };

/** Parameters by name, row-major. */
export type Arrays = ReadonlyMap<string, Float64Array>;

/** Parameters of order one, so that every derivative is far from zero. */
export function largeParameters(
  spec: VaeSpec,
  seed: number,
): ParameterValues[] {
  return parameterShapes(spec).map(({ name, shape }, part) => ({
    name,
    shape,
    values: stream(seed, "init", 1, part)
      .normals(shape.reduce((a, b) => a * b, 1))
      .map((value) => 0.7 * value),
  }));
}

/** The same values as doubles. */
export function arraysOf(parameters: readonly ParameterValues[]): Arrays {
  return new Map(
    parameters.map(({ name, values }) => [name, Float64Array.from(values)]),
  );
}

const ACTIVATIONS = {
  tanh: Math.tanh,
  relu: (x: number) => Math.max(0, x),
  softplus: (x: number) => Math.log(1 + Math.exp(x)),
};

function affine(
  spec: VaeSpec,
  arrays: Arrays,
  name: string,
  x: readonly number[],
): number[] {
  const weight = arrays.get(`${name}/weight`)!;
  const bias = arrays.get(`${name}/bias`)!;
  const { from, to } = affineLayers(spec)
    .find((layer) => layer.name === name)!;
  const width = sizeOf(to);
  const grids = gridPair(from, to);
  const products = grids === null
    ? Array.from(
      { length: width },
      (_, j) =>
        x.reduce((sum, value, i) => sum + value * weight[i * width + j]!, 0),
    )
    : from === grids.fine
    ? convolveDirectly(x, weight, grids)
    : spreadDirectly(x, weight, grids);
  // Of a grid, channels are last: each place has the same biases.
  return products.map((value, i) => value + bias[i % bias.length]!);
}

function hidden(
  spec: VaeSpec,
  arrays: Arrays,
  side: "encoder" | "decoder",
  x: readonly number[],
): number[] {
  let h = [...x];
  for (let layer = 1; layer <= spec.hidden.length; layer++) {
    h = affine(spec, arrays, `${side}/hidden${layer}`, h)
      .map(ACTIVATIONS[spec.activation]);
  }
  return h;
}

/** mu(x) and ln sigma^2(x), both of d values. */
export function encodeRow(
  spec: VaeSpec,
  arrays: Arrays,
  x: readonly number[],
): { mean: number[]; logVariance: number[] } {
  const h = hidden(spec, arrays, "encoder", x);
  const mean = affine(spec, arrays, "encoder/mean", h);
  const logVariance = affine(spec, arrays, "encoder/log_variance", h);
  return {
    mean,
    logVariance: mean.map((_, j) => logVariance[j] ?? logVariance[0]!),
  };
}

/** p(x_i|z) by pixel: location or logit, and log variance or log scale. */
function pixelsOf(
  spec: VaeSpec,
  arrays: Arrays,
  z: readonly number[],
): { location: number; spread: number }[] {
  const { likelihood } = spec;
  const h = hidden(spec, arrays, "decoder", z);
  const output = affine(spec, arrays, "decoder/output", h);
  const locations =
    likelihood.family === "gaussian" && likelihood.mean === "sigmoid"
      ? output.map(sigmoid)
      : output;
  const spreads = arrays.has("decoder/log_variance/weight")
    ? affine(spec, arrays, "decoder/log_variance", h)
    : [];
  const common = arrays.get("decoder/log_variance")?.[0] ??
    arrays.get("decoder/log_scale")?.[0] ?? NaN;
  return locations.map((location, i) => ({
    location,
    spread: spreads[i] ?? common,
  }));
}

/** E[x|z], of D values. */
export function decodeRow(
  spec: VaeSpec,
  arrays: Arrays,
  z: readonly number[],
): number[] {
  const { mean } = PIXELS[spec.likelihood.family];
  return pixelsOf(spec, arrays, z)
    .map(({ location, spread }) => mean(location, spread));
}

/** ln p(x|z) of D pixels. */
export function logLikelihoodOf(
  spec: VaeSpec,
  arrays: Arrays,
  z: readonly number[],
  x: readonly number[],
): number {
  const { logProb } = PIXELS[spec.likelihood.family];
  return pixelsOf(spec, arrays, z).reduce(
    (sum, { location, spread }, i) => sum + logProb(x[i]!, location, spread),
    0,
  );
}

/** Row `i` of `width` numbers. */
export function rowOf(
  values: ArrayLike<number>,
  i: number,
  width: number,
): number[] {
  return Array.from({ length: width }, (_, j) => values[i * width + j]!);
}

/**
 * The two terms of the ELBO, means over B datapoints.
 *
 * @param x [B, D]
 * @param noise [L, B, d]
 */
export function elboOf(
  spec: VaeSpec,
  arrays: Arrays,
  x: ArrayLike<number>,
  noise: ArrayLike<number>,
  estimator: KlEstimator,
): { reconstruction: number; kl: number } {
  const { dataDim, latentDim, likelihood } = spec;
  const count = x.length / dataDim;
  const draws = noise.length / (count * latentDim);
  let kl = 0;
  const pairs: { z: number[]; pixels: number[] }[] = [];
  for (let b = 0; b < count; b++) {
    const pixels = rowOf(x, b, dataDim);
    const { mean, logVariance } = encodeRow(spec, arrays, pixels);
    for (let l = 0; l < draws; l++) {
      const z = rowOf(noise, l * count + b, latentDim)
        .map((e, j) => mean[j]! + Math.exp(logVariance[j]! / 2) * e);
      pairs.push({ z, pixels });
      z.forEach((value, j) => {
        const v = logVariance[j]!;
        kl += estimator === "sampled"
          ? normalLogDensity(value, mean[j]!, v) - normalLogDensity(value, 0, 0)
          : 0.5 * (Math.exp(v) + mean[j]! ** 2 - 1 - v);
      });
    }
  }
  let decoder = arrays;
  if (likelihood.family === "gaussian" && likelihood.variance === "optimal") {
    const squares = pairs.flatMap(({ z, pixels }) =>
      decodeRow(spec, arrays, z).map((mean, i) => (pixels[i]! - mean) ** 2)
    );
    const optimum = squares.reduce((a, b) => a + b) / squares.length;
    decoder = new Map(arrays)
      .set("decoder/log_variance", Float64Array.of(Math.log(optimum)));
  }
  const reconstruction = pairs.reduce(
    (sum, { z, pixels }) => sum + logLikelihoodOf(spec, decoder, z, pixels),
    0,
  );
  return {
    reconstruction: reconstruction / (draws * count),
    kl: kl / (draws * count),
  };
}
