/** What the values of data are: their range, and the spread of each column. */

import { familiesOf } from "../../model/likelihood/families.ts";
import type { Support } from "../../model/likelihood/family.ts";
import type { TableRow } from "../../table.ts";
import { type Examples, observedCounts } from "../dataset.ts";

/** What the values of data are; bytes are grey levels or bits. */
export type ValueKind = "grey" | "bits" | "unit" | "reals";

interface Row extends TableRow {
  readonly help: string;
  /** of the likelihoods that fit */
  readonly supports: readonly Support[];
}

/** All kinds of values by name. */
export const VALUE_KIND_TABLE: Readonly<Record<ValueKind, Row>> = {
  grey: {
    help: "grey levels 0 to 255",
    supports: ["bits", "unit", "levels", "reals"],
  },
  bits: { help: "pixels in {0, 1}", supports: ["bits", "reals"] },
  unit: { help: "numbers in [0, 1]", supports: ["bits", "unit", "reals"] },
  reals: { help: "values outside [0, 1]", supports: ["reals"] },
};

/** The likelihoods that fit such values, by name. */
export function likelihoodsOf(values: ValueKind): string[] {
  return familiesOf(VALUE_KIND_TABLE[values].supports);
}

/** The values of two splits. */
export interface Range {
  /** of bytes: of the levels 0 to 255 */
  readonly min: number;
  readonly max: number;
  readonly kind: ValueKind;
  /** the columns that have one value in all rows of the first split */
  readonly constant: readonly number[];
  /** the standard deviation of each column of the first split */
  readonly spreads: readonly number[];
}

/** What the values of the splits are. */
export function rangeOf(splits: readonly [Examples, ...Examples[]]): Range {
  const { values, masked } = splits[0];
  const areBytes = values instanceof Uint8Array;
  const one = areBytes ? 255 : 1;
  const all = splits.map(({ values }) => extremesOf(values, one));
  const min = Math.min(...all.map(({ min }) => min));
  const max = Math.max(...all.map(({ max }) => max));
  const isTwoValued = all.every(({ isTwoValued }) => isTwoValued);
  const spreads = momentsOf(splits[0]).map(({ spread }) => spread);
  return {
    ...{ min, max, spreads },
    kind: (areBytes || masked) && isTwoValued
      ? "bits"
      : areBytes
      ? "grey"
      : min >= 0 && max <= 1
      ? "unit"
      : "reals",
    constant: [...spreads.keys()].filter((at) => spreads[at] === 0),
  };
}

/** The smallest and the largest value, and whether all are 0 or `one`. */
function extremesOf(values: Examples["values"], one: number) {
  let min = Infinity;
  let max = -Infinity;
  let isTwoValued = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    if (value !== 0 && value !== one && !Number.isNaN(value)) {
      isTwoValued = false;
    }
  }
  return { min, max, isTwoValued };
}

/** Mean and standard deviation of each column's values, in float64. */
export function momentsOf(
  examples: Examples,
): { mean: number; spread: number }[] {
  const { dim, values } = examples;
  const counts = observedCounts(examples);
  const sums = new Float64Array(dim);
  for (let i = 0; i < values.length;) {
    for (let at = 0; at < dim; at++) {
      const value = values[i++]!;
      if (!Number.isNaN(value)) sums[at]! += value;
    }
  }
  const means = sums.map((sum, at) => sum / counts[at]!);
  const squares = new Float64Array(dim);
  for (let i = 0; i < values.length;) {
    for (let at = 0; at < dim; at++) {
      const value = values[i++]!;
      if (!Number.isNaN(value)) squares[at]! += (value - means[at]!) ** 2;
    }
  }
  return Array.from(means, (mean, at) => ({
    mean,
    spread: Math.sqrt(squares[at]! / counts[at]!),
  }));
}
