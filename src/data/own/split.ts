/** Rows for tests, where the user's data have none. */

import { stream } from "../../random/stream.ts";
import { product, refuse, type Sheet } from "./sheet.ts";

/** The part of the counter of the stream that splits rows. */
const SPLIT_PART = 2 ** 16;

/** Rows for tests, drawn from the seed; both splits keep the file's order. */
export function split(
  sheet: Sheet,
  fraction: number,
  seed: number,
  path: string,
): { train: Sheet; test: Sheet } {
  const { count } = sheet;
  if (count < 2) {
    refuse(path, `${count} row; at least one for training and one for tests`);
  }
  if (fraction === 0) {
    refuse(
      path,
      "--test-fraction 0: runs are evaluated on test rows; give more",
    );
  }
  const size = Math.min(count - 1, Math.max(1, Math.round(fraction * count)));
  const order = stream(seed, "data", 0, SPLIT_PART).permutation(count);
  return {
    train: rowsOf(sheet, order.slice(size).sort()),
    test: rowsOf(sheet, order.slice(0, size).sort()),
  };
}

function rowsOf(sheet: Sheet, rows: Uint32Array): Sheet {
  const dim = product(sheet.shape);
  const Values = sheet.values.constructor as
    | Uint8ArrayConstructor
    | Float32ArrayConstructor;
  const values = new Values(rows.length * dim);
  rows.forEach((row, i) => {
    values.set(sheet.values.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return {
    ...sheet,
    count: rows.length,
    values,
    labels: sheet.labels && Array.from(rows, (row) => sheet.labels![row]!),
  };
}
