/**
 * Local stand-in for `jsr:@std/cli`: the part that this project uses. See
 * README.md here for what was checked against the original.
 */

/** Options of {@linkcode parseArgs}. */
export interface ParseOptions {
  /** flags that are true when given and false otherwise */
  boolean?: readonly string[];
  /** flags with a text, which is empty where none follows; `_`: the words */
  string?: readonly string[];
  /** flags of `string` that may be given often: their value is an array */
  collect?: readonly string[];
  /** told of what is no flag above; false: leave it out of the result */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The flags by name, and in `_` the words that belong to none. */
export type Args = Record<string, unknown> & { _: (string | number)[] };

/**
 * Reads command-line arguments as `--flag`, `--flag value`, `--flag=value`.
 * All behind `--` is words, of which `unknown` is not told.
 *
 * The original also takes flags of one letter apart, as `-xyz`, and objects, as
 * `--a.b`; it has `--no-flag=value` for `--flag=value`.
 */
export function parseArgs(
  args: readonly string[],
  options: ParseOptions = {},
): Args {
  const { boolean = [], string = [], collect = [], unknown } = options;
  const known = new Set([...boolean, ...string, ...collect]);
  const typed = (key: string, text: string) =>
    string.includes(key) || !/\S/.test(text) || !Number.isFinite(Number(text))
      ? text
      : Number(text);
  const result: Args = { _: [] };
  for (const name of boolean) result[name] = false;
  for (const name of collect) result[name] = [];
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  for (let i = 0; i < end; i++) {
    const arg = args[i]!;
    const next = i + 1 < end ? args[i + 1]! : "";
    const [, key, given] = /^--?([^]+?)(?:=([^]*))?$/.exec(arg) ?? [];
    if (key === undefined) {
      if (unknown?.(arg) !== false) result._.push(typed("_", arg) as string);
      continue;
    }
    const isSwitch = boolean.includes(key);
    const takesNext = given === undefined && next !== "" &&
      (isSwitch ? /^(true|false)$/.test(next) : !next.startsWith("-"));
    if (takesNext) i += 1;
    const text = given ?? (takesNext ? next : undefined);
    const value = isSwitch
      ? text !== "false"
      : text ?? (string.includes(key) ? "" : true);
    if (!known.has(key) && unknown?.(arg, key, value) === false) continue;
    const kept = typeof value === "string" ? typed(key, value) : value;
    if (collect.includes(key)) (result[key] as unknown[]).push(kept);
    else result[key] = kept;
  }
  result._.push(...args.slice(end + 1));
  return result;
}
