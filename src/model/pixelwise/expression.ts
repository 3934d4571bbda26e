/**
 * Expressions of one pixel: a likelihood is written once, as expressions, which
 * tfjs evaluates and the engines print in their own languages. Equal
 * expressions are one object, so that what they have in common is computed
 * once.
 */

/** A value that an expression reads. */
export type Leaf =
  | "x"
  | "output"
  // of a decoder with two outputs for each pixel
  | "output2"
  // the parameter that all pixels share
  | "shared"
  // the random number that a pixel is drawn with
  | "noise";

/** A function of expressions; `less` and `atMost` are conditions. */
export type Operator =
  | ("add" | "sub" | "mul" | "div" | "min" | "max" | "neg" | "abs" | "sign")
  | ("exp" | "log" | "sigmoid" | "softplus" | "less" | "atMost" | "select");

/**
 * What printers have in place of `sigmoid` and `softplus`: functions of a and
 * of e^-|a|, which both of them need.
 */
export type Lowered = "sigmoidOf" | "softplusOf" | "expMinusAbs";

/** An expression. */
export interface Node {
  readonly op: Leaf | Operator | Lowered | "constant";
  readonly args: readonly Node[];
  /** of a constant, else 0 */
  readonly value: number;
  /** larger than the ids of its arguments */
  readonly id: number;
}

type Arg = Node | number;

const nodes = new Map<string, Node>();

/** The node of that operation, which exists once. */
export function node(
  op: Node["op"],
  args: readonly Node[] = [],
  value = 0,
): Node {
  const key = `${op} ${value} ${args.map(({ id }) => id)}`;
  let found = nodes.get(key);
  if (found === undefined) {
    found = { op, args, value, id: nodes.size };
    nodes.set(key, found);
  }
  return found;
}

const nodeOf = (arg: Arg) =>
  typeof arg === "number" ? node("constant", [], arg) : arg;
const isConstant = ({ op }: Node) => op === "constant";
const is = (arg: Node, value: number) => isConstant(arg) && arg.value === value;

/** A pixel of the data. */
export const x: Node = node("x");
/** The decoder's output for the pixel. */
export const output: Node = node("output");
/** Its second output, where it has two. */
export const output2: Node = node("output2");
/** The parameter that all pixels share. */
export const shared: Node = node("shared");
/** The random number that the pixel is drawn with; see `noiseKind`. */
export const noise: Node = node("noise");

// The simplifications below do not change a bit: they move signs, and leave out
// zeros, ones and minus ones.

/** a + b */
export function add(a: Arg, b: Arg): Node {
  const [l, r] = [nodeOf(a), nodeOf(b)];
  if (is(l, 0)) return r;
  if (is(r, 0)) return l;
  if (l.op === "neg") return sub(r, l.args[0]!);
  if (r.op === "neg") return sub(l, r.args[0]!);
  return node("add", [l, r]);
}

/** a - b */
export function sub(a: Arg, b: Arg): Node {
  const [l, r] = [nodeOf(a), nodeOf(b)];
  if (is(r, 0)) return l;
  if (is(l, 0)) return neg(r);
  return node("sub", [l, r]);
}

/** a b */
export function mul(a: Arg, b: Arg): Node {
  const [l, r] = [nodeOf(a), nodeOf(b)];
  if (isConstant(l) && isConstant(r)) return nodeOf(l.value * r.value);
  for (const [one, other] of [[l, r], [r, l]] as const) {
    if (is(one, 0)) return nodeOf(0);
    if (is(one, 1)) return other;
    if (is(one, -1)) return neg(other);
  }
  if (l.op === "neg") return neg(mul(l.args[0]!, r));
  if (r.op === "neg") return neg(mul(l, r.args[0]!));
  return node("mul", [l, r]);
}

/** -a */
export function neg(a: Arg): Node {
  const arg = nodeOf(a);
  if (isConstant(arg)) return nodeOf(-arg.value);
  if (arg.op === "neg") return arg.args[0]!;
  if (arg.op === "sub") return sub(arg.args[1]!, arg.args[0]!);
  return node("neg", [arg]);
}

const unary = (op: Operator) => (a: Arg): Node => node(op, [nodeOf(a)]);
const binary = (op: Operator) => (a: Arg, b: Arg): Node =>
  node(op, [nodeOf(a), nodeOf(b)]);

/** a / b */
export const div: (a: Arg, b: Arg) => Node = binary("div");
/** The smaller of the two. */
export const min: (a: Arg, b: Arg) => Node = binary("min");
/** The larger of the two. */
export const max: (a: Arg, b: Arg) => Node = binary("max");
/** Whether a < b: a condition of {@linkcode select}. */
export const less: (a: Arg, b: Arg) => Node = binary("less");
/** Whether a <= b: a condition of {@linkcode select}. */
export const atMost: (a: Arg, b: Arg) => Node = binary("atMost");
/** |a| */
export const abs: (a: Arg) => Node = unary("abs");
/** -1, 0 or 1 */
export const sign: (a: Arg) => Node = unary("sign");
/** e^a */
export const exp: (a: Arg) => Node = unary("exp");
/** log a */
export const log: (a: Arg) => Node = unary("log");
/** 1 / (1 + e^-a) */
export const sigmoid: (a: Arg) => Node = unary("sigmoid");
/** log(1 + e^a) */
export const softplus: (a: Arg) => Node = unary("softplus");
/** a^2 */
export const square = (a: Node): Node => mul(a, a);

/** a where the condition holds, else b. */
export function select(condition: Node, a: Arg, b: Arg): Node {
  const [l, r] = [nodeOf(a), nodeOf(b)];
  return l === r ? l : node("select", [condition, l, r]);
}

/** c[0] + c[1] a + c[2] a^2 + ... */
export function polynomial(a: Node, coefficients: readonly number[]): Node {
  return coefficients.slice(0, -1).reduceRight<Node>(
    (sum, coefficient) => add(mul(sum, a), coefficient),
    nodeOf(coefficients.at(-1)!),
  );
}

/** The expressions and all that they are made of, arguments first. */
export function inOrder(roots: readonly Node[]): Node[] {
  const found = new Set<Node>();
  function visit(own: Node) {
    if (found.has(own)) return;
    own.args.forEach(visit);
    found.add(own);
  }
  roots.forEach(visit);
  return [...found];
}

/** Whether the expression reads the leaf. */
export function reads(root: Node, leaf: Node): boolean {
  return inOrder([root]).includes(leaf);
}
