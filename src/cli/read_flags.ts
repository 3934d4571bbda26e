/** A command line as the texts of its flags, for each of its runs. */

import { allFlags, type Flag, type Text, type Texts } from "../config/field.ts";
import { valueOf } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { RUN_FIELDS } from "../train/config.ts";
import {
  type Axis,
  axisOf,
  axisOfSweep,
  combinations,
  requireOnce,
  SWEEP,
} from "./axes.ts";
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
    if (flags.has(name) || name in SWITCHES || name === SWEEP.flag) {
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
  /**
   * what it sweeps, and names its runs by: values of any flag as --sweep takes
   * them, such as "20,50,100"
   */
  readonly sweep?: Defaults;
  /** what it runs, one set-up after the other; `defaults` come before theirs */
  readonly setups?: readonly Setup[];
}

/** A command line, read. */
export interface CommandLine {
  /** flags with a value, for each combination that is asked for, in order */
  readonly runs: readonly Texts[];
  /** the flags that are swept, also where it is over one value */
  readonly swept: readonly string[];
  /** the axes that are files of combinations */
  readonly files: readonly Axis[];
  /** those without a value */
  readonly switches: Switches;
  /** what the experiment has for the first set-up */
  readonly defaults: Defaults;
}

/**
 * Reads a command line: all combinations of what is swept, with the defaults of
 * each set-up that they ask for. Where they ask for none of them, such as for
 * other data, they have the first one's defaults.
 *
 * @throws {UserError} unknown flag, also of the experiment's own settings;
 *   missing value; no such variant; a value that is swept does not fit
 */
export function readFlags(
  args: readonly string[],
  rules: FlagRules = {},
): CommandLine {
  const { defaults = {}, fixed = {}, sweep = {} } = rules;
  const { setups = [{ of: {}, defaults: {} }] } = rules;
  requireFlags([defaults, fixed, sweep, ...setups.flatMap(Object.values)]);
  const { given, axes, switches } = typedBy(args, fixed);
  requireOnce(axes, given);
  requireVariant(given["variant"], setups);

  const typed = new Set([
    ...Object.keys(given),
    ...axes.flatMap(({ flags }) => flags),
  ]);
  const hasOwnData = "data" in given || "data" in fixed;
  const all = setups.map(({ of, defaults: own }) => {
    const fallbacks = { ...own, ...of, ...defaults, ...sweep };
    const { dataset: _, ...withoutDataset } = fallbacks;
    const texts: Defaults = {
      ...hasOwnData ? withoutDataset : fallbacks,
      ...fixed,
      ...given,
    };
    const isAsked = (point: Defaults) =>
      Object.entries(of).every(([flag, text]) => {
        const asked = typed.has(flag) ? point[flag] : undefined;
        return isSame(flag, text, asked ?? texts[flag]!);
      });
    return { of, fallbacks, texts, isAsked };
  });
  const swept = new Set(Object.keys(sweep));
  const runs = all.flatMap((setup, i) => {
    const { of, fallbacks, texts, isAsked } = setup;
    const lists = [...valuedFlags().values()]
      .filter(({ flag, isSwept }) =>
        flag in texts && (isSwept || flag in sweep)
      );
    const own = lists.filter(({ flag }) => !typed.has(flag))
      .map((flag) => axisOf(flag, texts[flag.flag]!));
    const inOrder = [...axes, ...own].sort((a, b) => placeOf(a) - placeOf(b));
    inOrder.flatMap(({ flags }) => flags).forEach((flag) => swept.add(flag));
    const points = combinations(inOrder).map((point) => ({
      ...given,
      ...point,
    }))
      .filter((point) =>
        isAsked(point) || i === 0 && !all.some(({ isAsked }) => isAsked(point))
      );
    return points.map((point) => {
      const left = lists.find(({ flag }) =>
        typed.has(flag) && !(flag in point)
      );
      if (left !== undefined) {
        throw new UserError(
          `--sweep: a row leaves --${left.flag} empty, which the experiment ` +
            "sweeps itself; give a value",
        );
      }
      const texts = { ...setup.texts, ...point };
      return new Map(
        Object.entries(texts).map(([flag, text]): [string, Text] => {
          const isGiven = typed.has(flag) && flag in point || flag in of;
          return [flag, { text, isGiven, fallback: fallbacks[flag] }];
        }),
      );
    });
  });
  return {
    ...{ runs, swept: [...swept], switches },
    files: axes.filter(({ file }) => file !== undefined),
    defaults: all[0]!.fallbacks,
  };
}
/** What the user typed. @throws {UserError} see {@linkcode readFlags} */
function typedBy(args: readonly string[], fixed: Defaults) {
  const offered = [...valuedFlags().values()]
    .filter(({ flag }) => isOffered(flag, fixed));
  const parsed = parseFlags(args, {
    valued: [...offered.map(({ flag }) => flag), SWEEP.flag],
    switches: Object.keys(SWITCHES),
  });
  const given: Record<string, string> = {};
  const axes: Axis[] = [];
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
    const text = texts.join(",");
    if (isSwept) axes.push(axisOf({ flag, value }, text));
    else given[flag] = text;
  }
  for (const text of parsed[SWEEP.flag] as string[]) {
    axes.push(axisOfSweep(text, (flag) => isOffered(flag, fixed)));
  }
  const switches = Object.fromEntries(
    Object.keys(SWITCHES).map((name) => [name, parsed[name] === true]),
  ) as Switches;
  return { given, axes, switches };
}

/** Where an axis stands among others: where its first flag does. */
function placeOf({ flags: [first] }: Axis): number {
  return [...valuedFlags().keys()].indexOf(first!);
}

/** @throws {UserError} a setting of the experiment is no flag */
function requireFlags(settings: readonly Defaults[]): void {
  const flags = valuedFlags();
  for (const flag of settings.flatMap(Object.keys)) {
    if (flags.has(flag)) continue;
    const message = noSuchFlag(`--${flag}`, [...flags.keys()]);
    throw new UserError(`the experiment's defaults: ${message}`);
  }
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
