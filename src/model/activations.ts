/** Nonlinearities after hidden layers. */

import { tf } from "../lazy_tfjs.ts";
import { addRow, type Names, namesOf, type TableRow } from "../table.ts";

/** Nonlinearity after every hidden layer. */
export type Activation = "tanh" | "relu" | "softplus";

/** An activation of a script, which the reference engine trains. */
export interface OwnActivation extends TableRow {
  /** as in `--activation` */
  readonly name: string;
  /** The nonlinearity, value by value, which tfjs derives. */
  readonly apply: (x: tf.Tensor) => tf.Tensor;
}

type Row = Omit<OwnActivation, "name">;

/** All activations by name. */
export const ACTIVATION_TABLE: Readonly<Record<Activation, Row>> = {
  tanh: { apply: (x) => tf.tanh(x) },
  relu: { apply: (x) => tf.relu(x) },
  softplus: { apply: (x) => tf.softplus(x) },
};

/** Those that come with the project. */
export const ACTIVATIONS: Names<Activation> = namesOf(ACTIVATION_TABLE);

/** @throws {UserError} the name is taken, or unsuitable */
export function addActivation({ name, ...row }: OwnActivation): void {
  addRow(ACTIVATION_TABLE, name, row, "activation");
}
