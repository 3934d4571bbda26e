/** Published set-ups of an experiment: defaults of flags that go together. */

import { UserError } from "../errors.ts";
import type { Defaults, FlagName, FlagValues } from "./flags.ts";
import { readFlags } from "./read_flags.ts";

/** One set-up, as its flags would be typed. */
export interface Setup {
  /** what it is of: it is left out where a flag asks for something else */
  readonly of: Defaults;
  /** what else it sets, where no flag does */
  readonly defaults: Defaults;
}

/** Which flags an experiment sets. */
export interface FlagRules {
  /** defaults of its own, as they would be typed */
  readonly defaults?: Defaults;
  /** flags that it sets and that nobody may change, as they would be typed */
  readonly fixed?: Defaults;
  /** what it runs, one set-up after the other; `defaults` come before theirs */
  readonly setups?: readonly Setup[];
}

/** The values of all flags in one set-up. */
export interface AskedSetup {
  /** defaults of this set-up */
  readonly defaults: Defaults;
  /** what holds */
  readonly flags: FlagValues;
}

/**
 * Reads a command line, once for each set-up that it asks for. Where it asks
 * for none of them, such as for other data, it has the first one's defaults.
 *
 * @throws {UserError} unknown flag, missing or bad value
 */
export function readSetups(
  args: readonly string[],
  { defaults = {}, fixed = {}, setups = [{ of: {}, defaults: {} }] }: FlagRules,
): [AskedSetup, ...AskedSetup[]] {
  const all = setups.map((setup) => {
    const merged = { ...setup.defaults, ...setup.of, ...defaults };
    const flags = readFlags(args, merged, fixed);
    return { setup, asked: { defaults: merged, flags } };
  });
  const { variant } = all[0]!.asked.flags;
  const variants = [...new Set(setups.map(({ of }) => of.variant))];
  if (variant !== undefined && !variants.includes(variant)) {
    const known = variants.filter((name) => name !== undefined);
    throw new UserError(
      `--variant ${variant}: ` +
        (known.length === 0
          ? "this experiment has no variants"
          : `expected one of ${known.join(", ")}`),
    );
  }
  const [first = all[0]!, ...rest] = all
    .filter(({ setup, asked }) => isOf(setup, asked.flags));
  return [first.asked, ...rest.map(({ asked }) => asked)];
}

/** Whether the flags ask for what the set-up is of. */
function isOf({ of }: Setup, flags: FlagValues): boolean {
  return Object.entries(of).every(([name, typed]) => {
    const own = readFlags([`--${name}`, typed], {})[name as FlagName];
    return JSON.stringify(own) === JSON.stringify(flags[name as FlagName]);
  });
}
