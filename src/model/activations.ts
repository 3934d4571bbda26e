/** Nonlinearities after hidden layers. */

import * as tf from "@tensorflow/tfjs";
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
  tanh: { apply: tf.tanh },
  relu: { apply: tf.relu },
  softplus: { apply: tf.softplus },
};

/** Those that come with the project. */
export const ACTIVATIONS: Names<Activation> = namesOf(ACTIVATION_TABLE);

/** @throws {UserError} the name is taken, or unsuitable */
export function addActivation({ name, ...row }: OwnActivation): void {
  addRow(ACTIVATION_TABLE, name, row, "activation");
}
