/** Nonlinearities after hidden layers. */

import * as tf from "@tensorflow/tfjs";
import { type Names, namesOf, type TableRow } from "../table.ts";

/** Nonlinearity after every hidden layer. */
export type Activation = "tanh" | "relu" | "softplus";

interface Row extends TableRow {
  /** on tfjs, which derives the gradient */
  readonly apply: (x: tf.Tensor) => tf.Tensor;
}

/** All activations by name. */
export const ACTIVATION_TABLE: Readonly<Record<Activation, Row>> = {
  tanh: { apply: tf.tanh },
  relu: { apply: tf.relu },
  softplus: { apply: tf.softplus },
};

export const ACTIVATIONS: Names<Activation> = namesOf(ACTIVATION_TABLE);
