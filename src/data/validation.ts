/** Train rows that are kept out of training, so that a run can be judged by them. */

import { UserError } from "../errors.ts";
import { stream } from "../random/stream.ts";
import { type Dataset, rowsOf } from "./dataset.ts";
import type { Label } from "./labels.ts";

/** The part of the counter of the stream that draws them. */
const SPLIT_PART = 2 ** 16 + 1;

/**
 * How many of the train rows are kept out of training.
 *
 * @param count of the train rows before
 */
export function validationCount(
  count: number,
  fraction: number | undefined,
): number {
  return fraction === undefined ? 0 : Math.round(fraction * count);
}

/** Why rows cannot be kept so, and the remedy; undefined: they can. */
export function mistakenFraction(
  count: number,
  fraction: number | undefined,
): string | undefined {
  if (fraction === undefined) return;
  const kept = validationCount(count, fraction);
  if (kept > 0 && kept < count) return;
  return `--validation-fraction ${fraction}: of ${count} train rows that is ` +
    `${kept === 0 ? "none; give a larger part" : "all; give a smaller part"}`;
}

/**
 * The data with validation rows, drawn from the train rows; both keep their
 * order.
 *
 * @throws {UserError} that would be none, or all
 */
export function withValidation<Data extends Dataset>(
  data: Data,
  fraction: number,
  seed: number,
): Data {
  const { count } = data.train;
  const mistake = mistakenFraction(count, fraction);
  if (mistake !== undefined) throw new UserError(mistake);
  const size = validationCount(count, fraction);
  const order = stream(seed, "data", 0, SPLIT_PART).permutation(count);
  const train = order.slice(size).sort();
  const validation = order.slice(0, size).sort();
  return {
    ...data,
    train: rowsOf(data.train, train),
    validation: rowsOf(data.train, validation),
    ...data.labels && {
      labels: data.labels.map((label) => splitLabel(label, train, validation)),
    },
  };
}

function splitLabel(
  label: Label,
  train: Uint32Array,
  validation: Uint32Array,
): Label {
  // Alike but for the types of the arrays.
  if (label.kind === "class") {
    const of = (rows: Uint32Array) => rows.map((row) => label.train[row]!);
    return { ...label, train: of(train), validation: of(validation) };
  }
  const of = (rows: Uint32Array) =>
    Float64Array.from(rows, (row) => label.train[row]!);
  return { ...label, train: of(train), validation: of(validation) };
}
