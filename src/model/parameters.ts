/** Initial values of a VAE's parameters, from the run's seed. */

import { stream } from "../random/stream.ts";
import { familyOf, sharedName } from "./likelihood/families.ts";
import {
  DECODER_OUTPUT_BIAS,
  type Initialisation,
  isOffDiagonal,
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
  const { likelihood } = spec;
  const family = familyOf(likelihood);

  function valuesOf({ name, shape }: ParameterShape, index: number) {
    if (name === sharedName(spec.likelihood)) {
      return Float32Array.of(family.shared(likelihood)!.start);
    }
    if (isOffDiagonal(name)) return new Float32Array(product(shape));
    if (name === DECODER_OUTPUT_BIAS && dataMean !== undefined) {
      return dataMean.map((m) => family.outputOf(m, likelihood));
    }
    return initialWeights(shape, spec.initialisation, seed, index);
  }
  return parameterShapes(spec).map((parameter, index) => ({
    ...parameter,
    values: valuesOf(parameter, index),
  }));
}
