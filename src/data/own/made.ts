/** Data that a script's function makes, by the name that it gives them. */

import { UserError } from "../../errors.ts";
import type { TableRow } from "../../table.ts";
import { type Dataset, type Examples, hashSplits } from "../dataset.ts";
import type { ValueKind } from "./range.ts";

/** A data set of a script, which a function makes of a seed. */
export interface MadeDataset extends TableRow {
  /** as in `--dataset` */
  readonly name: string;
  /** values in a row */
  readonly dim: number;
  /** size of the image that a row is; rows are not images if absent */
  readonly image?: Dataset["image"];
  /** bytes are `grey` levels; floats `bits`, `unit` ([0, 1]) or any `reals` */
  readonly values: ValueKind;
  /** rows where no flag says how many */
  readonly rows: {
    readonly train: number;
    readonly test: number;
  };
  /**
   * Makes both splits, `rows * dim` values each: the same for the same seed,
   * so random numbers come from `stream(seed, "data", ...)`.
   */
  make(
    request: {
      readonly seed: number;
      readonly train: number;
      readonly test: number;
    },
  ): MadeSplits | Promise<MadeSplits>;
}

/** The values of both splits, row by row. */
export interface MadeSplits {
  /** for training */
  readonly train: Examples["values"];
  /** for tests */
  readonly test: Examples["values"];
}

/** What has such values. */
const ARRAYS = {
  grey: Uint8Array,
  bits: Float32Array,
  unit: Float32Array,
  reals: Float32Array,
} satisfies Record<ValueKind, unknown>;

/**
 * Makes the data set.
 *
 * @throws {UserError} the function made bytes where it said floats, or floats
 *   for bytes; or other numbers of values
 */
export async function makeDataset(
  { name, dim, image = null, values, rows, ...made }: MadeDataset,
  { seed, train = rows.train, test = rows.test }: {
    seed: number;
    train?: number;
    test?: number;
  },
): Promise<Dataset> {
  const splits = await made.make({ seed, train, test });
  const Values = ARRAYS[values];
  const counts = { train, test };
  const [trained, tested] = (["train", "test"] as const).map(
    (split): Examples => {
      const [count, made] = [counts[split], splits[split]];
      if (made instanceof Values && made.length === count * dim) {
        return { count, dim, values: made };
      }
      throw new UserError(
        `data set ${name}: of ${count} rows of ${dim} values, ${values}, its ` +
          `function made a ${made.constructor.name} of ${made.length} for ` +
          `the ${split} split; ${count * dim} in a ${Values.name} are expected`,
      );
    },
  ) as [Examples, Examples];
  return {
    ...{ name, dim, image, train: trained, test: tested },
    sha256: await hashSplits(trained, tested),
  };
}
