/** Scaling of values before training. */

import { namesOf, type TableRow } from "../../table.ts";
import type { Examples, Units } from "../dataset.ts";
import { momentsOf } from "./range.ts";

/** How values are scaled. */
export type Scale = "none" | "0..1" | "standardise";

/** Both splits. */
export interface Splits {
  readonly train: Examples;
  readonly test: Examples;
}

interface Row extends TableRow {
  /** The units of each column, from its values in both splits; null: as it is. */
  readonly units: ((splits: Splits) => Units) | null;
}

/** All ways to scale, by name. */
export const SCALE_TABLE: Readonly<Record<Scale, Row>> = {
  "none": { units: null },
  "0..1": {
    help: "smallest 0, largest 1, of both splits",
    units: ({ train, test }) => {
      const low = new Float64Array(train.dim).fill(Infinity);
      const high = new Float64Array(train.dim).fill(-Infinity);
      for (const { values, dim } of [train, test]) {
        values.forEach((value, i) => {
          const at = i % dim;
          if (value < low[at]!) low[at] = value;
          if (value > high[at]!) high[at] = value;
        });
      }
      const factor = Array.from(low, (least, at) => high[at]! - least);
      return { offset: [...low], factor };
    },
  },
  "standardise": {
    help: "mean 0 and variance 1 in the train split",
    units: ({ train }) => {
      const moments = momentsOf(train);
      return {
        offset: moments.map(({ mean }) => mean),
        factor: moments.map(({ spread }) => spread),
      };
    },
  },
};

/** The names of the ways to scale. */
export const SCALES = namesOf(SCALE_TABLE);

/** Data for a model, and the units in which the user had them. */
export interface Scaled extends Splits {
  /** null: the model's values are the user's */
  readonly units: Units | null;
}

/** A byte b is the pixel b / 255. */
const LEVELS: Units = { offset: [0], factor: [255] };

/**
 * Both splits, scaled: by column, or all values of images alike. Values that
 * are 0 and 1 alone become bytes, as bits; so do whole numbers from 0 to 255
 * under `0..1`, as grey levels. Where values may be missing all are floats.
 */
export function scaleSplits(
  splits: Splits,
  scale: Scale,
  areImages: boolean,
): Scaled {
  const all = (test: (value: number) => boolean) =>
    splits.train.values.every(test) && splits.test.values.every(test);
  const { masked = false } = splits.train;
  if (all((value) => value === 0 || value === 1 || Number.isNaN(value))) {
    // Bytes have no NaN.
    const bits = each(
      splits,
      (values) =>
        masked
          ? Float32Array.from(values)
          : Uint8Array.from(values, (v) => v * 255),
    );
    return { ...bits, units: null };
  }
  const [trainIsBytes, testIsBytes] = [splits.train, splits.test]
    .map(({ values }) => values instanceof Uint8Array);
  if (!masked && scale !== "standardise" && trainIsBytes && testIsBytes) {
    return { ...splits, units: LEVELS };
  }
  const floats = each(
    splits,
    (values) => values instanceof Float32Array ? values : toFloats(values),
  );
  const given = trainIsBytes ? LEVELS : null;
  const { units } = SCALE_TABLE[scale];
  if (units === null) return { ...floats, units: given };
  const isLevel = (value: number) =>
    Number.isInteger(value) && value >= 0 && value <= 255;
  const has = (value: number) =>
    splits.train.values.includes(value) || splits.test.values.includes(value);
  if (scale === "0..1" && areImages && all(isLevel) && has(0) && has(255)) {
    const levels = each(splits, (values) => Uint8Array.from(values));
    return { ...levels, units: LEVELS };
  }
  const columns = areImages
    ? { train: asOneColumn(floats.train), test: asOneColumn(floats.test) }
    : floats;
  const { offset, factor: spans } = units(columns);
  const factor = spans.map((span) => span || 1); // a constant column becomes 0
  const scaled = each(
    floats,
    (values) =>
      Float32Array.from(values, (value, i) => {
        const at = i % offset.length;
        return (value - offset[at]!) / factor[at]!;
      }),
  );
  const one = given === null ? 1 : 255;
  return {
    ...scaled,
    units: {
      offset: offset.map((value) => one * value),
      factor: factor.map((value) => one * value),
    },
  };
}

/**
 * Values of a model, such as samples, in the units in which the user had the
 * data: `data.units` of a `Dataset`, or `data.units` of run.json. A variance
 * takes the factor squared, and no offset.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inUserUnits } from "./scale.ts";
 *
 * const units = { offset: [10, 0], factor: [2, 1] };
 * const rows = Float32Array.of(-1, 5, 1, 6); // two rows of two columns
 * assertEquals([...inUserUnits(rows, units)], [8, 5, 12, 6]);
 * ```
 *
 * @param values rows, one after the other, [rows, dim]
 * @param units absent: they are the model's, and the values are returned
 */
export function inUserUnits(
  values: Float32Array,
  units: Units | undefined,
): Float32Array {
  if (units === undefined) return values;
  const { offset, factor } = units;
  const { length } = factor;
  return values.map((value, i) =>
    factor[i % length]! * value + offset[i % length]!
  );
}

function toFloats(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (level) => level / 255);
}

function each(
  { train, test }: Splits,
  change: (values: Examples["values"]) => Examples["values"],
): Splits {
  return {
    train: { ...train, values: change(train.values) },
    test: { ...test, values: change(test.values) },
  };
}

function asOneColumn({ values }: Examples): Examples {
  return { count: values.length, dim: 1, values };
}
