/** A command line as the texts of its flags, for each of its set-ups. */

import { allFlags, type Flag, type Text, type Texts } from "../config/field.ts";
import { valueOf } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { RUN_FIELDS } from "../train/config.ts";
import {
  type Defaults,
  isOffered,
  OPTION_FIELDS,
  SWITCHES,
  type Switches,
} from "./flags.ts";
import { noSuchFlag, parseFlags } from "./parse_flags.ts";

/**
 * All flags with a value, those of a script's parts too.
 *
 * @throws {UserError} a part has a flag that there is already
 */
export function valuedFlags(): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const flag of [...allFlags(RUN_FIELDS), ...allFlags(OPTION_FIELDS)]) {
    const name = flag.flag;
    if (flags.has(name) || name in SWITCHES) {
      throw new UserError(
        `--${name}: the script's parts have a flag of a name that is taken; ` +
          "give it another",
      );
    }
    flags.set(name, flag);
  }
  return flags;
}

/** One published set-up, as its flags would be typed. */
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
  /** flags that it sets and users may not change, as they would be typed */
  readonly fixed?: Defaults;
  /** what it runs, one set-up after the other; `defaults` come before theirs */
  readonly setups?: readonly Setup[];
}

/** A command line, read. */
export interface CommandLine {
  /** flags with a value, for each set-up that is asked for */
  readonly setups: readonly [Texts, ...Texts[]];
  /** those without */
  readonly switches: Switches;
  /** what the experiment has for the first set-up */
  readonly defaults: Defaults;
}

/**
 * Reads a command line, once for each set-up that it asks for. Where it asks
 * for none of them, such as for other data, it has the first one's defaults.
 *
 * @throws {UserError} unknown flag, also of the experiment's own settings;
 *   missing value; no such variant
 */
export function readFlags(
  args: readonly string[],
  { defaults = {}, fixed = {}, setups = [{ of: {}, defaults: {} }] }:
    FlagRules = {},
): CommandLine {
  const flags = valuedFlags();
  const settings = [defaults, fixed];
  for (const { of, defaults: own } of setups) settings.push(of, own);
  for (const flag of settings.flatMap(Object.keys)) {
    if (flags.has(flag)) continue;
    const message = noSuchFlag(`--${flag}`, [...flags.keys()]);
    throw new UserError(`the experiment's defaults: ${message}`);
  }
  const { given, switches } = typedBy(args, fixed);
  requireVariant(given["variant"], setups);
  const all = setups.map(({ of, defaults: own }) => {
    const fallbacks = { ...own, ...of, ...defaults };
    const { dataset: _, ...withoutDataset } = fallbacks;
    const hasOwnData = "data" in given || "data" in fixed;
    const texts = {
      ...hasOwnData ? withoutDataset : fallbacks,
      ...fixed,
      ...given,
    };
    return {
      fallbacks,
      isAsked: Object.entries(of)
        .every(([flag, text]) => isSame(flag, text, texts[flag]!)),
      texts: new Map(
        Object.entries(texts).map(([flag, text]): [string, Text] => [
          flag,
          {
            text,
            isGiven: flag in given || flag in of,
            fallback: fallbacks[flag],
          },
        ]),
      ),
    };
  });
  const [first = all[0]!, ...rest] = all.filter(({ isAsked }) => isAsked);
  return {
    setups: [first.texts, ...rest.map(({ texts }) => texts)],
    switches,
    defaults: first.fallbacks,
  };
}

/** What the user typed. @throws {UserError} see {@linkcode readFlags} */
function typedBy(args: readonly string[], fixed: Defaults) {
  const offered = [...valuedFlags().values()]
    .filter(({ flag }) => isOffered(flag, fixed));
  const parsed = parseFlags(args, {
    valued: offered.map(({ flag }) => flag),
    switches: Object.keys(SWITCHES),
  });
  const given: Record<string, string> = {};
  for (const { flag, value, isSwept } of offered) {
    const texts = parsed[flag] as string[];
    if (texts.length === 0) continue;
    // Lists may be given in several flags; everything else once.
    const isList = isSwept || value.placeholder.endsWith(",...");
    if (texts.length > 1 && !isList) {
      throw new UserError(
        `--${flag}: given ${texts.length} times; give it once`,
      );
    }
    given[flag] = texts.join(",");
  }
  const switches = Object.fromEntries(
    Object.keys(SWITCHES).map((name) => [name, parsed[name] === true]),
  ) as Switches;
  return { given, switches };
}

/** @throws {UserError} the experiment has no such variant */
function requireVariant(
  variant: string | undefined,
  setups: readonly Setup[],
): void {
  const known = [...new Set(setups.flatMap(({ of }) => of["variant"] ?? []))];
  if (variant === undefined || known.includes(variant)) return;
  throw new UserError(
    `--variant ${variant}: ` +
      (known.length === 0
        ? "this experiment has no variants"
        : `expected one of ${known.join(", ")}`),
  );
}

/** Whether two texts of a flag say the same. */
function isSame(flag: string, a: string, b: string): boolean {
  const { value } = valuedFlags().get(flag)!;
  const canonical = (text: string) => {
    const read = valueOf(value, text);
    return read === undefined ? text : value.write(read);
  };
  return canonical(a) === canonical(b);
}
