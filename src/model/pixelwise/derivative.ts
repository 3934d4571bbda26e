/** Derivatives of expressions, by reverse mode. */

import {
  add,
  div,
  inOrder,
  less,
  mul,
  neg,
  type Node,
  node,
  select,
  sigmoid,
  sign,
  sub,
} from "./expression.ts";

const ZERO = node("constant", [], 0);

/**
 * The backward pass through one node: `by`, the derivative by the node's value,
 * becomes the derivatives by its arguments.
 */
function pullBack(own: Node, by: Node): Node[] {
  const [a, b] = own.args as [Node, Node];
  switch (own.op) {
    case "add":
      return [by, by];
    case "sub":
      return [by, neg(by)];
    case "mul":
      // That of a square is one product, not the sum of two.
      if (a === b) return [mul(mul(by, 2), a), ZERO];
      return [mul(by, b), mul(by, a)];
    case "div":
      return [div(by, b), neg(div(mul(by, own), b))];
    case "neg":
      return [neg(by)];
    case "abs":
      return [mul(by, sign(a))];
    case "min":
      return [select(less(a, b), by, 0), select(less(a, b), 0, by)];
    case "max":
      return [select(less(b, a), by, 0), select(less(b, a), 0, by)];
    case "exp":
      return [mul(by, own)];
    case "log":
      return [div(by, a)];
    case "sigmoid":
      return [mul(by, mul(own, sub(1, own)))];
    case "softplus":
      return [mul(by, sigmoid(a))];
    case "select":
      return [ZERO, select(a, by, 0), select(a, 0, by)];
    default:
      throw new Error(`${own.op} has no derivative`);
  }
}

/** Conditions are constant but where they jump. */
const isCondition = ({ op }: Node) => op === "less" || op === "atMost";

/** The derivative of `factor` times the expression by a leaf. */
export function derivative(root: Node, leaf: Node, factor = 1): Node {
  const order = inOrder([root]);
  const depends = new Set([leaf]);
  for (const own of order) {
    if (own.args.some((arg) => depends.has(arg)) && !isCondition(own)) {
      depends.add(own);
    }
  }
  const totals = new Map([[root, node("constant", [], factor)]]);
  for (const own of order.toReversed()) {
    if (!depends.has(own) || own === leaf) continue;
    const parts = pullBack(own, totals.get(own) ?? ZERO);
    own.args.forEach((arg, i) => {
      if (!depends.has(arg)) return;
      totals.set(arg, add(totals.get(arg) ?? ZERO, parts[i]!));
    });
  }
  return depends.has(root) ? totals.get(leaf) ?? ZERO : ZERO;
}
