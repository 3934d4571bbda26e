/** A data set: two splits of rows. */

import { UserError } from "../errors.ts";
import type { ImageSize } from "../model/layers.ts";
import type { Label } from "./labels.ts";

/** y of the rows of a split. */
export interface Condition {
  /** numbers in y */
  readonly dim: number;
  /** `count * dim` values, row-major */
  readonly values: Float32Array;
}

/** The rows of one split, row-major. */
export interface Examples {
  /** number of rows */
  readonly count: number;
  /** values in a row (pixels) */
  readonly dim: number;
  /**
   * `count * dim` values. Bytes are grey levels: a byte b stands for the pixel
   * b / 255. Floats stand for themselves. Runs may share the array: never write
   * to it.
   */
  readonly values: Uint8Array | Float32Array;
  /** whether values may be missing: those are NaN, and the values floats */
  readonly masked?: true;
  /** y of each row, for a conditional model; absent: there is none */
  readonly condition?: Condition | undefined;
}

/**
 * What brings a model's values back to the user's units: a value v of column j
 * is `factor[j] * v + offset[j]`. Both have one number for each column, or a
 * single one for all values, as images have.
 */
export interface Units {
  /** the user's value where the model has 0 */
  readonly offset: readonly number[];
  /** the user's units in one of the model's; a standard deviation takes it alone */
  readonly factor: readonly number[];
}

/** Rows that are made between two looks at whether they are still needed. */
const ROWS_AT_ONCE = 1000;

/**
 * Makes rows one after the other, and lets signals be heard between them.
 *
 * @throws the signal's reason, once it has aborted
 */
export async function makeRows(
  count: number,
  signal: AbortSignal | undefined,
  make: (row: number) => void,
): Promise<void> {
  for (let row = 0; row < count; row++) {
    if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
    }
    make(row);
  }
}

/** A named data set. */
export interface Dataset {
  /** as in `--dataset` */
  readonly name: string;
  /** values in a row */
  readonly dim: number;
  /** the image that a row is; null where rows are not images */
  readonly image: ImageSize | null;
  /** names of the values of a row, as a table has them; absent: none */
  readonly columns?: readonly string[];
  /** rows for training */
  readonly train: Examples;
  /** rows for evaluation */
  readonly test: Examples;
  /** train rows that are kept out of training; absent: none are */
  readonly validation?: Examples;
  /**
   * SHA-256 (hex) of the bytes of the train split, then of the test split, and
   * of validation rows
   */
  readonly sha256: string;
  /**
   * what is known of each row beside its values; absent: nothing is, or it was
   * not read (see `DataSource`)
   */
  readonly labels?: readonly Label[];
  /** names of the labels that y is made of; absent: there is no y */
  readonly condition?: readonly string[];
  /** the user's units, see `inUserUnits`; absent: those of the values */
  readonly units?: Units;
}

/** Rows of a split, in the order in which they are named. */
export function rowsOf(examples: Examples, rows: Uint32Array): Examples {
  const { dim, values } = examples;
  const Values = values.constructor as
    | Uint8ArrayConstructor
    | Float32ArrayConstructor;
  const taken = new Values(rows.length * dim);
  rows.forEach((row, i) => {
    taken.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return { ...examples, count: rows.length, values: taken };
}

/** The first rows, no more than `most`. */
export function firstRows(examples: Examples, most: number): Examples {
  const count = Math.min(most, examples.count);
  const values = examples.values.subarray(0, count * examples.dim);
  const { condition } = examples;
  return {
    ...examples,
    ...{ count, values },
    ...condition && {
      condition: {
        ...condition,
        values: condition.values.subarray(0, count * condition.dim),
      },
    },
  };
}

/** The mean of each pixel over the rows that have it, [dim]. */
export function meanPixels(examples: Examples): Float32Array {
  const { dim, values } = examples;
  const counts = observedCounts(examples);
  const sums = new Float64Array(dim);
  values.forEach((value, at) => {
    if (!Number.isNaN(value)) sums[at % dim]! += value;
  });
  const unit = values instanceof Uint8Array ? 255 : 1;
  return Float32Array.from(sums, (sum, at) => sum / unit / counts[at]!);
}

/** In how many rows each value is not missing, [dim]. */
export function observedCounts(
  { count, dim, values, masked }: Examples,
): number[] {
  const counts = new Array<number>(dim).fill(count);
  if (!masked) return counts;
  values.forEach((value, at) => {
    if (Number.isNaN(value)) counts[at % dim]! -= 1;
  });
  return counts;
}

/**
 * Checks that each value of a row is there in one of the train rows at least:
 * nothing could be learnt of it.
 *
 * @throws {UserError} one is missing in all
 */
export function requireObserved(
  { train, columns }: Pick<Dataset, "train" | "columns">,
  where: string,
): void {
  const never = observedCounts(train).indexOf(0);
  if (never < 0) return;
  throw new UserError(
    `${where}: column ${columns?.[never] ?? never + 1} has no value in the ` +
      `${train.count} rows of the train split; leave it out with --columns, ` +
      "or take more rows",
  );
}

/**
 * SHA-256 (hex) over the values of the splits, and then their y, as
 * little-endian bytes.
 */
export async function hashSplits(...splits: Examples[]): Promise<string> {
  const conditions = splits.flatMap(({ condition }) => condition ?? []);
  const bytes = [...splits, ...conditions].map(({ values }) =>
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  );
  const digest = await crypto.subtle.digest(
    "SHA-256",
    await new Blob(bytes as BlobPart[]).arrayBuffer(),
  );
  return new Uint8Array(digest).toHex();
}
