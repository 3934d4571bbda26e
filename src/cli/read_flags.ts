/** A command line as the values of its flags. */

import { parseArgs } from "@std/cli";
import { UserError } from "../errors.ts";
import {
  type Defaults,
  type Flag,
  type FlagName,
  flagNames,
  FLAGS,
  type FlagValues,
  SWITCHES,
} from "./flags.ts";
import { withNegativeNumbers } from "./negative_numbers.ts";

/**
 * Reads a command line.
 *
 * @param fixed flags that the experiment sets and the user may not
 * @throws {UserError} unknown flag, missing or bad value
 */
export function readFlags(
  args: readonly string[],
  defaults: Defaults,
  fixed: Defaults = {},
): FlagValues {
  const offered = flagNames(fixed);
  const parsed: Record<string, unknown> = parseArgs(
    withNegativeNumbers(args, offered),
    {
      string: offered,
      collect: offered,
      boolean: Object.keys(SWITCHES),
      unknown: (arg: string) => {
        throw new UserError(`${arg}: no such flag; --help lists them`);
      },
    },
  );
  const switches = Object.fromEntries(
    Object.keys(SWITCHES).map((name) => [name, parsed[name] === true]),
  );
  const values = (Object.keys(FLAGS) as FlagName[]).map((name) => {
    const typed = (parsed[name] ?? []) as string[];
    const given = typed.length > 0
      ? oneText(name, typed)
      : fixed[name] ?? defaults[name] ?? (FLAGS[name] as Flag).default;
    return [name, given === undefined ? undefined : readValue(name, given)];
  });
  return { ...Object.fromEntries(values), ...switches } as FlagValues;
}

/** Lists may be given in several flags; everything else once. */
function oneText(name: FlagName, typed: readonly string[]): string {
  if (typed.length > 1 && !FLAGS[name].value.endsWith(",...")) {
    throw new UserError(`--${name}: given ${typed.length} times; give it once`);
  }
  return typed.join(",");
}

function readValue(name: FlagName, typed: string): unknown {
  const result = (FLAGS[name] as Flag).schema.safeParse(typed);
  if (result.success) return result.data;
  throw new UserError(`--${name} ${typed}: ${result.error.issues[0]?.message}`);
}
