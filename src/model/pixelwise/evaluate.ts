/** Expressions on the current tfjs backend. */

import { tf } from "../../lazy_tfjs.ts";
import { inOrder, type Leaf, type Node, type Operator } from "./expression.ts";

/** Names of tfjs's operators. */
// deno-fmt-ignore
const OPERATORS = {
  add: "add", sub: "sub", mul: "mul", div: "div", min: "minimum",
  max: "maximum", neg: "neg", abs: "abs", sign: "sign", exp: "exp", log: "log",
  sigmoid: "sigmoid", softplus: "softplus", less: "less", atMost: "lessEqual",
  select: "where",
} as const satisfies Record<Operator, keyof typeof tf>;

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
          tf[OPERATORS[op as Operator]],
          undefined,
          tensors,
        ),
    );
  }
  return roots.map((root) => values.get(root)!);
}
