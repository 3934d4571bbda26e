/**
 * Local stand-in for `jsr:@std/cli`: the names and signatures that this
 * project uses, on Node's argument parser. See jsr.import_map.json.
 */

import { parseArgs as parseTokens } from "node:util";

/** Options of {@linkcode parseArgs}. */
export interface ParseOptions {
  /** flags that are true when given and false otherwise */
  boolean?: readonly string[];
  /** flags with a text; the text is empty where none follows */
  string?: readonly string[];
  /** flags of `string` that may be given often: their value is an array */
  collect?: readonly string[];
  /** called with what is no flag above; false: leave it out of the result */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The flags by name, and in `_` the arguments that belong to none. */
export type Args = Record<string, unknown> & { _: (string | number)[] };

/** Reads command-line arguments as `--flag`, `--flag value`, `--flag=value`. */
export function parseArgs(
  args: readonly string[],
  options: ParseOptions = {},
): Args {
  const { boolean = [], string = [], collect = [], unknown } = options;
  const { tokens } = parseTokens({
    args: withEmptyValues(args, string),
    strict: false,
    tokens: true,
    options: Object.fromEntries([
      ...boolean.map((name) => [name, { type: "boolean" as const }] as const),
      ...string.map((name) => [name, { type: "string" as const }] as const),
    ]),
  });
  const result: Args = { _: [] };
  for (const name of boolean) result[name] = false;
  for (const name of collect) result[name] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (unknown?.(token.value) !== false) result._.push(token.value);
      continue;
    }
    const { name, rawName } = token;
    const known = boolean.includes(name) || string.includes(name);
    if (!known && unknown?.(rawName, name, token.value) === false) continue;
    const value = boolean.includes(name)
      ? token.value !== "false"
      : token.value ?? "";
    if (collect.includes(name)) (result[name] as unknown[]).push(value);
    else result[name] = value;
  }
  return result;
}

/** As in the original, what begins with "-" is no value of the flag before. */
function withEmptyValues(
  args: readonly string[],
  string: readonly string[],
): string[] {
  const end = args.indexOf("--");
  return args.map((arg, i) => {
    const isFlag = arg.startsWith("--") && string.includes(arg.slice(2)) &&
      (end === -1 || i < end);
    return isFlag && args[i + 1]?.startsWith("-") ? `${arg}=` : arg;
  });
}
