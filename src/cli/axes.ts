/** What a command sweeps: settings, each with the values that it takes. */

import type { Flag, Texts } from "../config/field.ts";
import { expectation, swept, type Value, valueOf } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { readBytesSync } from "../files.ts";
import { parseTable } from "../results/csv_table.ts";
import type { RunConfig } from "../train/config.ts";
import { allSettings, requireSetting } from "../train/settings.ts";
import type { Defaults } from "./flags.ts";

/**
 * Settings that vary together, and the texts that they have at each point, as
 * they would be typed. Mostly it is one setting; the columns of a file are
 * several, of which a point may leave some as they are.
 */
export interface Axis {
  /** the settings, by flag */
  readonly flags: readonly string[];
  /** by flag */
  readonly points: readonly Defaults[];
  /** the file whose rows they are; absent: they are of none */
  readonly file?: string;
}

/** The flag of any axis, which may be given several times. */
export const SWEEP = {
  flag: "sweep",
  placeholder: "NAME=V,...",
  help: "values of any flag of a run above, each a run, such as " +
    '--sweep beta=1,2,4, --sweep seed=1-10, or "hidden=200;200,200" of values ' +
    "with commas; @FILE.csv: a combination of values in each row; may be given " +
    "several times",
} as const;

/** Runs of a command: a folder each. */
export const MOST_RUNS = 10_000;

/**
 * The axis of one setting: its values, separated by commas. Of integers `1-10`
 * is all from 1 to 10.
 *
 * @throws {UserError} a value does not fit, or is there twice
 */
export function axisOf(
  { flag, value }: Pick<Flag, "flag" | "value">,
  text: string,
  separator = ",",
): Axis {
  const items = text.split(separator)
    .flatMap((item) => rangeOf(value, item, `--${flag} ${text}`) ?? [item]);
  const all = { ...swept(value), parse: () => items.map(value.parse) };
  if (items.length > 1 && valueOf(all, text) === undefined) {
    throw new UserError(`--${flag} ${text}: ${expectation(all, text)}`);
  }
  return { flags: [flag], points: items.map((item) => ({ [flag]: item })) };
}

/** The integers of a range; undefined: the item is none. */
function rangeOf(
  { isInteger }: Value<unknown>,
  item: string,
  shown: string,
): string[] | undefined {
  const ends = isInteger ? /^(\d+)-(\d+)$/.exec(item) : null;
  if (ends === null) return undefined;
  const [first, last] = [Number(ends[1]), Number(ends[2])];
  const count = last - first + 1;
  if (!(count >= 1 && count <= MOST_RUNS)) {
    throw new UserError(
      `${shown}: expected a range FIRST-LAST of 1 to ${MOST_RUNS} integers`,
    );
  }
  return Array.from({ length: count }, (_, i) => String(first + i));
}

/**
 * The axis that a `--sweep` asks for: `NAME=V,V,...`, or `@FILE.csv`.
 *
 * @param isOffered whether users may set a flag
 * @throws {UserError} there is no such setting, a value does not fit, or the
 *   file cannot be read
 */
export function axisOfSweep(
  text: string,
  isOffered: (flag: string) => boolean,
): Axis {
  if (text.startsWith("@")) return axisOfFile(text.slice(1), isOffered);
  const [, name, values] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || values === undefined) {
    throw new UserError(
      `--sweep ${text}: expected NAME=VALUE,VALUE,..., such as beta=1,2,4, ` +
        "or @FILE.csv",
    );
  }
  const setting = settingOf(name, `--sweep ${text}`, isOffered);
  return axisOf(setting, values, values.includes(";") ? ";" : ",");
}

/** A table with a setting in each column, and a point in each row. */
function axisOfFile(
  path: string,
  isOffered: (flag: string) => boolean,
): Axis {
  const where = `--sweep @${path}`;
  const bytes = readBytesSync(path, { remedy: "give another file" });
  const { columns, rows } = parseTable(
    withLastLineEnded(bytes),
    path,
    "save it as CSV with a header of the settings' names",
  );
  const settings = [...columns.values()].map(({ name, texts }) => ({
    ...settingOf(name, where, isOffered),
    texts,
  }));
  const flags = settings.map(({ flag }) => flag);
  const twice = flags.find((flag, i) => flags.indexOf(flag) < i);
  if (twice !== undefined) {
    throw new UserError(`${where}: two columns are --${twice}; leave one out`);
  }
  if (rows === 0) throw new UserError(`${where}: it has no rows`);
  const points = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      settings.flatMap(({ flag, value, texts }) => {
        const text = texts[row]!;
        if (text === "") return []; // as it is without the flag
        if (valueOf(value, text) !== undefined) return [[flag, text]];
        throw new UserError(
          `${where}: row ${row + 1}: --${flag} ${text}: ` +
            expectation(value, text),
        );
      }),
    ));
  requireDifferent(points, settings, where);
  return { flags, points, file: path };
}

/** @throws {UserError} two rows of a file ask for the same */
function requireDifferent(
  points: readonly Defaults[],
  settings: readonly Flag[],
  where: string,
): void {
  const rows = new Map<string, number>();
  for (const [i, point] of points.entries()) {
    const asked = JSON.stringify(settings.map(({ flag, value }) => {
      const text = point[flag];
      return text === undefined ? null : value.write(valueOf(value, text));
    }));
    const first = rows.get(asked);
    if (first !== undefined) {
      throw new UserError(
        `${where}: rows ${first} and ${i + 1} are the same; leave one out`,
      );
    }
    rows.set(asked, i + 1);
  }
}

/** A run that a command asks for, and the texts of its flags. */
interface Asked {
  readonly texts: Texts;
  readonly config: RunConfig;
}

/**
 * Refuses two rows of a file that ask for the same runs in other words: one
 * leaves a cell empty, and the other has in it what there is without, or a
 * setting that has no effect there.
 *
 * @throws {UserError} there are such rows
 */
export function requireRowsDiffer(
  { flags, file }: Axis,
  runs: readonly Asked[],
): void {
  const cellsOf = ({ texts }: Asked) =>
    flags.map((flag) => {
      const { text, isGiven } = texts.get(flag) ?? {};
      return `${flag} ${isGiven ? text : "empty"}`;
    }).join(", ");
  const rows = Map.groupBy(runs, cellsOf);
  const byRuns = new Map<string, string>();
  for (const [cells, own] of rows) {
    const asked = own.map(({ config }) => JSON.stringify(config)).join("\n");
    const other = byRuns.get(asked);
    if (other !== undefined) {
      throw new UserError(
        `--sweep @${file}: the rows with ${other} and with ${cells} ask for ` +
          "the same; leave one out",
      );
    }
    byRuns.set(asked, cells);
  }
}

/** The bytes of a text whose last line ends, as some editors leave it not. */
function withLastLineEnded(bytes: Uint8Array): Uint8Array {
  const LF = 0x0a;
  if (bytes.at(-1) === LF) return bytes;
  const whole = new Uint8Array(bytes.length + 1);
  whole.set(bytes);
  whole[bytes.length] = LF;
  return whole;
}

/** @throws {UserError} there is no such setting, or the experiment sets it */
function settingOf(
  name: string,
  where: string,
  isOffered: (flag: string) => boolean,
): Flag {
  const names = [...allSettings().keys()].filter(isOffered);
  const setting = requireSetting(name, where, names);
  if (isOffered(setting.flag)) return setting;
  throw new UserError(`${where}: the experiment itself sets ${name}`);
}

/** @throws {UserError} two axes have a setting, or one is set beside them */
export function requireOnce(
  axes: readonly Axis[],
  given: Defaults,
): void {
  const seen = new Set(Object.keys(given));
  for (const flag of axes.flatMap(({ flags }) => flags)) {
    if (seen.has(flag)) {
      throw new UserError(
        `--${flag}: given twice; give all its values at once`,
      );
    }
    seen.add(flag);
  }
}

/**
 * All combinations of a point of each axis, the last axis first.
 *
 * @throws {UserError} they are too many
 */
export function combinations(axes: readonly Axis[]): Defaults[] {
  const count = axes.reduce((count, { points }) => count * points.length, 1);
  if (count > MOST_RUNS) {
    const flags = axes.filter(({ points }) => points.length > 1)
      .map(({ flags }) => flags.map((flag) => `--${flag}`).join(" and "))
      .join(" times ");
    throw new UserError(`${flags}: ${count} runs; at most ${MOST_RUNS}`);
  }
  return axes.reduce<Defaults[]>(
    (all, { points }) =>
      all.flatMap((texts) => points.map((point) => ({ ...texts, ...point }))),
    [{}],
  );
}
