/** Expressions on the current tfjs backend. */

import * as tf from "@tensorflow/tfjs";
import { inOrder, type Leaf, type Node, type Operator } from "./expression.ts";

// deno-fmt-ignore
const OPERATORS = {
  add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div, min: tf.minimum,
  max: tf.maximum, neg: tf.neg, abs: tf.abs, sign: tf.sign, exp: tf.exp,
  log: tf.log, sigmoid: tf.sigmoid, softplus: tf.softplus, less: tf.less,
  atMost: tf.lessEqual, select: tf.where,
} satisfies Record<Operator, unknown>;

/** Values of leaves, whose shapes can be broadcast to one. */
export type Leaves = Readonly<Partial<Record<Leaf, tf.Tensor>>>;

/** The values of expressions, given those of the leaves that they read. */
export function evaluate(roots: readonly Node[], leaves: Leaves): tf.Tensor[] {
  const values = new Map<Node, tf.Tensor>();
  for (const own of inOrder(roots)) {
    const { op, args, value } = own;
    const tensors = args.map((arg) => values.get(arg)!);
    values.set(
      own,
      op === "constant"
        ? tf.scalar(value)
        : leaves[op as Leaf] ?? Reflect.apply(
          OPERATORS[op as Operator],
          undefined,
          tensors,
        ),
    );
  }
  return roots.map((root) => values.get(root)!);
}
