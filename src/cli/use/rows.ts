/** Which rows the commands that use a trained model take. */

import type { Examples } from "../../data/dataset.ts";
import { type TrainingData, trainRowsAsTest } from "../../data/load.ts";
import { UserError } from "../../errors.ts";
import { decode } from "../../model/generate.ts";
import type { Vae } from "../../model/vae.ts";
import { gather, gatherConditions } from "../../train/batches.ts";
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

/** y of some rows, for a conditional model; undefined: it is none. */
export function conditions(
  examples: Examples,
  rows: readonly number[],
): Float32Array | undefined {
  return gatherConditions(examples, Uint32Array.from(rows));
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

/** The values, one time after the other. */
export function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(times * values.length);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}

/** Rows that are computed at once: memory does not grow with their number. */
const ROWS_AT_ONCE = 1000;

/**
 * Computes values of n rows from others, a part of the rows after the other.
 *
 * @param given [n, width] each, row-major; undefined: there are none
 * @param compute from the same rows of each
 */
export async function byParts(
  n: number,
  given: readonly (Float32Array | undefined)[],
  compute: (part: (Float32Array | undefined)[]) => Promise<Float32Array>,
): Promise<Float32Array> {
  let all = new Float32Array();
  for (let from = 0; from < n; from += ROWS_AT_ONCE) {
    const to = Math.min(n, from + ROWS_AT_ONCE);
    const made = await compute(given.map((values) => {
      const width = (values?.length ?? 0) / n;
      return values?.subarray(from * width, to * width);
    }));
    const width = made.length / (to - from);
    if (from === 0) all = new Float32Array(n * width);
    all.set(made, from * width);
  }
  return all;
}

/** E[x|z], and y if there is one, of n rows: see `decode`. */
export function decodeRows(
  vae: Vae,
  z: Float32Array,
  y: Float32Array | undefined,
): Promise<Float32Array> {
  return byParts(
    z.length / vae.spec.latentDim,
    [z, y],
    ([z, y]) => decode(vae, z!, y),
  );
}
