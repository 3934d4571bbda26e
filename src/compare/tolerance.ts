/** When two numbers are near enough. */

import { globToRegExp } from "./glob.ts";
import { short } from "./printable.ts";

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
    columns: ["decoder_variance"],
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
  /** which part it sets */
  readonly part: "atol" | "rtol";
  /** from 0 */
  readonly value: number;
}

/** The tolerance of a column: the table's, and over it the flags in order. */
export function toleranceOf(
  column: string,
  overrides: readonly ToleranceOverride[] = [],
): Tolerance {
  const { atol, rtol, scale } = TOLERANCES.find(({ columns }) =>
    columns.some((pattern) => globToRegExp(pattern).test(column))
  )!;
  return overrides
    .filter(({ columns }) => globToRegExp(columns).test(column))
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
