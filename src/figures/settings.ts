/** Settings that tell drawn runs apart, and how figures write them. */

import type { Field } from "../config/field.ts";
import { UserError } from "../errors.ts";
import { columnOf, settingNamed } from "../train/settings.ts";
import { didYouMean } from "../table.ts";
import { naturally } from "../text.ts";
import { RUN_FIELDS } from "../train/config.ts";
import type { SourceRun } from "./source_runs.ts";

/** What a run has beside the settings of its config. */
const OF_SOURCE = {
  experiment: ({ experiment }: SourceRun) => experiment,
  revision: ({ revision }: SourceRun) =>
    revision === "" ? "working tree" : revision,
} as const;

/** The fields of configs; their types do not matter here. */
const FIELDS = RUN_FIELDS as unknown as Readonly<
  Record<string, Field<unknown>>
>;

/** Values of settings as they would be typed, by flag. */
export type Settings = ReadonlyMap<string, string>;

/**
 * The settings of a run. A value that this version does not know, such as the
 * name of a script's own part, is its JSON.
 */
export function settingsOfRun(run: SourceRun): Settings {
  const settings = new Map<string, string>();
  for (const [key, field] of Object.entries(FIELDS)) {
    const value = run.config[key];
    if (value === undefined) continue;
    const { success, data } = field.schema().safeParse(value);
    const texts: [string, string][] = success
      ? field.write(data)
      : [[field.flags[0]!.flag, wordOf(value)]];
    for (const [flag, text] of texts) settings.set(flag, text);
  }
  for (const [name, of] of Object.entries(OF_SOURCE)) {
    settings.set(name, of(run));
  }
  return settings;
}

/** The name of a part, such as {"family": "laplace"}, or JSON. */
function wordOf(value: unknown): string {
  const { name, family } = Object(value);
  return [name, family].find((word) => typeof word === "string") ??
    JSON.stringify(value);
}

/**
 * The flag of a setting that a user names by flag, column or field.
 *
 * @throws {UserError} there is no such setting
 */
export function settingFor(name: string, flag: string): string {
  if (Object.hasOwn(OF_SOURCE, name)) return name;
  const setting = settingNamed(name);
  if (setting !== undefined) return setting.flag;
  const names = Object.values(RUN_FIELDS)
    .flatMap(({ flags }) => flags.map(({ flag }) => columnOf(flag)));
  throw new UserError(
    `--${flag} ${name}: no setting of a run is called so` +
      (didYouMean(name, [...names, ...Object.keys(OF_SOURCE)]) ||
        "; run.json has them all"),
  );
}

/** How figures write settings whose flags are not what papers call them. */
const WRITTEN: Readonly<Record<string, { symbol: string; title?: string }>> = {
  latent: { symbol: "z", title: "latent dimension" },
  samples: { symbol: "L", title: "draws of z per datapoint, L" },
  k: { symbol: "k", title: "importance samples, k" },
  beta: { symbol: "\u03b2", title: "weight of the KL, \u03b2" },
  "upper-latent": { symbol: "z2", title: "dimension of z2" },
};

/** Settings whose values say what they are. */
const PLAIN = [
  ...["dataset", "likelihood", "posterior", "objective", "optimizer"],
  ...["activation", "experiment", "revision"],
];

/** What an axis of a setting is titled. */
export function settingTitle(flag: string): string {
  return WRITTEN[flag]?.title ?? flag.replaceAll("-", " ");
}

/** A setting with its value, such as `z = 10` or `iwae`. */
export function settingText(flag: string, text: string | undefined): string {
  const name = WRITTEN[flag]?.symbol ?? flag.replaceAll("-", " ");
  if (text === undefined) return `no ${name}`;
  return PLAIN.includes(flag) ? text : `${name} = ${text}`;
}

/** Values by rising number, others in natural order; none comes first. */
export function inOrderOfValue(
  texts: Iterable<string | undefined>,
): (string | undefined)[] {
  return [...new Set(texts)].sort((a = "", b = "") => {
    const [x, y] = [a, b].map((text) => text === "" ? NaN : Number(text));
    return Number.isFinite(x) && Number.isFinite(y)
      ? x! - y! || naturally(a, b)
      : naturally(a, b);
  });
}

/** Settings that runs which may be averaged share. */
export function withoutSeed(settings: Settings): Settings {
  return new Map([...settings].filter(([flag]) => flag !== "seed"));
}

/**
 * The settings by which the runs differ, without those that follow from the
 * ones before them, such as steps that depend on the data set alone.
 *
 * @param taken settings that are told apart already
 */
export function tellingApart(
  all: readonly Settings[],
  taken: readonly string[],
): string[] {
  const flags = new Set(all.flatMap((settings) => [...settings.keys()]));
  const groups = (by: readonly string[]) =>
    new Set(
      all.map((settings) =>
        JSON.stringify(by.map((flag) => settings.get(flag)))
      ),
    ).size;
  const chosen = [...taken];
  const before = chosen.length;
  for (const flag of flags) {
    if (chosen.includes(flag)) continue;
    if (groups([...chosen, flag]) > groups(chosen)) chosen.push(flag);
  }
  return chosen.slice(before);
}
