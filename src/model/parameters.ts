/** Initial values of a VAE's parameters, from the run's seed. */

import { stream } from "../random/stream.ts";
import { continuousBernoulliLogit } from "./likelihood/continuous_bernoulli.ts";
import {
  DECODER_LOG_SCALE,
  DECODER_LOG_VARIANCE,
  DECODER_OUTPUT_BIAS,
  type Initialisation,
  isOffDiagonal,
  type LikelihoodSpec,
  type ParameterShape,
  parameterShapes,
  type VaeSpec,
} from "./spec.ts";

/** One parameter array, row-major, on the host. */
export interface ParameterValues {
  /** such as `encoder/mean/weight` */
  readonly name: string;
  /** `[fan in, fan out]`, `[n]`, `[]`, or `[4, 4, C, O]` of a kernel */
  readonly shape: readonly number[];
  /** as many as the shape holds */
  readonly values: Float32Array;
}

/**
 * Checks that arrays are the ones that are wanted, by name and shape.
 *
 * @throws {RangeError} one is missing, too many, or of another shape
 */
export function requireShapes(
  wanted: readonly ParameterShape[],
  arrays: readonly ParameterShape[],
): void {
  const [expected, found] = [wanted, arrays].map((list) =>
    new Map(list.map(({ name, shape }) => [name, `[${shape}]`]))
  ) as [Map<string, string>, Map<string, string>];
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const shapes = [found, expected].map((map) => map.get(name) ?? "nothing");
    if (shapes[0] === shapes[1]) continue;
    throw new RangeError(`${name} is ${shapes[0]} instead of ${shapes[1]}`);
  }
}

const NORMAL_DEVIATION = 0.01;

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/**
 * How many values an output is a sum of, and how many outputs a value goes
 * into. A convolution of stride 2 has windows of 4x4 places, and a place is in
 * 2x2 windows; of its transposed, the same two numbers are fan out and fan in.
 * (Keras and PyTorch leave the stride out and count 4x4 both times.)
 */
function fansOf(shape: readonly number[]): [number, number] {
  if (shape.length === 2) return shape as [number, number];
  const [rows, columns, fine, coarse] = shape as [
    number,
    number,
    number,
    number,
  ];
  return [rows * columns * fine, rows / 2 * (columns / 2) * coarse];
}

function initialWeights(
  shape: readonly number[],
  initialisation: Initialisation,
  seed: number,
  index: number,
): Float32Array {
  const size = product(shape);
  const draws = stream(seed, "init", 0, index);
  if (initialisation === "normal") {
    return draws.normals(size).map((value) => NORMAL_DEVIATION * value);
  }
  if (shape.length < 2) return new Float32Array(size);
  const [fanIn, fanOut] = fansOf(shape);
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return Float32Array.from(draws.uniforms(size), (u) => limit * (2 * u - 1));
}

/** log sigma_dec^2 before the first step: of the fixed value, else 0. */
function initialLogVariance(likelihood: LikelihoodSpec): number {
  return likelihood.family === "gaussian" &&
      typeof likelihood.variance === "number"
    ? Math.log(likelihood.variance)
    : 0;
}

/**
 * log scale of a discretised logistic before the first step. A scale of 0.1,
 * a deviation of 46 grey levels, is between that of pixels around their mean
 * and that of what a trained model leaves.
 */
const INITIAL_LOG_SCALE = Math.log(0.1);

/** How close to 0 and 1 a pixel's mean may come before its logit is taken. */
const CLIP = 0.001;

/** The largest logit to start from: training must be able to move it. */
const LARGEST_LOGIT = Math.log((1 - CLIP) / CLIP);

function clippedLogit(p: number): number {
  const clipped = Math.min(Math.max(p, CLIP), 1 - CLIP);
  return Math.log(clipped / (1 - clipped));
}

/**
 * The bias of the decoder's output at which E[x|z] is about the mean of the
 * data: the logit of that mean, clipped, where the output is a logit, else the
 * mean itself.
 */
function biasOfMean(
  mean: Float32Array,
  likelihood: LikelihoodSpec,
): Float32Array {
  switch (likelihood.family) {
    case "bernoulli":
      return mean.map(clippedLogit);
    case "continuous-bernoulli":
      return mean.map((m) => continuousBernoulliLogit(m, LARGEST_LOGIT));
    case "gaussian":
      return likelihood.mean === "linear" ? mean : mean.map(clippedLogit);
    case "discretised-logistic":
      return mean;
  }
}

/**
 * The initial parameters of a VAE, in the order of `parameterShapes`. Each
 * array draws from a stream of its own: (seed, init, 0, index). A full
 * covariance starts diagonal: its factor's entries below the diagonal are 0
 * for all x.
 *
 * @param dataMean mean of the training data by pixel, [D], from which the
 *   decoder's output then starts, as in IWAE's released code. Without it the
 *   first updates of all parameters go into learning that mean.
 */
export function initialParameters(
  spec: VaeSpec,
  seed: number,
  dataMean?: Float32Array,
): ParameterValues[] {
  function valuesOf({ name, shape }: ParameterShape, index: number) {
    if (name === DECODER_LOG_VARIANCE) {
      return Float32Array.of(initialLogVariance(spec.likelihood));
    }
    if (name === DECODER_LOG_SCALE) return Float32Array.of(INITIAL_LOG_SCALE);
    if (isOffDiagonal(name)) return new Float32Array(product(shape));
    if (name === DECODER_OUTPUT_BIAS && dataMean !== undefined) {
      return biasOfMean(dataMean, spec.likelihood);
    }
    return initialWeights(shape, spec.initialisation, seed, index);
  }
  return parameterShapes(spec).map((parameter, index) => ({
    ...parameter,
    values: valuesOf(parameter, index),
  }));
}
