/**
 * The VAE and its ELBO again, in float64 and one number at a time: what the
 * tensors of src/model are held against.
 */

import type { KlEstimator } from "../../src/model/elbo.ts";
import type { ParameterValues } from "../../src/model/parameters.ts";
import { gridPair, sizeOf } from "../../src/model/layers.ts";
import {
  type AffineLayer,
  affineLayers,
  parameterShapes,
  totalLatentDim,
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

/** What a layer makes of a row, before its biases. */
type Product = (x: readonly number[], weight: Float64Array) => number[];

function productOf({ from, to }: AffineLayer): Product {
  const grids = gridPair(from, to);
  if (grids !== null) {
    return (x, weight) =>
      from === grids.fine
        ? convolveDirectly(x, weight, grids)
        : spreadDirectly(x, weight, grids);
  }
  const width = sizeOf(to);
  return (x, weight) => {
    const sums = new Array<number>(width).fill(0);
    for (let i = 0; i < x.length; i++) {
      for (let j = 0; j < width; j++) {
        sums[j]! += x[i]! * weight[i * width + j]!;
      }
    }
    return sums;
  };
}

/** Differences ask for the same layers a thousand times. */
const products = new WeakMap<VaeSpec, Map<string, Product>>();

function productsOf(spec: VaeSpec): Map<string, Product> {
  const known = products.get(spec);
  if (known !== undefined) return known;
  const made = new Map(
    affineLayers(spec).map((layer) => [layer.name, productOf(layer)]),
  );
  products.set(spec, made);
  return made;
}

function affine(
  spec: VaeSpec,
  arrays: Arrays,
  name: string,
  x: readonly number[],
): number[] {
  const weight = arrays.get(`${name}/weight`)!;
  const bias = arrays.get(`${name}/bias`)!;
  const sums = productsOf(spec).get(name)!(x, weight);
  // Of a grid, channels are last: each place has the same biases.
  return sums.map((value, i) => value + bias[i % bias.length]!);
}

function hidden(
  spec: VaeSpec,
  arrays: Arrays,
  side: string,
  x: readonly number[],
): number[] {
  let h = [...x];
  for (let layer = 1; arrays.has(`${side}/hidden${layer}/weight`); layer++) {
    h = affine(spec, arrays, `${side}/hidden${layer}`, h)
      .map(ACTIVATIONS[spec.activation]);
  }
  return h;
}

/** N(mean, L L') of d values. */
export interface Code {
  readonly mean: number[];
  /** ln L_jj^2 */
  readonly logVariance: number[];
  /** L: d rows of d values */
  readonly factor: number[][];
}

/** The Gaussian that the layers and heads of a side make of x. */
function codeOf(
  spec: VaeSpec,
  arrays: Arrays,
  side: string,
  x: readonly number[],
): Code {
  const h = hidden(spec, arrays, side, x);
  const head = (name: string) => affine(spec, arrays, `${side}/${name}`, h);
  const mean = head("mean");
  const variances = head("log_variance");
  const [low, high] = side.startsWith("encoder")
    ? spec.logVarianceBounds ?? [-Infinity, Infinity]
    : [-Infinity, Infinity];
  const logVariance = mean.map((_, j) =>
    Math.min(Math.max(variances[j] ?? variances[0]!, low), high)
  );
  const entries = arrays.has(`${side}/off_diagonal/weight`)
    ? head("off_diagonal")
    : [];
  return {
    mean,
    logVariance,
    factor: mean.map((_, j) =>
      mean.map((_, k) =>
        j === k
          ? Math.exp(logVariance[j]! / 2)
          : k < j
          ? entries[entryAt(j, k, mean.length)] ?? 0
          : 0
      )
    ),
  };
}

/**
 * Which of the d(d-1)/2 entries is L_jk. Row by row the m = d - 1 rows from
 * the second on fill a square of side m with the entries from number m on,
 * then all of them backwards.
 */
export function entryAt(j: number, k: number, d: number): number {
  const m = d - 1;
  const place = (j - 1) * m + k;
  const forwards = m * (m - 1) / 2;
  return place < forwards ? place + m : m * m - 1 - place;
}

/** q(z|x), or q(z1|x) of two layers. */
export function encodeRow(
  spec: VaeSpec,
  arrays: Arrays,
  x: readonly number[],
): Code {
  return codeOf(spec, arrays, "encoder", x);
}

/** q(z2|z1), or p(z1|z2), by the side that it is on. */
function betweenRow(
  spec: VaeSpec,
  arrays: Arrays,
  side: "encoder" | "decoder",
  z: readonly number[],
): Code {
  return codeOf(spec, arrays, `${side}/upper`, z);
}

/** mean + L noise. */
export function drawOf({ mean, factor }: Code, noise: readonly number[]) {
  return mean.map((m, j) =>
    noise.reduce((sum, e, k) => sum + factor[j]![k]! * e, m)
  );
}

/** ln N(z_j|z_<j) by dimension j, by forward substitution. */
export function logDensitiesOf(
  { mean, logVariance, factor }: Code,
  z: readonly number[],
): number[] {
  const noise: number[] = [];
  return z.map((value, j) => {
    const expected = noise.reduce(
      (sum, e, k) => sum + factor[j]![k]! * e,
      mean[j]!,
    );
    noise.push((value - expected) / factor[j]![j]!);
    return normalLogDensity(value, expected, logVariance[j]!);
  });
}

/** KL(q(z|x) || N(0, I)), the sum over all entries of L. */
function closedFormKl({ mean, logVariance, factor }: Code): number {
  const squares = [...mean, ...factor.flat()]
    .reduce((sum, value) => sum + value ** 2, 0);
  return 0.5 *
    (squares - mean.length - logVariance.reduce((sum, v) => sum + v, 0));
}

/** Draws of all layers from one encoder, and ln q - ln p by dimension. */
export interface Draw {
  /** z, or z1 and z2 */
  readonly z: number[];
  readonly logRatio: number[];
}

/**
 * z of one datapoint, drawn with the parameters `path`; ln q(z|x) has the
 * parameters `density`, and ln p(z) those of `decoder`.
 *
 * @param noise d values, or d1 + d2
 */
export function drawRow(
  spec: VaeSpec,
  { path, density, decoder }: Record<"path" | "density" | "decoder", Arrays>,
  x: readonly number[],
  noise: readonly number[],
): Draw {
  const lowerDim = spec.latentDim;
  const code = encodeRow(spec, path, x);
  const z1 = drawOf(code, noise.slice(0, lowerDim));
  const log1 = logDensitiesOf(
    density === path ? code : encodeRow(spec, density, x),
    z1,
  );
  const drawAt = (z: number[], logs: number[]) => ({
    z,
    logRatio: logPriorsOf(spec, decoder, z).map((log, j) => logs[j]! - log),
  });
  if (!spec.upper) return drawAt(z1, log1);
  const z2 = drawOf(
    betweenRow(spec, path, "encoder", z1),
    noise.slice(lowerDim),
  );
  const log2 = logDensitiesOf(betweenRow(spec, density, "encoder", z1), z2);
  return drawAt([...z1, ...z2], [...log1, ...log2]);
}

/** ln p(z) by dimension, of all layers. */
export function logPriorsOf(
  spec: VaeSpec,
  arrays: Arrays,
  z: readonly number[],
): number[] {
  const standard = (values: readonly number[]) =>
    values.map((value) => normalLogDensity(value, 0, 0));
  if (!spec.upper) return standard(z);
  const [z1, z2] = [z.slice(0, spec.latentDim), z.slice(spec.latentDim)];
  const prior = betweenRow(spec, arrays, "decoder", z2);
  return [...logDensitiesOf(prior, z1), ...standard(z2)];
}

/** A draw of the prior from its noise. */
export function priorRow(
  spec: VaeSpec,
  arrays: Arrays,
  noise: readonly number[],
): number[] {
  if (!spec.upper) return [...noise];
  const [noise1, z2] = [
    noise.slice(0, spec.latentDim),
    noise.slice(spec.latentDim),
  ];
  return [...drawOf(betweenRow(spec, arrays, "decoder", z2), noise1), ...z2];
}

/** mu(x), and of a second layer mu(z1). */
export function meansRow(
  spec: VaeSpec,
  arrays: Arrays,
  x: readonly number[],
  z: readonly number[],
): number[] {
  const { mean } = encodeRow(spec, arrays, x);
  if (!spec.upper) return mean;
  const z1 = z.slice(0, spec.latentDim);
  return [...mean, ...betweenRow(spec, arrays, "encoder", z1).mean];
}

/** p(x_i|z) by pixel: location or logit, and log variance or log scale. */
function pixelsOf(
  spec: VaeSpec,
  arrays: Arrays,
  z: readonly number[],
): { location: number; spread: number }[] {
  const { likelihood } = spec;
  const h = hidden(spec, arrays, "decoder", z.slice(0, spec.latentDim));
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
 * The VAE that a conditional one is at y: it has a bias b + y V where that has
 * a bias b and a weight V of y.
 */
export function arraysGiven(arrays: Arrays, y: readonly number[]): Arrays {
  return new Map([...arrays].map(([name, values]) => {
    const weight = arrays.get(name.replace(/bias$/, "condition"));
    if (weight === undefined || !name.endsWith("/bias")) return [name, values];
    // Biases of channels become biases of values.
    const width = weight.length / y.length;
    const shifted = Float64Array.from({ length: width }, (_, j) =>
      y.reduce(
        (sum, value, c) => sum + value * weight[c * width + j]!,
        values[j % values.length]!,
      ));
    return [name, shifted];
  }));
}

/**
 * The two terms of the ELBO, means over B datapoints.
 *
 * @param x [B, D]
 * @param noise [L, B, d]; with two layers d = d1 + d2
 * @param condition y, [B, C]; none if absent
 */
export function elboOf(
  spec: VaeSpec,
  arrays: Arrays,
  x: ArrayLike<number>,
  noise: ArrayLike<number>,
  estimator: KlEstimator,
  condition?: ArrayLike<number>,
): { reconstruction: number; kl: number } {
  const { dataDim, likelihood, conditionDim = 0 } = spec;
  const latentDim = totalLatentDim(spec);
  const count = x.length / dataDim;
  const draws = noise.length / (count * latentDim);
  let kl = 0;
  const pairs: { z: number[]; pixels: number[]; own: Arrays }[] = [];
  for (let b = 0; b < count; b++) {
    const pixels = rowOf(x, b, dataDim);
    const own = condition === undefined
      ? arrays
      : arraysGiven(arrays, rowOf(condition, b, conditionDim));
    const parameters = { path: own, density: own, decoder: own };
    for (let l = 0; l < draws; l++) {
      const { z, logRatio } = drawRow(
        spec,
        parameters,
        pixels,
        rowOf(noise, l * count + b, latentDim),
      );
      pairs.push({ z, pixels, own });
      kl += estimator === "sampled"
        ? logRatio.reduce((sum, value) => sum + value, 0)
        : closedFormKl(encodeRow(spec, own, pixels));
    }
  }
  const optimal: [string, Float64Array][] = [];
  if (likelihood.family === "gaussian" && likelihood.variance === "optimal") {
    const squares = pairs.flatMap(({ z, pixels, own }) =>
      decodeRow(spec, own, z).map((mean, i) => (pixels[i]! - mean) ** 2)
    );
    const optimum = squares.reduce((a, b) => a + b) / squares.length;
    optimal.push(["decoder/log_variance", Float64Array.of(Math.log(optimum))]);
  }
  const reconstruction = pairs.reduce(
    (sum, { z, pixels, own }) =>
      sum + logLikelihoodOf(
        spec,
        optimal.length === 0 ? own : new Map([...own, ...optimal]),
        ...[z, pixels] as const,
      ),
    0,
  );
  return {
    reconstruction: reconstruction / (draws * count),
    kl: kl / (draws * count),
  };
}
