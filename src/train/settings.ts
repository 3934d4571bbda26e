/** Settings of runs: the flags of their configs, by which sweeps tell them apart. */

import { allFlags, type Flag, writeFields } from "../config/field.ts";
import { UserError } from "../errors.ts";
import { didYouMean } from "../table.ts";
import { naturally } from "../text.ts";
import { RUN_FIELDS, type RunConfig, runConfigSchema } from "./config.ts";

/** All settings by flag, those of a script's parts too. */
export function allSettings(): ReadonlyMap<string, Flag> {
  return new Map(allFlags(RUN_FIELDS).map((flag) => [flag.flag, flag]));
}

/** What counts in a name, however it is spelt: `latent-dim`, `latentDim`. */
const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, "");

/**
 * The setting of a name: its flag, its column or its field of run.json, in any
 * of their spellings; undefined: there is none.
 */
export function settingNamed(name: string): Flag | undefined {
  const settings = [...allSettings().values()];
  return settings.find(({ flag }) =>
    [flag, columnOf(flag)].some((own) => plain(own) === plain(name))
  ) ?? Object.entries(RUN_FIELDS)
    .find(([field]) => plain(field) === plain(name))?.[1].flags[0];
}

/**
 * {@linkcode settingNamed}.
 *
 * @param where it is named, for the message
 * @throws {UserError} there is none
 */
export function requireSetting(
  name: string,
  where: string,
  offered: readonly string[] = [...allSettings().keys()],
): Flag {
  const setting = settingNamed(name);
  if (setting !== undefined) return setting;
  throw new UserError(
    `${where}: no setting of a run is called ${name}` +
      (didYouMean(name, offered) || "; --help lists them"),
  );
}

/** What stands before values that all names of runs have. */
const SHORT: Readonly<Record<string, string>> = {
  ...{ "latent": "z", "upper-latent": "upper", "samples": "L", "k": "k" },
  ...{ "seed": "seed", "condition": "given" },
};

/** A setting in a name, such as `lr0.01`, `adagrad` or `init-normal`. */
export function pieceOf(flag: string, text: string): string {
  const short = allSettings().get(flag)!.short ?? SHORT[flag] ?? "";
  const value = text.replaceAll(/[^A-Za-z0-9._]+/g, "-");
  return short === "" || /^[\d.]/.test(value)
    ? short + value
    : `${short}-${value}`;
}

/** The column of a setting in tables, such as `batch_size`. */
export function columnOf(flag: string): string {
  return flag === "latent" ? "latent_dim" : flag.replaceAll("-", "_");
}

/** The settings that have an effect on a run, as they would be typed, by flag. */
export function settingsOf(config: RunConfig): ReadonlyMap<string, string> {
  return new Map(writeFields(RUN_FIELDS, config));
}

/** The same of a config from outside; null: this version has no such config. */
export function typedSettings(
  config: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, string> | null {
  const { data } = runConfigSchema.safeParse(config);
  return data === undefined ? null : settingsOf(data);
}

/** The settings that are not the same in all runs, in the order of the flags. */
export function varying(
  runs: readonly { readonly config: RunConfig }[],
): string[] {
  const all = runs.map(({ config }) => settingsOf(config));
  return [...allSettings().keys()].filter((flag) =>
    new Set(all.map((settings) => settings.get(flag))).size > 1
  );
}

/** The runs in the order of what varies among them; numbers by their size. */
export function inOrder<R extends { readonly config: RunConfig }>(
  runs: readonly R[],
): R[] {
  const flags = varying(runs);
  return runs
    .map((run) => ({ run, settings: settingsOf(run.config) }))
    .sort((a, b) => {
      for (const flag of flags) {
        const [one, other] = [a, b].map(({ settings }) => settings.get(flag));
        if (one !== other) return compared(one ?? "", other ?? "");
      }
      return 0;
    })
    .map(({ run }) => run);
}

function compared(a: string, b: string): number {
  return Number(a) - Number(b) || naturally(a, b);
}
