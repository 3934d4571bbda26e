/** Initial values of weights and biases. */

import type { Stream } from "../random/stream.ts";
import { type Names, namesOf, type TableRow } from "../table.ts";

/**
 * Initial weights. `glorot`: uniform on +-sqrt(6 / (fan in + fan out)), biases
 * zero (Glorot & Bengio 2010). `normal`: weights and biases from
 * N(0, 0.01), read as a standard deviation of 0.01 (AEVB leaves open whether
 * 0.01 is the variance; implementations take the standard deviation).
 */
export type Initialisation = "glorot" | "normal";

interface Row extends TableRow {
  /** Values of an array of that shape, drawn from the stream. */
  readonly initialise: (
    shape: readonly number[],
    draws: Stream,
  ) => Float32Array;
}

/** All initialisations by name. */
export const INITIALISATION_TABLE: Readonly<Record<Initialisation, Row>> = {
  glorot: { initialise: glorot },
  normal: {
    help: "standard deviation 0.01",
    initialise: (shape, draws) =>
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

function glorot(shape: readonly number[], draws: Stream): Float32Array {
  const size = sizeOfShape(shape);
  if (shape.length < 2) return new Float32Array(size);
  const [fanIn, fanOut] = fansOf(shape);
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  // In place of a function for each of them: there may be a billion.
  const values = new Float32Array(size);
  const drawn = draws.uniforms(size);
  for (let i = 0; i < size; i++) values[i] = limit * (2 * drawn[i]! - 1);
  return values;
}

/**
 * The number of values that an output is a sum of, and of outputs that a value
 * goes into. A convolution of stride 2 has windows of 4x4 places, and a place
 * is in 2x2 windows; of its transposed, the same two numbers are fan out and
 * fan in. (Keras and PyTorch leave the stride out and count 4x4 both times.)
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
