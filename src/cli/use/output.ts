/** Where the commands that use a trained model write what they make. */

import { extname } from "node:path";
import { z } from "zod";
import type { Value } from "../../config/value.ts";
import { type Cell, formatRows, type Row } from "../../results/csv_text.ts";
import { gridOf } from "../../sweep/pictures.ts";
import { encodeNpy } from "../../results/npy_file.ts";
import { UserError } from "../../errors.ts";
import { inUserUnits } from "../../data/own/scale.ts";
import { datasetRow, type TrainingData } from "../../data/load.ts";
import type { FinishedRun } from "../../sweep/finished_run.ts";
import {
  forEachRun,
  type RestoredRun,
  type RunFlags,
  writeIntoRun,
} from "../finished_runs.ts";
import { print } from "../progress.ts";
import { readTask, type Task } from "../task.ts";
import { writeNew } from "../user_files.ts";

/** A file to write, by the ending of its name. */
export function fileTo<const E extends string>(
  endings: readonly E[],
): Value<string> {
  const names = endings.map((ending) => `NAME${ending}`);
  return {
    placeholder: "FILE",
    expected: `a file to write: ${names.join(", ")}`,
    schema: () =>
      z.string().refine((path) => endings.includes(extname(path) as E)),
    parse: (text) => text,
    write: (path) => path,
  };
}

/** The endings of files of observations, which are values of x. */
export const X_ENDINGS = [".png", ".csv", ".npy"] as const;

/** Help of `--out` for observations. */
export const X_OUT_HELP =
  `NAME${X_ENDINGS.join(", NAME")}: values are in your data's units ` +
  "(default: of images a .png in the run's folder; of tables CSV is printed)";

/** Flags of a command that makes observations. */
type OutFlags = RunFlags & { readonly out?: string | undefined };

/**
 * Runs a command that makes observations from each of its runs.
 *
 * @throws {UserError} a mistake, said in one line
 */
export async function makeFromRuns<F extends OutFlags>(
  name: string,
  args: readonly string[],
  task: Task<F>,
  make: (restored: RestoredRun, flags: F) => Promise<void>,
): Promise<void> {
  const flags = readTask(args, task);
  if (flags === null) return;
  await forEachRun(name, flags, {
    writes: { out: flags.out },
    check: (run) => requirePicture(run, flags.out),
    work: (restored) => make(restored, flags),
  });
}

/** @throws {UserError} a picture is asked for of what is no image */
function requirePicture(
  { folder, config }: FinishedRun,
  out: string | undefined,
): void {
  if (out === undefined || extname(out) !== ".png") return;
  if (datasetRow(config).image !== null) return;
  throw new UserError(
    `--out ${out}: the rows of ${folder} are no images; use .csv or .npy`,
  );
}

/** Columns of CSV files before the values, and what they have in each row. */
export interface Keys {
  /** their names */
  readonly columns: readonly string[];
  /** a cell for each of the names */
  readonly rows: readonly (readonly Cell[])[];
}

/** Observations that a command has made. */
export interface Made {
  /** n rows of the model's values, [n, D] */
  readonly values: Float32Array;
  /** what is said of each row beside its values */
  readonly keys?: Keys;
  /** the file in the run's folder, without its ending */
  readonly name: string;
  /** where rows are images, all in one PNG */
  readonly png: () => Promise<Uint8Array> | Uint8Array;
}

/** Whether observations are drawn, and not written as numbers. */
export function isPicture(
  { image }: TrainingData,
  out: string | undefined,
): boolean {
  return out === undefined ? image !== null : extname(out) === ".png";
}

/** Writes observations to `--out`, or where they go without it. */
export async function writeMade(
  { run, data }: RestoredRun,
  made: Made,
  out: string | undefined,
): Promise<void> {
  if (out === undefined) {
    if (!isPicture(data, out)) {
      print(linesOf(csvOf(made, data)));
      return;
    }
    const name = `${made.name}.png`;
    await writeIntoRun(run, [{ name, text: await made.png() }]);
    print(`written: ${run.folder}/${name}`);
    return;
  }
  const content = {
    ".png": () => made.png(),
    ".csv": () => csvOf(made, data),
    ".npy": () => npyOf(made, data),
  }[extname(out) as typeof X_ENDINGS[number]];
  await writeNew({ flag: "out", path: out, content: await content() });
}

/** The lines of a text whose last one ends, too. */
export function linesOf(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

/** The names of the values of a row. */
export function columnNames({ columns, dim }: TrainingData): readonly string[] {
  return columns ?? Array.from({ length: dim }, (_, i) => `x_${i + 1}`);
}

function csvOf({ values, keys }: Made, data: TrainingData): string {
  const names = columnNames(data);
  const own = keys?.columns ?? [];
  // By place: a column of the user's may be called as one of the keys.
  const columns = [...own, ...names].map((_, i) => `${i}`);
  const inUnits = inUserUnits(values, data.units);
  const rows = Array.from({ length: values.length / data.dim }, (_, i): Row => {
    const of = inUnits.subarray(i * data.dim, (i + 1) * data.dim);
    const cells = [...keys?.rows[i] ?? [], ...of];
    return Object.fromEntries(cells.map((cell, at) => [`${at}`, cell]));
  });
  return formatRows([...own, ...names], [], { headers: true }) +
    formatRows(columns, rows, { headers: false });
}

/** [n, D], or [n, H, W] and [n, H, W, C] of images. */
function npyOf({ values }: Made, { image, dim, units }: TrainingData) {
  const { height = dim, width, channels = 1 } = image ?? {};
  const sizes = [height, ...width === undefined ? [] : [width]];
  const shape = channels === 1 ? sizes : [...sizes, channels];
  return encodeNpy(
    [values.length / dim, ...shape],
    inUserUnits(values, units),
  );
}

/** Sets of images below a caption, large enough to be seen. */
export function pictureOf(
  data: TrainingData,
  sets: readonly Float32Array[],
  columns: number,
  caption: string,
): Promise<Uint8Array> {
  return gridOf(data)(sets, { ...data.image!, columns }, caption);
}

/** Images beside each other where so many are drawn: few are in rows of ten. */
export function columnsFor(images: number): number {
  return Math.max(10, Math.ceil(Math.sqrt(images)));
}

/** What of a text suits the name of a file. */
export function fileName(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]+/g, "-");
}
