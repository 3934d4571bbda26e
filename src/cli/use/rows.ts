/** Which rows the commands that use a trained model take. */

import type { Examples } from "../../data/dataset.ts";
import { type TrainingData, trainRowsAsTest } from "../../data/load.ts";
import { UserError } from "../../errors.ts";
import { gather } from "../../train/batches.ts";
import type { RunConfig } from "../../train/config.ts";

/** The two splits. */
export const SPLITS = ["train", "test"] as const;

/** One of the splits. */
export type SplitName = typeof SPLITS[number];

/** Help of `--split`. */
export const SPLIT_HELP = `${SPLITS.join(", ")}: which rows (default: test)`;

/**
 * The data with the rows of a split as its test rows. Pixels that training
 * draws from grey levels at each step are drawn once.
 */
export function withSplit(
  data: TrainingData,
  config: RunConfig,
  split: SplitName,
): TrainingData {
  return split === "test"
    ? data
    : trainRowsAsTest(data, config, data.train.count);
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

/** Some rows as the encoder takes them. */
export function inputs(
  examples: Examples,
  rows: readonly number[],
): Float32Array {
  return gather(examples, Uint32Array.from(rows));
}

/** Some rows as pictures show them, [rows.length, D]; NaN: it is missing. */
export function pixels(
  { count, dim, values }: Examples,
  rows: readonly number[],
): Float32Array {
  return inputs({ count, dim, values }, rows);
}

/** 0, 1, ..., n - 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
