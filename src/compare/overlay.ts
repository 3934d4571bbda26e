/** The values of a column in A and B, thinned out for a picture. */

import type { Tolerance } from "./tolerance.ts";

/** A column over the steps that A and B share, by rising step. */
export interface Overlay {
  /** of the run */
  readonly run: string;
  /** of the column */
  readonly column: string;
  /** the values */
  readonly curves: readonly CurvePoint[];
  /** how far they lie apart */
  readonly differences: readonly DifferencePoint[];
}

/** Values of A and B; null where one is not finite. */
export interface CurvePoint {
  /** mean of the steps that the point stands for */
  readonly step: number;
  /** in A */
  readonly a: number | null;
  /** in B */
  readonly b: number | null;
}

/** A difference; null where a value is not finite. */
export interface DifferencePoint {
  /** where it is */
  readonly step: number;
  /** b - a */
  readonly difference: number | null;
  /** the largest that is within the tolerance */
  readonly bound: number | null;
}

/** As many as a panel has pixels. */
const BUCKETS = 300;

/** A half-open range of rows that are drawn in one place. */
type Bucket = readonly [begin: number, end: number];

function buckets(count: number): Bucket[] {
  const length = Math.min(count, BUCKETS);
  const begin = (i: number) => Math.round(i * count / length);
  return Array.from({ length }, (_, i) => [begin(i), begin(i + 1)]);
}

/** Curves: the means of the steps that fall into one place. */
export function curvePoints(
  steps: Float64Array,
  a: Float64Array,
  b: Float64Array,
): CurvePoint[] {
  return buckets(steps.length).map(([begin, end]) => ({
    step: mean(steps.subarray(begin, end))!,
    a: mean(a.subarray(begin, end)),
    b: mean(b.subarray(begin, end)),
  }));
}

/** Null where a value is not finite: the curve breaks there. */
function mean(values: Float64Array): number | null {
  const sum = values.reduce((a, b) => a + b, 0);
  return Number.isFinite(sum) ? sum / values.length : null;
}

/**
 * Differences: of the steps that fall into one place the least and the
 * greatest, so that one step that differs is seen among any number.
 */
export function differencePoints(
  steps: Float64Array,
  a: Float64Array,
  b: Float64Array,
  { atol, rtol, scale }: Tolerance,
): DifferencePoint[] {
  const difference = a.map((value, row) => b[row]! - value);
  return buckets(steps.length).flatMap(([begin, end]) => {
    let [least, greatest] = [begin, begin];
    let broken: number | undefined;
    for (let row = begin; row < end; row++) {
      const value = difference[row]!;
      if (!Number.isFinite(value)) broken = row;
      if (!(value >= difference[least]!)) least = row;
      if (!(value <= difference[greatest]!)) greatest = row;
    }
    const rows = new Set([least, greatest, broken ?? least]);
    return [...rows].sort((p, q) => p - q).map((row) => {
      const size = Math.max(Math.abs(a[row]!), Math.abs(b[row]!), scale);
      const isDrawn = Number.isFinite(difference[row]);
      return {
        step: steps[row]!,
        difference: isDrawn ? difference[row]! : null,
        bound: isDrawn ? atol + rtol * size : null,
      };
    });
  });
}
