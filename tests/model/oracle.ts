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

/** Parameters by name, row-major. */
export type Arrays = ReadonlyMap<string, Float64Array>;

const LOG_2_PI = Math.log(2 * Math.PI);

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

/** The decoder's mean: probabilities, or the mean of a Gaussian. */
export function decodeRow(
  spec: VaeSpec,
  arrays: Arrays,
  z: readonly number[],
): number[] {
  const h = hidden(spec, arrays, "decoder", z);
  const output = affine(spec, arrays, "decoder/output", h);
  return spec.likelihood.family === "gaussian"
    ? output
    : output.map((logit) => 1 / (1 + Math.exp(-logit)));
}

/** ln N(x; mean, exp(logVariance)) of one number. */
export function normalLogDensity(
  x: number,
  mean: number,
  logVariance: number,
): number {
  return -0.5 *
    (LOG_2_PI + logVariance + (x - mean) ** 2 / Math.exp(logVariance));
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
  const pairs: { pixels: number[]; means: number[] }[] = [];
  for (let b = 0; b < count; b++) {
    const pixels = rowOf(x, b, dataDim);
    const { mean, logVariance } = encodeRow(spec, arrays, pixels);
    for (let l = 0; l < draws; l++) {
      const z = rowOf(noise, l * count + b, latentDim)
        .map((e, j) => mean[j]! + Math.exp(logVariance[j]! / 2) * e);
      pairs.push({ pixels, means: decodeRow(spec, arrays, z) });
      z.forEach((value, j) => {
        const v = logVariance[j]!;
        kl += estimator === "sampled"
          ? normalLogDensity(value, mean[j]!, v) - normalLogDensity(value, 0, 0)
          : 0.5 * (Math.exp(v) + mean[j]! ** 2 - 1 - v);
      });
    }
  }
  const squares = pairs.flatMap(({ pixels, means }) =>
    pixels.map((pixel, i) => (pixel - means[i]!) ** 2)
  );
  const decoderLogVariance =
    likelihood.family === "gaussian" && likelihood.variance === "optimal"
      ? Math.log(squares.reduce((a, b) => a + b) / squares.length)
      : arrays.get("decoder/log_variance")?.[0] ?? NaN;
  const logProb = pairs.flatMap(({ pixels, means }) =>
    pixels.map((pixel, i) =>
      likelihood.family === "bernoulli"
        ? pixel * Math.log(means[i]!) + (1 - pixel) * Math.log(1 - means[i]!)
        : normalLogDensity(pixel, means[i]!, decoderLogVariance)
    )
  );
  return {
    reconstruction: logProb.reduce((a, b) => a + b) / (draws * count),
    kl: kl / (draws * count),
  };
}
