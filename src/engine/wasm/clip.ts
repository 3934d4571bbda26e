/** Clipping of gradients in the module's memory: src/model/clip_gradients.ts. */

import { SMALLEST_NORMAL } from "../../model/clip_gradients.ts";
import type { Placed } from "../lower.ts";

/**
 * Scales gradients to the norm `most` where their own is larger. The sum of
 * squares is one of float64 in the order of the arrays, on the host: alike for
 * every number of threads and on every machine.
 *
 * @param gradients of all trained parameters
 */
export function clipInMemory(
  memory: ArrayBufferLike,
  gradients: readonly Placed[],
  most: number,
): void {
  const rows = gradients.flatMap(({ at, rows, columns, stride }) =>
    Array.from(
      { length: rows },
      (_, i) => new Float32Array(memory, at + i * stride, columns),
    )
  );
  let squares = 0;
  for (const row of rows) {
    for (let j = 0; j < row.length; j++) squares += row[j]! * row[j]!;
  }
  const norm = Math.sqrt(squares);
  if (!(norm > most) || norm === Infinity) return;
  const exact = most / norm;
  const factor = exact < SMALLEST_NORMAL ? exact : Math.fround(exact);
  for (const row of rows) {
    for (let j = 0; j < row.length; j++) row[j]! *= factor;
  }
}
