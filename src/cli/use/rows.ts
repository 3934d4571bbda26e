/** Which rows the commands that use a trained model take. */

import { basename } from "node:path";
import { once } from "../../config/texts.ts";
import { text, word } from "../../config/value.ts";
import { BINARISATION_TABLE, binariseOnce } from "../../data/binarise.ts";
import type { Examples } from "../../data/dataset.ts";
import { readNewRows } from "../../data/own/new_rows.ts";
import { type TrainingData, trainRowsAsTest } from "../../data/load.ts";
import { UserError } from "../../errors.ts";
import { checkData } from "../../train/check_data.ts";
import type { RunConfig } from "../../train/config.ts";
import { rowOf } from "../../table.ts";
import type { RestoredRun } from "../finished_runs.ts";
import { fileName } from "./output.ts";

/** The two splits. */
export const SPLITS = ["train", "test"] as const;

/** One of the splits. */
export type SplitName = typeof SPLITS[number];

/** Flags of commands that take rows. */
export const ROW_FLAGS = {
  split: ["NAME", `${SPLITS.join(", ")}: which rows (default: test)`],
  new: ["PATH", "rows of a file instead, of the same form as the run's data"],
} as const;

/** What they are read as. */
export const rowFlagsSchema = {
  split: once(word(SPLITS)),
  new: once(text("PATH")),
} as const;

/** The rows that a command takes. */
export interface Chosen {
  /** the run's data, with the rows as its test split */
  readonly data: TrainingData;
  /** for names of files, such as `train` */
  readonly name: string;
  /** for titles, such as `train split` */
  readonly title: string;
  /** for messages */
  readonly where: string;
}

/**
 * The rows of a split, or of a file. Pixels that training draws from grey levels
 * are drawn once.
 *
 * @throws {UserError} the file cannot be read, or its rows are of another form
 */
export function chooseRows(
  { run: { config, folder }, data }: RestoredRun,
  { split, new: path }: {
    readonly split?: SplitName | undefined;
    readonly new?: string | undefined;
  },
): Chosen {
  if (path !== undefined) {
    if (split !== undefined) {
      throw new UserError(
        `--split ${split}: the rows are those of --new; leave one out`,
      );
    }
    const title = basename(path);
    return {
      data: newRows(data, config, path),
      name: fileName(title),
      title,
      where: path,
    };
  }
  const name = split ?? "test";
  return {
    data: name === "train"
      ? trainRowsAsTest(data, config, data.train.count)
      : data,
    name,
    title: `${name} split`,
    where: `the ${name} split of ${folder}`,
  };
}

/** The data with the rows of a file as the test split, and without labels. */
function newRows(
  data: TrainingData,
  config: RunConfig,
  path: string,
): TrainingData {
  if (data.condition !== undefined) {
    throw new UserError(
      `--new ${path}: the model is conditioned on labels, which new rows do ` +
        "not have; use --split",
    );
  }
  const rows = readNewRows(path, data, config.own);
  const { labels: _, ...rest } = data;
  const made = { ...rest, name: path, test: rows };
  checkData(made, config);
  const { test } = rowOf(BINARISATION_TABLE, config.binarize, "binarisation");
  const areBits = rows.values.every((value) => value === 0 || value === 1);
  if (test !== "once" || areBits) return made;
  const levels = Uint8Array.from(rows.values, (x) => Math.round(255 * x));
  return {
    ...made,
    test: binariseOnce({ ...rows, values: levels }, config.dataSeed, "test"),
  };
}

/** @throws {UserError} a row that is not there */
export function requireRows(
  flag: string,
  rows: readonly number[],
  { count }: Examples,
  where: string,
): void {
  const missing = rows.find((row) => row >= count);
  if (missing === undefined) return;
  throw new UserError(
    `--${flag} ${missing}: ${where} has ${count} rows, from 0 to ${count - 1}`,
  );
}

/** @throws {UserError} more rows are asked for than there are */
export function requireCount(
  asked: number | undefined,
  { count }: Examples,
  where: string,
): void {
  if (asked === undefined || asked <= count) return;
  throw new UserError(
    `--rows ${asked}: ${where} has ${count} rows; leave --rows out for all`,
  );
}
