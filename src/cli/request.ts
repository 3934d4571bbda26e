/** A command line as the runs that it asks for, and back. */

import {
  type Flag,
  readFields,
  type Text,
  type Texts,
  unusedFlags,
  writeFields,
} from "../config/field.ts";
import { expectation, swept, valueOf } from "../config/value.ts";
import { backendFor } from "../engine/open_engine.ts";
import { UserError } from "../errors.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import { RUN_FIELDS, type RunConfig } from "../train/config.ts";
import {
  type Defaults,
  OPTION_FIELDS,
  type Options,
  type Switches,
} from "./flags.ts";
import { type CommandLine, valuedFlags } from "./read_flags.ts";
import { checkRules } from "./rules.ts";
import { nameOf, type NameRules } from "./run_names.ts";

/** A command line, understood. */
export interface Request extends Options {
  /** what it asks for, in order */
  readonly runs: readonly PlannedRun[];
  readonly fresh: boolean;
  readonly gather: boolean;
  readonly check: boolean;
  readonly requireClean: boolean;
  readonly quiet: boolean;
}

/** Rules of an experiment for its runs, beside flags. */
export interface RunRules extends NameRules {
  /**
   * What a run's config has where no flag says it, because it depends on the
   * rest of it, such as the steps of evaluations on the run's length.
   */
  readonly derive?: { readonly [Field in keyof RunConfig]?: Derivation<Field> };
}

/** A field of a config that is derived from others. */
export interface Derivation<Field extends keyof RunConfig> {
  /** as `--help` says it */
  readonly help: string;
  /** The value, from a config that is complete but for derived fields. */
  of(config: RunConfig): RunConfig[Field];
}

/**
 * The runs that a command line asks for.
 *
 * @throws {UserError} a value does not fit, flags clash, or one of them has no
 *   effect on any run
 */
export function requestOf(
  { setups, switches }: CommandLine,
  rules: RunRules = {},
): Request {
  const options = readFields<Options>(OPTION_FIELDS, setups[0]);
  const planned = setups.flatMap((setup) =>
    sweepOf(setup).map((texts) => ({ texts, config: configOf(texts, rules) }))
  );
  requireEffects(planned, options);
  requireOneStage(options, switches);
  for (const { config } of planned) checkRules(config);
  return {
    ...options,
    backend: backendFor(options.engine, options.backend),
    runs: different(planned.map((run) => ({
      name: nameOf(run, rules, (texts) => configOf(texts, rules)),
      config: run.config,
    }))),
    fresh: switches.fresh,
    gather: switches.gather,
    check: switches.check,
    requireClean: switches["require-clean"],
    quiet: switches.quiet,
  };
}

/**
 * Runs of different configs. Of several set-ups that ask for one, that counts
 * of whose defaults it has the most.
 */
function different(runs: readonly PlannedRun[]): PlannedRun[] {
  const byConfig = new Map<string, PlannedRun>();
  for (const run of runs) {
    const key = JSON.stringify(run.config);
    const known = byConfig.get(key);
    if (known && known.name.length <= run.name.length) continue;
    byConfig.set(key, run);
  }
  return [...byConfig.values()];
}

/** Runs of a command: a folder each. */
const MOST_RUNS = 10_000;

/** The texts of each run: flags that are swept have one value in each. */
function sweepOf(setup: Texts): Texts[] {
  const lists = [...valuedFlags().values()].flatMap((flag) =>
    flag.isSwept && setup.has(flag.flag) ? [valuesOf(flag, setup)] : []
  );
  const withValue = (texts: Texts, flag: string, value: Text) =>
    new Map(texts).set(flag, value);
  const first = lists.reduce(
    (texts, { flag, values }) => withValue(texts, flag, values[0]!),
    setup,
  );
  // What the first run does not have, such as k of no bound, is not swept.
  const config = readFields<RunConfig>(RUN_FIELDS, first);
  const used = new Map(writeFields(RUN_FIELDS, config));
  const own = lists.filter(({ flag }) => used.has(flag));
  const count = own.reduce((count, { values }) => count * values.length, 1);
  if (count > MOST_RUNS) {
    const flags = own.filter(({ values }) => values.length > 1)
      .map(({ flag }) => `--${flag}`).join(" times ");
    throw new UserError(`${flags}: ${count} runs; at most ${MOST_RUNS}`);
  }
  return own.reduce(
    (sweep, { flag, values }) =>
      sweep.flatMap((texts) =>
        values.map((value) => withValue(texts, flag, value))
      ),
    [first],
  );
}

function valuesOf({ flag, value }: Flag, setup: Texts) {
  const { text, ...given } = setup.get(flag)!;
  const items = text.split(",");
  const all = swept(value);
  if (items.length > 1 && valueOf(all, text) === undefined) {
    throw new UserError(`--${flag} ${text}: ${expectation(all, text)}`);
  }
  return { flag, values: items.map((text) => ({ text, ...given })) };
}

function configOf(texts: Texts, { derive = {} }: RunRules): RunConfig {
  const config = readFields<RunConfig>(RUN_FIELDS, texts);
  const derived = Object.entries(derive)
    .filter(([field]) => !flagsOfField(field).some((flag) => texts.has(flag)))
    .map(([field, { of }]) => [field, of(config)]);
  // What is absent has no key, as in run.json.
  return Object.fromEntries(
    [...Object.entries(config), ...derived]
      .filter(([, value]) => value !== undefined),
  );
}

function flagsOfField(field: string): string[] {
  return RUN_FIELDS[field as keyof RunConfig].flags.map(({ flag }) => flag);
}

/** @throws {UserError} a flag that the user gave has no effect on any run */
function requireEffects(
  planned: readonly { readonly texts: Texts; readonly config: RunConfig }[],
  options: Options,
): void {
  const [first, ...rest] = planned.map(({ texts, config }) =>
    new Map([
      ...unusedFlags(RUN_FIELDS, texts, config, options),
      ...unusedFlags(OPTION_FIELDS, texts, options, config),
    ])
  );
  for (const [flag, reason] of first!) {
    if (!rest.every((unused) => unused.has(flag))) continue;
    const { text } = planned[0]!.texts.get(flag)!;
    throw new UserError(`--${flag} ${text}: it has no effect ${reason}`);
  }
}

/** @throws {UserError} switches that belong to other stages of an array */
function requireOneStage({ cell }: Options, switches: Switches): void {
  if (cell !== undefined && switches.gather) {
    throw new UserError("--cell, --gather: give one of them");
  }
  if (cell !== undefined && switches.check) {
    throw new UserError("--check: a cell has not all runs; use it on --gather");
  }
  for (const name of ["fresh", "require-clean"] as const) {
    if (!switches.gather || !switches[name]) continue;
    throw new UserError(
      `--${name}: it has no effect on --gather, which trains nothing`,
    );
  }
}

/** What `--help` says of derived values, by their flags. */
export function derivedHelp({ derive = {} }: RunRules): Defaults {
  return Object.fromEntries(
    Object.entries(derive).map(([field, { help }]) => [
      flagsOfField(field)[0]!,
      help,
    ]),
  );
}

/**
 * The flags that ask for one run with this config, whatever the defaults: the
 * inverse of {@linkcode requestOf}.
 *
 * @param fixed flags that the experiment sets, which are left out
 */
export function flagsOf(config: RunConfig, fixed: Defaults = {}): string[] {
  return writeFields(RUN_FIELDS, config)
    .filter(([flag]) => !(flag in fixed))
    .flatMap(([flag, text]) => [`--${flag}`, text]);
}
