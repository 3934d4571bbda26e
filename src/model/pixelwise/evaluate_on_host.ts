/** Expressions of pixels in float64, in the same bits on every machine. */

import { exp, log, log1p } from "../../elementary.ts";
import { inOrder, type Leaf, type Node, type Operator } from "./expression.ts";

/** 1 / (1 + e^-a) */
const sigmoid = (a: number) =>
  a < 0 ? exp(a) / (1 + exp(a)) : 1 / (1 + exp(-a));

// deno-fmt-ignore
const OPERATORS = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b,
  div: (a, b) => a / b, min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b), neg: (a) => -a,
  abs: Math.abs, sign: Math.sign, exp, log, sigmoid,
  softplus: (a) => Math.max(a, 0) + log1p(exp(-Math.abs(a))),
  less: (a, b) => Number(a < b), atMost: (a, b) => Number(a <= b),
  select: (condition, a, b) => condition ? a : b,
} satisfies Record<Operator, (a: number, b: number, c: number) => number>;

/** Values of leaves: of each pixel, or one for all. */
export type HostLeaves = Readonly<
  Partial<Record<Leaf, Float32Array | number>>
>;

/** The values of an expression at n pixels, given those of its leaves. */
export function evaluateOnHost(
  root: Node,
  leaves: HostLeaves,
  n: number,
): Float32Array {
  const order = inOrder([root]);
  const places = new Map(order.map((own, i) => [own, i]));
  const values = new Float64Array(order.length);
  const steps = order.map(({ op, args, value }, at) => {
    if (op === "constant") return () => value;
    const leaf = leaves[op as Leaf];
    if (typeof leaf === "number") return () => leaf;
    if (leaf !== undefined) return (i: number) => leaf[i]!;
    const apply = OPERATORS[op as Operator];
    if (apply === undefined) throw new Error(`no value of ${op} (${at})`);
    const [a = 0, b = 0, c = 0] = args.map((arg) => places.get(arg)!);
    return () => apply(values[a]!, values[b]!, values[c]!);
  });
  return Float32Array.from({ length: n }, (_, i) => {
    for (let at = 0; at < steps.length; at++) values[at] = steps[at]!(i);
    return values.at(-1)!;
  });
}
