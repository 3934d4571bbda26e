/** Values by row, and what a model makes of them a part at a time. */

import type { Examples } from "../../data/dataset.ts";
import { decode, type Trained } from "../../engine/generate.ts";
import { gather, gatherConditions } from "../../train/batches.ts";

/** Some rows as the encoder takes them. */
export function inputs(
  examples: Examples,
  rows: readonly number[],
): Float32Array {
  return gather(examples, Uint32Array.from(rows));
}

/** y of some rows, for a conditional model; undefined: it is none. */
export function conditions(
  examples: Examples,
  rows: readonly number[],
): Float32Array | undefined {
  return gatherConditions(examples, Uint32Array.from(rows));
}

/** Some rows as pictures show them, [rows.length, D]; NaN: it is missing. */
export function pixels(
  { count, dim, values }: Examples,
  rows: readonly number[],
): Float32Array {
  return inputs({ count, dim, values }, rows);
}

/** 0, 1, ..., n - 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Rows that are computed at once: memory does not grow with their number. */
const ROWS_AT_ONCE = 1000;

/**
 * Computes values of n rows from others, a part of the rows after the other.
 *
 * @param given [n, width] each, row-major; undefined: there are none
 * @param compute from the same rows of each
 */
export async function byParts(
  n: number,
  given: readonly (Float32Array | undefined)[],
  compute: (part: (Float32Array | undefined)[]) => Promise<Float32Array>,
): Promise<Float32Array> {
  let all = new Float32Array();
  for (let from = 0; from < n; from += ROWS_AT_ONCE) {
    const to = Math.min(n, from + ROWS_AT_ONCE);
    const made = await compute(given.map((values) => {
      const width = (values?.length ?? 0) / n;
      return values?.subarray(from * width, to * width);
    }));
    const width = made.length / (to - from);
    if (from === 0) all = new Float32Array(n * width);
    all.set(made, from * width);
  }
  return all;
}

/** E[x|z], and y if there is one, of n rows: see `decode`. */
export function decodeRows(
  model: Trained,
  z: Float32Array,
  y: Float32Array | undefined,
): Promise<Float32Array> {
  return byParts(
    z.length / model.spec.latentDim,
    [z, y],
    ([z, y]) => decode(model, z!, y),
  );
}
