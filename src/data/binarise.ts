/** Pixels in {0, 1} drawn from grey levels: P(pixel = 1) = level / 255. */

import { stream } from "../random/stream.ts";
import { type Names, namesOf, type TableRow } from "../table.ts";
import type { Examples } from "./dataset.ts";

/**
 * - `none`: grey levels as they are;
 * - `dynamic`: training pixels drawn anew at every step;
 * - `static`: drawn once.
 *
 * The test split, and validation rows, are drawn once under both of the latter.
 */
export type Binarisation = "none" | "dynamic" | "static";

interface Row extends TableRow {
  /** when pixels of the train split are drawn */
  readonly train: "none" | "once" | "each step";
  /** when pixels of the test split, and of validation rows, are drawn */
  readonly test: "none" | "once";
}

/** All binarisations by name. */
export const BINARISATION_TABLE: Readonly<Record<Binarisation, Row>> = {
  none: { train: "none", test: "none" },
  dynamic: { help: "at each step", train: "each step", test: "once" },
  static: { help: "once", train: "once", test: "once" },
};

/** Their names. */
export const BINARISATIONS: Names<Binarisation> = namesOf(BINARISATION_TABLE);

/**
 * 1 with probability level / 255, exact to 2^-24: never at level 0, always at
 * level 255. Only integer arithmetic is used, so that every engine draws the
 * same bit.
 *
 * @param word 32 random bits, of which the upper 24 are used
 */
export function drawPixel(level: number, word: number): 0 | 1 {
  return (word >>> 8) * 255 < level * 2 ** 24 ? 1 : 0;
}

/** The part of the stream: each split draws from its own. */
const SPLIT_PARTS = { train: 1, test: 2, validation: 3 } as const;

/**
 * A split whose grey levels are drawn once, from (seed, binarise, row, split).
 * The draws depend on the data's seed, never on that of a run: all runs see the
 * same pixels.
 *
 * @param firstRow the number of the first row
 */
export function binariseOnce(
  examples: Examples,
  seed: number,
  split: keyof typeof SPLIT_PARTS,
  firstRow = 0,
): Examples {
  const { count, dim, values, ...rest } = examples;
  const drawn = new Uint8Array(values.length);
  for (let row = 0; row < count; row++) {
    const words = stream(
      seed,
      "binarise",
      firstRow + row,
      SPLIT_PARTS[split],
    ).words(dim);
    for (let i = 0, at = row * dim; i < dim; i++, at++) {
      drawn[at] = 255 * drawPixel(values[at]!, words[i]!);
    }
  }
  return { count, dim, values: drawn, ...rest };
}
