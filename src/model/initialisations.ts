/** Initial values of weights and biases. */

import type { Stream } from "../random/stream.ts";
import { type Names, namesOf, type TableRow } from "../table.ts";

/**
 * Initial weights and biases. Uniform, with biases of zero: `glorot` on
 * +-sqrt(6 / (fan in + fan out)) (Glorot & Bengio 2010), `lecun` on
 * +-sqrt(3 / fan in), of variance 1 / fan in (LeCun et al. 1998; Flax draws that
 * from a truncated normal). `pytorch`: weights and biases uniform on
 * +-1 / sqrt(fan in), which torch.nn.Linear starts with. `normal`: both from
 * N(0, 0.01), read as a standard deviation of 0.01 (AEVB leaves open whether
 * 0.01 is the variance; implementations take the standard deviation).
 */
export type Initialisation = "glorot" | "lecun" | "pytorch" | "normal";

/** How a layer's outputs and inputs meet in its weights. */
export interface Fans {
  /** the number of values that an output is a sum of */
  readonly fanIn: number;
  /** the number of outputs that a value goes into */
  readonly fanOut: number;
}

interface Row extends TableRow {
  /** Values of an array of that shape of a layer, drawn from the stream. */
  readonly initialise: (
    shape: readonly number[],
    fans: Fans,
    draws: Stream,
  ) => Float32Array;
}

/** All initialisations by name. */
export const INITIALISATION_TABLE: Readonly<Record<Initialisation, Row>> = {
  glorot: {
    initialise: zeroBiases(({ fanIn, fanOut }) => 6 / (fanIn + fanOut)),
  },
  lecun: {
    help: "Flax's default: variance 1 / fan in",
    initialise: zeroBiases(({ fanIn }) => 3 / fanIn),
  },
  pytorch: {
    help: "torch.nn.Linear's default, also of biases",
    initialise: (shape, { fanIn }, draws) =>
      uniform(shape, Math.sqrt(1 / fanIn), draws),
  },
  normal: {
    help: "standard deviation 0.01",
    initialise: (shape, _, draws) =>
      draws.normals(sizeOfShape(shape))
        .map((value) => NORMAL_DEVIATION * value),
  },
};

export const INITIALISATIONS: Names<Initialisation> = namesOf(
  INITIALISATION_TABLE,
);

const NORMAL_DEVIATION = 0.01;

/** Number of values in an array of that shape. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function zeroBiases(squaredLimit: (fans: Fans) => number): Row["initialise"] {
  return (shape, fans, draws) =>
    shape.length < 2
      ? new Float32Array(sizeOfShape(shape))
      : uniform(shape, Math.sqrt(squaredLimit(fans)), draws);
}

/** Values on +-limit. */
function uniform(shape: readonly number[], limit: number, draws: Stream) {
  const size = sizeOfShape(shape);
  // In place of a function for each of them: there may be a billion.
  const values = new Float32Array(size);
  const drawn = draws.uniforms(size);
  for (let i = 0; i < size; i++) values[i] = limit * (2 * drawn[i]! - 1);
  return values;
}

/**
 * Initial biases of the decoder's output: those at which its mean is the data's
 * mean by pixel, or those of the other biases.
 */
export type OutputBias = "data-mean" | "init";

/** Whether each of them needs the data's mean. */
export const OUTPUT_BIAS_TABLE: Readonly<
  Record<OutputBias, TableRow & { readonly needsDataMean: boolean }>
> = {
  "data-mean": { needsDataMean: true },
  "init": { help: "as --init", needsDataMean: false },
};

export const OUTPUT_BIASES: Names<OutputBias> = namesOf(OUTPUT_BIAS_TABLE);
