/** CSV text: numbers as float32, LF line ends. */

import { stringify } from "@std/csv";

/** A value of a cell: numbers are written as float32, integers in full. */
export type Cell = string | number;

/** One row, by column. */
export type Row = Readonly<Record<string, Cell>>;

/**
 * CSV text of rows, each ended by LF; see {@linkcode Cell}.
 *
 * @param options.headers whether the names of the columns come first
 */
export function formatRows(
  columns: readonly string[],
  rows: readonly Row[],
  options: { headers: boolean },
): string {
  const lines = rows.map((row) =>
    columns.map((column) => {
      const value = row[column];
      if (value === undefined) throw new Error(`a row lacks ${column}`);
      return formatCell(value);
    })
  );
  // git and most tools show the CR of CRLF as noise.
  return stringify([...options.headers ? [columns] : [], ...lines])
    .replaceAll("\r\n", "\n");
}

function formatCell(value: Cell): string {
  if (typeof value === "string") {
    if (value.includes("\r")) throw new Error("a cell has a CR");
    return value;
  }
  return Number.isSafeInteger(value) && value !== 0
    ? String(value)
    : formatFloat32(value);
}

/**
 * The shortest decimal that reads back as the same float32. Every float32
 * has one of at most nine digits.
 *
 * @param value rounded to float32 first; NaN and +-Infinity as JavaScript
 *   writes them
 */
export function formatFloat32(value: number): string {
  const single = Math.fround(value);
  if (Object.is(single, -0)) return "-0";
  if (!Number.isFinite(single)) return String(single);
  const readsBack = (digits: number) =>
    Math.fround(Number(single.toPrecision(digits))) === single;
  // More digits only come nearer, and most values need seven or eight.
  let digits = 7;
  if (readsBack(digits)) {
    while (digits > 1 && readsBack(digits - 1)) {
      digits--;
    }
  } else while (digits < 9 && !readsBack(digits)) digits++;
  return String(Number(single.toPrecision(digits)));
}
