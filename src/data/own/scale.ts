/** Scaling of values before training. */

import { namesOf, type TableRow } from "../../table.ts";
import type { Examples } from "../dataset.ts";
import { momentsOf } from "./range.ts";

/** How values are scaled. */
export type Scale = "none" | "0..1" | "standardise";

/** Both splits. */
export interface Splits {
  readonly train: Examples;
  readonly test: Examples;
}

interface Row extends TableRow {
  /** Values to offset and factor: (value - offset) / factor, by column. */
  readonly units: ((splits: Splits) => Units[]) | null;
}

interface Units {
  readonly offset: number;
  readonly factor: number;
}

/** All ways to scale, by name. */
export const SCALE_TABLE: Readonly<Record<Scale, Row>> = {
  "none": { units: null },
  "0..1": {
    help: "smallest 0, largest 1",
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
      return Array.from(low, (offset, at) => ({
        offset,
        factor: high[at]! - offset,
      }));
    },
  },
  "standardise": {
    help: "mean 0 and variance 1 in the train split",
    units: ({ train }) =>
      momentsOf(train)
        .map(({ mean, spread }) => ({ offset: mean, factor: spread })),
  },
};

/** The names of the ways to scale. */
export const SCALES = namesOf(SCALE_TABLE);

/**
 * Both splits, scaled: by column, or all values of images alike. Values that
 * are 0 and 1 alone become bytes, as bits; so do whole numbers from 0 to 255
 * under `0..1`, as grey levels.
 */
export function scaleSplits(
  splits: Splits,
  scale: Scale,
  areImages: boolean,
): Splits {
  const all = (test: (value: number) => boolean) =>
    splits.train.values.every(test) && splits.test.values.every(test);
  if (all((value) => value === 0 || value === 1)) {
    return each(splits, (values) => Uint8Array.from(values, (v) => v * 255));
  }
  const areBytes = splits.train.values instanceof Uint8Array &&
    splits.test.values instanceof Uint8Array;
  if (scale !== "standardise" && areBytes) return splits;
  const floats = each(
    splits,
    (values) => values instanceof Float32Array ? values : toFloats(values),
  );
  const { units } = SCALE_TABLE[scale];
  if (units === null) return floats;
  const isLevel = (value: number) =>
    Number.isInteger(value) && value >= 0 && value <= 255;
  const has = (value: number) =>
    splits.train.values.includes(value) || splits.test.values.includes(value);
  if (scale === "0..1" && areImages && all(isLevel) && has(0) && has(255)) {
    return each(splits, (values) => Uint8Array.from(values));
  }
  const columns = areImages
    ? { train: asOneColumn(floats.train), test: asOneColumn(floats.test) }
    : floats;
  const by = units(columns).map(({ offset, factor }) => ({
    offset,
    factor: factor || 1, // a constant column becomes 0
  }));
  return each(
    floats,
    (values) =>
      Float32Array.from(values, (value, i) => {
        const { offset, factor } = by[i % by.length]!;
        return (value - offset) / factor;
      }),
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
