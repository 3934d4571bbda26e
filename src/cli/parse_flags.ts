/** A command line as what each of its flags was given. */

import { parseArgs } from "@std/cli";
import { UserError } from "../errors.ts";
import { nearest } from "../text.ts";

/** The flags of a command. */
export interface Offered {
  /** those with a value */
  readonly valued: readonly string[];
  /** those without */
  readonly switches: readonly string[];
  /** whether it takes words beside flags, such as paths */
  readonly takesWords?: boolean;
}

/**
 * What the flags were given: lists of texts, or whether a switch is there, and
 * under `_` the words.
 *
 * @throws {UserError} there is no such flag, or a switch has a value
 */
export function parseFlags(
  args: readonly string[],
  { valued, switches, takesWords = false }: Offered,
): Readonly<Record<string, unknown>> {
  const refuse = (arg: string): never => {
    throw new UserError(noSuchFlag(arg, [...valued, ...switches]));
  };
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const flags = withValues(args.slice(0, end), valued);
  for (const arg of flags) {
    // What parseArgs would take for a flag of one letter, or for --flag=value.
    if (/^-[^-]|^--no-/.test(arg)) refuse(arg);
    const [, name, value] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (!switches.includes(name!) || /^(true|false)$/.test(value!)) continue;
    throw new UserError(
      `${arg}: a switch has no value; use --${name}`,
    );
  }
  const words = args.slice(end + 1);
  if (words.length > 0 && !takesWords) {
    throw new UserError(
      `${words[0]}: nothing may follow --; --help lists the flags`,
    );
  }
  return parseArgs([...flags, "--", ...words], {
    string: ["_", ...valued],
    collect: [...valued],
    boolean: [...switches],
    unknown: (arg, key) => key === undefined && takesWords ? true : refuse(arg),
  });
}

/** The message for an unknown flag. @param arg as typed */
export function noSuchFlag(arg: string, names: readonly string[]): string {
  const near = arg.startsWith("--")
    ? nearest(arg.slice(2).split("=")[0]!, names)
    : undefined;
  const hint = near === undefined ? "" : `did you mean --${near}? `;
  return `${arg}: no such flag; ${hint}--help lists them`;
}

/**
 * The arguments with `--flag text` as `--flag=text`, so that of `--flag -1` it
 * is the flag's value that is refused, and not `-1` as a flag that there is not.
 */
function withValues(
  args: readonly string[],
  valued: readonly string[],
): string[] {
  const isValue = (i: number) =>
    i > 0 && i < args.length && /^(?!-)|^-(\d|\.\d)/.test(args[i]!) &&
    args[i - 1]!.startsWith("--") && valued.includes(args[i - 1]!.slice(2));
  return args.flatMap((arg, i) =>
    isValue(i) ? [] : isValue(i + 1) ? [`${arg}=${args[i + 1]}`] : [arg]
  );
}
