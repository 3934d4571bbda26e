/** What is said of two columns, from best to worst. */

import { isWithin, type Tolerance } from "./tolerance.ts";
import { cellNumber, cellText, type Column, type Table } from "./table.ts";
import type { Join } from "./join.ts";

/** The verdicts, from best to worst. */
export const VERDICTS = [
  "identical",
  "equal",
  "within tolerance",
  "within seed spread",
  "different",
] as const;

/**
 * `identical`: the same bytes; `equal`: the same values; `within tolerance`:
 * see `isWithin`; `within seed spread`: the final values lie no further apart
 * than those of A's seeds; `different`: none of these.
 */
export type Verdict = typeof VERDICTS[number];

/** The worst of the verdicts; `identical` of none. */
export function worst(verdicts: Iterable<Verdict>): Verdict {
  let rank = 0;
  for (const verdict of verdicts) {
    rank = Math.max(rank, VERDICTS.indexOf(verdict));
  }
  return VERDICTS[rank]!;
}

/** Whether a verdict is worse than another. */
export function isWorse(verdict: Verdict, than: Verdict): boolean {
  return VERDICTS.indexOf(verdict) > VERDICTS.indexOf(than);
}

/** The values of one row in A and B. */
export interface Deviation {
  /** of the row: a step, or the name of a run */
  readonly key: number | string;
  /** in A; a text where it is no number */
  readonly a: number | string;
  /** in B */
  readonly b: number | string;
  /** |a - b|; Infinity between texts, and between NaN and a number */
  readonly size: number;
}

/** The verdict on one column, and why. */
export interface ColumnVerdict {
  /** of the column */
  readonly name: string;
  /** over all rows that A and B share */
  readonly verdict: Verdict;
  /** the first row whose values are not equal */
  readonly firstUnequal: Deviation | null;
  /** the first row that is outside of the tolerance */
  readonly firstOutside: Deviation | null;
  /** the row with the largest deviation */
  readonly largest: Deviation | null;
  /** the last row */
  readonly final: Deviation | null;
}

/** A column as the comparison takes it. */
export interface Side {
  /** which the column is of */
  readonly table: Table;
  /** which is compared */
  readonly column: Column;
}

/**
 * Compares two columns over joined rows; the verdict is never `within seed
 * spread`, which other runs decide.
 *
 * @param keys of A's rows
 * @param onOutside told of every row outside of the tolerance
 */
export function compareColumns(
  a: Side,
  b: Side,
  join: Join,
  keys: ArrayLike<number | string>,
  tolerance: Tolerance,
  onOutside: (deviation: Deviation) => void = () => {},
): ColumnVerdict {
  const areNumbers = a.column.isNumeric && b.column.isNumeric;
  const numbersA = a.column.numbers;
  const numbersB = b.column.numbers;
  let firstUnequal = -1;
  let firstOutside = -1;
  let largest = -1;
  let largestSize = 0;
  for (let i = 0; i < join.a.length; i++) {
    const [rowA, rowB] = [join.a[i]!, join.b[i]!];
    const [x, y] = [numbersA[rowA]!, numbersB[rowB]!];
    if (x === y) continue;
    const isEqual = areNumbers
      ? x !== x && y !== y // NaN in both
      : Object.is(valueOf(a, rowA), valueOf(b, rowB));
    if (isEqual) continue;
    if (firstUnequal < 0) firstUnequal = i;
    const size = finiteOr(Math.abs(x - y), Infinity);
    if (size > largestSize) [largest, largestSize] = [i, size];
    // Texts are NaN here, and two of them not near for that.
    if (size < Infinity && isWithin(x, y, tolerance)) continue;
    if (firstOutside < 0) firstOutside = i;
    onOutside(deviationAt(i));
  }
  function deviationAt(i: number): Deviation {
    const [rowA, rowB] = [join.a[i]!, join.b[i]!];
    const [x, y] = [valueOf(a, rowA), valueOf(b, rowB)];
    const size = Object.is(x, y) || x === y
      ? 0
      : typeof x === "string" || typeof y === "string"
      ? Infinity
      : finiteOr(Math.abs(x - y), Infinity);
    return { key: keys[rowA]!, a: x, b: y, size };
  }
  const at = (i: number) => i < 0 ? null : deviationAt(i);
  return {
    name: a.column.name,
    verdict: firstOutside >= 0
      ? "different"
      : firstUnequal >= 0
      ? "within tolerance"
      : hasSameBytes(a, b, join)
      ? "identical"
      : "equal",
    firstUnequal: at(firstUnequal),
    firstOutside: at(firstOutside),
    largest: at(largest),
    final: at(join.a.length - 1),
  };
}

/** NaN comes of an infinity or a NaN on one side. */
function finiteOr(value: number, otherwise: number): number {
  return Number.isFinite(value) ? value : otherwise;
}

function valueOf({ table, column }: Side, row: number): number | string {
  return cellNumber(table, column, row) ?? cellText(table, column, row);
}

function hasSameBytes(a: Side, b: Side, join: Join): boolean {
  for (let i = 0; i < join.a.length; i++) {
    const [rowA, rowB] = [join.a[i]!, join.b[i]!];
    let [p, q] = [a.column.starts[rowA]!, b.column.starts[rowB]!];
    const end = a.column.ends[rowA]!;
    if (end - p !== b.column.ends[rowB]! - q) return false;
    for (; p < end; p++, q++) {
      if (a.table.bytes[p] !== b.table.bytes[q]) return false;
    }
  }
  return true;
}
