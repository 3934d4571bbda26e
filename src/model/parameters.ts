/** Initial values of a VAE's parameters, from the run's seed. */

import { log } from "../elementary.ts";
import { stream } from "../random/stream.ts";
import { rowOf } from "../table.ts";
import { INITIALISATION_TABLE, sizeOfShape } from "./initialisations.ts";
import { familyOf } from "./likelihood/families.ts";
import { DECODER_OUTPUT_BIAS, isOffDiagonal, parameterShapes } from "./spec.ts";
import type { Parameter, ParameterShape, VaeSpec } from "./spec.ts";

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
 * The values of arrays by name, which are the ones that are wanted.
 *
 * @throws {RangeError} one is missing, too many, or of another shape
 */
export function requireShapes(
  wanted: readonly ParameterShape[],
  arrays: readonly ParameterValues[],
): ReadonlyMap<string, Float32Array> {
  const [expected, found] = [wanted, arrays].map((list) =>
    new Map(list.map(({ name, shape }) => [name, `[${shape}]`]))
  ) as [Map<string, string>, Map<string, string>];
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const shapes = [found, expected].map((map) => map.get(name) ?? "nothing");
    if (shapes[0] === shapes[1]) continue;
    throw new RangeError(`${name} is ${shapes[0]} instead of ${shapes[1]}`);
  }
  return new Map(arrays.map(({ name, values }) => [name, values]));
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
  const { initialise } = rowOf(
    INITIALISATION_TABLE,
    spec.initialisation,
    "initialisation",
  );

  function valuesOf({ name, shape, fans }: Parameter, index: number) {
    if (fans === null) {
      return Float32Array.of(log(family.shared(likelihood)!.initial));
    }
    if (isOffDiagonal(name)) return new Float32Array(sizeOfShape(shape));
    if (name === DECODER_OUTPUT_BIAS && dataMean !== undefined) {
      return dataMean.map((m) => family.outputOf(m, likelihood));
    }
    return initialise(shape, fans, stream(seed, "init", 0, index));
  }
  return parameterShapes(spec).map((parameter, index) => ({
    name: parameter.name,
    shape: parameter.shape,
    values: valuesOf(parameter, index),
  }));
}
