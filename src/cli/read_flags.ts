/** A command line as the values of its flags. */

import { parseArgs } from "@std/cli";
import { UserError } from "../errors.ts";
import {
  type Defaults,
  type Flag,
  type FlagName,
  FLAGS,
  type FlagValues,
  SWITCHES,
} from "./flags.ts";
import { withNegativeNumbers } from "./negative_numbers.ts";

/** Flags that say how long a run is: one of them, given or by default. */
export const RUN_LENGTHS = ["steps", "budget", "passes"] as const;

/** Flags that the user may give. */
export function flagNames(fixed: Defaults): FlagName[] {
  return (Object.keys(FLAGS) as FlagName[]).filter((name) => !(name in fixed));
}

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
  const typedOf = (name: FlagName) => (parsed[name] ?? []) as string[];
  const unused = otherLengths(
    RUN_LENGTHS.filter((name) => typedOf(name).length > 0),
    defaults,
  );
  const values = (Object.keys(FLAGS) as FlagName[]).map((name) => {
    const typed = typedOf(name);
    const given = typed.length > 0
      ? oneText(name, typed)
      : unused.includes(name)
      ? undefined
      : fixed[name] ?? defaults[name] ?? (FLAGS[name] as Flag).default;
    return [name, given === undefined ? undefined : readValue(name, given)];
  });
  return { ...Object.fromEntries(values), ...switches } as FlagValues;
}

/** The flags of a run's length that do not say it. */
function otherLengths(
  given: readonly (typeof RUN_LENGTHS[number])[],
  defaults: Defaults,
): FlagName[] {
  if (given.length > 1) {
    throw new UserError(
      `--${given[0]} and --${given[1]}: both say how long a run is; give one`,
    );
  }
  const [length] = [
    ...given,
    ...RUN_LENGTHS.filter((name) => name in defaults),
    "steps",
  ];
  return RUN_LENGTHS.filter((name) => name !== length);
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
