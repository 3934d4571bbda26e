/** What the explorer's page is given: a trained model and some test rows. */

import type { Units } from "../../data/dataset.ts";
import type { ImageSize } from "../../model/layers.ts";
import type { LinearGaussian } from "../../model/linear_gaussian.ts";
import type { ParameterShape, VaeSpec } from "../../model/spec.ts";

/** A label of the test rows: the index of a class, or a number; null: none. */
export interface ExploredLabel {
  readonly name: string;
  /** absent: the values are numbers */
  readonly classes?: readonly string[];
  readonly values: readonly (number | null)[];
}

/** y of a conditional model at each class of one label. */
export interface ExploredClasses {
  readonly name: string;
  readonly classes: readonly string[];
  /** [classes, C], row-major */
  readonly values: readonly number[];
}

/** The test rows; the values themselves are bytes beside this. */
export interface ExploredRows {
  readonly count: number;
  /** bytes are levels b / 255; floats are the model's values */
  readonly kind: "bytes" | "floats";
  readonly labels: readonly ExploredLabel[];
  /** y of each row, [count, C]; null: the model is not conditional */
  readonly condition: readonly number[] | null;
}

/** The data that the model was trained on. */
export interface ExploredData {
  readonly name: string;
  /** null: rows are not images */
  readonly image: ImageSize | null;
  /** names of the values of a row; null: they have none */
  readonly columns: readonly string[] | null;
  /** of the user; null: those of the values */
  readonly units: Units | null;
  /** the grey level in [0, 1] at the model's 0, and at its 1 */
  readonly grey: { readonly atZero: number; readonly atOne: number };
  /** whether x has nothing but 0 and 1 */
  readonly isBinary: boolean;
}

/** All of it that is JSON. */
export interface Explored {
  readonly run: string;
  /** what the run was, as the page says it: name and value */
  readonly facts: readonly (readonly [string, string])[];
  readonly seed: number;
  readonly spec: VaeSpec;
  /** in the order of their values */
  readonly parameters: readonly ParameterShape[];
  readonly data: ExploredData;
  readonly rows: ExploredRows;
  /** null: the model is not conditional, or on no classes */
  readonly classes: ExploredClasses | null;
  /** of each latent dimension, the mean over the test split, in nats */
  readonly kl: readonly number[];
  /** the decoder, where it is linear and Gaussian; null: it is not */
  readonly linear: LinearGaussian | null;
}

/** What of it is bytes: float32, or as {@linkcode ExploredRows} says. */
export interface ExploredBytes {
  readonly parameters: Uint8Array<ArrayBuffer>;
  readonly rows: Uint8Array<ArrayBuffer>;
  /** the module of the wasm engine */
  readonly engine: Uint8Array<ArrayBuffer>;
}
