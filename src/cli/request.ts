/** A command line as the runs that it asks for, and back. */

import {
  readFields,
  type Texts,
  unusedFlags,
  writeFields,
} from "../config/field.ts";
import { backendFor } from "../engine/open_engine.ts";
import { UserError } from "../errors.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import { varying } from "../train/settings.ts";
import { RUN_FIELDS, type RunConfig } from "../train/config.ts";
import {
  type Defaults,
  OPTION_FIELDS,
  type Options,
  type Switches,
} from "./flags.ts";
import type { CommandLine } from "./read_flags.ts";
import { requireRowsDiffer } from "./axes.ts";
import { checkRules } from "./rules.ts";
import { nameOf, type NameRules } from "./run_names.ts";

/** A command line, understood. */
export interface Request extends Options {
  /** what it asks for, in order */
  readonly runs: readonly PlannedRun[];
  /** the flags that it sweeps, also where it is over one value */
  readonly swept: readonly string[];
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
  { runs, swept, files, switches }: CommandLine,
  rules: RunRules = {},
): Request {
  const options = readFields<Options>(OPTION_FIELDS, runs[0]!);
  const planned = runs.map((texts) => ({
    texts,
    config: configOf(texts, rules),
  }));
  for (const axis of files) requireRowsDiffer(axis, planned);
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
    swept,
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
 *
 * @throws {UserError} two of them have one name
 */
function different(runs: readonly PlannedRun[]): PlannedRun[] {
  const byConfig = new Map<string, PlannedRun>();
  for (const run of runs) {
    const key = JSON.stringify(run.config);
    const known = byConfig.get(key);
    if (known && known.name.length <= run.name.length) continue;
    byConfig.set(key, run);
  }
  const byName = new Map<string, PlannedRun>();
  for (const run of byConfig.values()) {
    const other = byName.get(run.name);
    if (other !== undefined) {
      const flags = varying([other, run]).map((flag) => `--${flag}`);
      throw new UserError(
        `${flags.join(" and ")}: two runs would have the name ${run.name}; ` +
          "give them one by one, each with another --out",
      );
    }
    byName.set(run.name, run);
  }
  return [...byConfig.values()];
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
  if (switches.json && !switches.list) {
    throw new UserError("--json: it has no effect without --list; add that");
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
