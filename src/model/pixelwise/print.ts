/** Expressions as text of a language whose values are vectors of four floats. */

import { inOrder, node } from "./expression.ts";
import type { Leaf, Lowered, Node, Operator } from "./expression.ts";

/** How a language writes expressions. */
export interface Syntax {
  /** what begins a declaration: `const`, `let` */
  readonly declare: string;
  /** ends all names; empty if absent */
  readonly suffix?: string;
  readonly leaves: Readonly<Record<Leaf, string>>;
  readonly constant: (value: number) => string;
  readonly operators: Readonly<
    Record<
      Exclude<Operator, "sigmoid" | "softplus"> | Lowered,
      (...args: string[]) => string
    >
  >;
}

/** A function call in most languages. */
export const call = (name: string) => (...args: string[]): string =>
  `${name}(${args.join(", ")})`;

/** The sigmoid and the softplus of one number share e^-|a|: it gets a node. */
function lowered(roots: readonly Node[]): Node[] {
  const done = new Map<Node, Node>();
  for (const own of inOrder(roots)) {
    const args = own.args.map((arg) => done.get(arg)!);
    const { op } = own;
    done.set(
      own,
      op === "sigmoid" || op === "softplus"
        ? node(`${op}Of`, [...args, node("expMinusAbs", args)])
        : node(op, args, own.value),
    );
  }
  return roots.map((root) => done.get(root)!);
}

/**
 * Prints expressions.
 *
 * @returns statements that compute them, and the text of each value
 */
export function print(
  roots: readonly Node[],
  { declare, suffix = "", leaves, constant, operators }: Syntax,
): { statements: string[]; names: string[] } {
  const lows = lowered(roots);
  const order = inOrder(lows);
  const uses = Map.groupBy(order.flatMap(({ args }) => args), (arg) => arg);
  const names = new Map<Node, string>();
  const statements: string[] = [];
  let count = 0;

  function textOf({ op, args, value }: Node): string {
    if (op === "constant") return constant(value);
    if (op in leaves) return leaves[op as Leaf];
    const operator = operators[op as keyof Syntax["operators"]];
    return operator(...args.map((arg) => names.get(arg)!));
  }

  for (const own of order) {
    const text = textOf(own);
    const isLeaf = own.args.length === 0;
    const isUsedOnce = (uses.get(own)?.length ?? 0) < 2;
    if (own.op === "constant" || (!isLeaf && isUsedOnce)) {
      names.set(own, text);
      continue;
    }
    const name = (isLeaf ? `${own.op}4` : `t${count++}`) + suffix;
    statements.push(`${declare} ${name} = ${text};`);
    names.set(own, name);
  }
  return { statements, names: lows.map((root) => names.get(root)!) };
}
