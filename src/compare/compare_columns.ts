/** Two columns: rows that belong together, and whether values are near. */

import { globMatcher } from "./names.ts";
import { cellNumber, type Column } from "../results/csv_table.ts";
import { short } from "../text.ts";

/** How far two values of a column may lie apart. */
export interface Tolerance {
  /** absolute part, in the column's unit */
  readonly atol: number;
  /** relative part */
  readonly rtol: number;
  /** what values nearer to zero than this are taken for by the relative part */
  readonly scale: number;
}

/** A tolerance and the columns that have it. */
export interface ToleranceRow extends Tolerance {
  /** patterns of their names */
  readonly columns: readonly string[];
  /** of the values and of `atol` */
  readonly unit: string;
}

/**
 * The tolerances where no flag says otherwise; the first row that has the
 * column counts.
 *
 * Counts are exact. Log terms are means of float32 sums over pixels: another
 * order of additions changes their last digits, and training makes that grow.
 */
export const TOLERANCES: readonly ToleranceRow[] = [
  {
    columns: ["step", "samples_seen", "latent_dim", "samples", "seed"],
    atol: 0,
    rtol: 0,
    scale: 0,
    unit: "",
  },
  { columns: ["learning_rate"], atol: 0, rtol: 1e-6, scale: 0, unit: "" },
  {
    columns: ["decoder_variance", "decoder_scale"],
    atol: 0,
    rtol: 1e-4,
    scale: 1e-3,
    unit: "",
  },
  { columns: ["*"], atol: 0, rtol: 1e-4, scale: 1, unit: "nat" },
];

/**
 * Whether |a - b| <= atol + rtol * max(|a|, |b|, scale).
 *
 * The same for (b, a); true of equal numbers whatever the tolerance; never
 * false for a larger one. NaN is near NaN alone, and an infinity near itself.
 */
export function isWithin(
  a: number,
  b: number,
  { atol, rtol, scale }: Tolerance,
): boolean {
  if (a === b) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) {
    return Number.isNaN(a) && Number.isNaN(b);
  }
  const size = Math.max(Math.abs(a), Math.abs(b), scale);
  return Math.abs(a - b) <= atol + rtol * size;
}

/** A part of the tolerance of some columns, from a flag. */
export interface ToleranceOverride {
  /** pattern of their names */
  readonly columns: string;
  readonly part: "atol" | "rtol";
  readonly value: number;
}

/** The tolerance of a column: the table's, and over it the flags in order. */
export function toleranceOf(
  column: string,
  overrides: readonly ToleranceOverride[] = [],
): Tolerance {
  const { atol, rtol, scale } = TOLERANCES.find(({ columns }) =>
    columns.some((pattern) => globMatcher(pattern)(column))
  )!;
  return overrides
    .filter(({ columns }) => globMatcher(columns)(column))
    .reduce<Tolerance>(
      (tolerance, { part, value }) => ({ ...tolerance, [part]: value }),
      { atol, rtol, scale },
    );
}

/** {@linkcode TOLERANCES} as the cells of a table, with its head. */
export function toleranceTable(): string[][] {
  return [
    ["ATOL", "RTOL", "SCALE", "COLUMNS"],
    ...TOLERANCES.map(({ columns, atol, rtol, scale, unit }) => [
      short(atol),
      short(rtol),
      `${short(scale)} ${unit}`.trimEnd(),
      columns.join(", ").replace(/^\*$/, "all others"),
    ]),
  ];
}

/** The verdicts, from best to worst. */
export const VERDICTS = [
  "identical",
  "equal",
  "within tolerance",
  "different",
  "unreadable",
] as const;

/**
 * `identical`: the same bytes; `equal`: the same values; `within tolerance`:
 * see `isWithin`; `different`: none of these; `unreadable`: a file is damaged.
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

export function isWorse(verdict: Verdict, than: Verdict): boolean {
  return VERDICTS.indexOf(verdict) > VERDICTS.indexOf(than);
}

/** The values of one row in A and B. */
export interface Deviation {
  /** of the row: a step, or the name of a run */
  readonly key: number | string;
  /** in A; a text where it is not a number */
  readonly a: number | string;
  readonly b: number | string;
  /** |a - b|; Infinity between texts, and between NaN and a number */
  readonly size: number;
}

export interface ColumnVerdict {
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

/** Compares two columns over joined rows. */
export function compareColumns(
  a: Column,
  b: Column,
  join: Join,
  keys: ArrayLike<number | string>,
  tolerance: Tolerance,
): ColumnVerdict {
  const areNumbers = a.isNumeric && b.isNumeric;
  const numbersA = a.numbers;
  const numbersB = b.numbers;
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
    name: a.name,
    verdict: firstOutside >= 0
      ? "different"
      : firstUnequal >= 0
      ? "within tolerance"
      : join.a.every((row, i) => a.texts[row] === b.texts[join.b[i]!])
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

function valueOf(column: Column, row: number): number | string {
  return cellNumber(column, row) ?? column.texts[row]!;
}

/** Which rows of A and B have the same key; rows by their numbers. */
export interface Join {
  /** rows of A that have a partner in B */
  readonly a: Uint32Array;
  /** their partners, in the same order */
  readonly b: Uint32Array;
  /** rows of B without a partner */
  readonly added: Uint32Array;
  /** rows of A without a partner */
  readonly removed: Uint32Array;
}

/**
 * Joins rows on their distinct keys, wherever they stand. The pairs, and the rows
 * without a partner, are in the rising order of numeric keys; under keys that
 * are texts in the order of their table.
 */
export function joinRows<Key extends string | number>(
  keysA: ArrayLike<Key>,
  keysB: ArrayLike<Key>,
): Join {
  const rowsA = ordered(keysA);
  const rowsB = ordered(keysB);
  // The usual case, two tables with the same keys in order, needs no map.
  if (
    rowsA.length === rowsB.length &&
    rowsA.every((row, i) => keysA[row] === keysB[rowsB[i]!])
  ) {
    const none = new Uint32Array(0);
    return { a: rowsA, b: rowsB, added: none, removed: none };
  }
  const places = new Map<Key, number>();
  for (const row of rowsB) places.set(keysB[row]!, row);
  const a: number[] = [];
  const b: number[] = [];
  const removed: number[] = [];
  const partners = new Uint8Array(keysB.length);
  for (const row of rowsA) {
    const partner = places.get(keysA[row]!);
    if (partner === undefined) {
      removed.push(row);
    } else {
      a.push(row);
      b.push(partner);
      partners[partner] = 1;
    }
  }
  return {
    a: Uint32Array.from(a),
    b: Uint32Array.from(b),
    added: rowsB.filter((row) => partners[row] === 0),
    removed: Uint32Array.from(removed),
  };
}

/** The row of the second of two equal keys; undefined where all differ. */
export function repeatedRow<Key extends string | number>(
  keys: ArrayLike<Key>,
): number | undefined {
  if (isRising(keys)) return undefined;
  const seen = new Set<Key>();
  for (let row = 0; row < keys.length; row++) {
    if (seen.has(keys[row]!)) return row;
    seen.add(keys[row]!);
  }
  return undefined;
}

function ordered<Key extends string | number>(
  keys: ArrayLike<Key>,
): Uint32Array {
  const rows = Uint32Array.from({ length: keys.length }, (_, row) => row);
  if (typeof keys[0] !== "number" || isRising(keys)) return rows;
  return rows.sort((a, b) => Number(keys[a]) - Number(keys[b]));
}

function isRising<Key extends string | number>(keys: ArrayLike<Key>): boolean {
  for (let row = 1; row < keys.length; row++) {
    const [before, key] = [keys[row - 1], keys[row]];
    if (typeof before !== "number" || typeof key !== "number") return false;
    if (!(before < key)) return false;
  }
  return true;
}
