/** The fixed draws of z of an evaluation, and the parts that it works in. */

import { stream } from "../random/stream.ts";

/** Draws from one stream of noise; another number would change all draws. */
export const DRAWS_AT_ONCE = 50;

/** What the draws are for: the terms of the ELBO, or the bound with k of them. */
const USES = { terms: 0, importance: 1 } as const;

/** A range of numbers, such as of rows. */
export interface Part {
  /** how many parts come before it */
  readonly index: number;
  readonly first: number;
  readonly count: number;
}

/** 0..total-1 in parts of at most `size`. */
export function partsOf(total: number, size: number): Part[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, index) => ({
    index,
    first: index * size,
    count: Math.min(size, total - index * size),
  }));
}

/**
 * Standard normal noise of some of the draws at some rows, [S, B, d]: that of a
 * row is a function of (seed, use, row, draw) alone, however they are divided.
 *
 * @param draws one of the parts of all draws by {@linkcode DRAWS_AT_ONCE}
 */
export function noiseOf(
  use: keyof typeof USES,
  seed: number,
  rows: Part,
  draws: Part,
  width: number,
): Float32Array {
  const noise = new Float32Array(draws.count * rows.count * width);
  const part = 2 * draws.index + USES[use];
  for (let b = 0; b < rows.count; b++) {
    const ofRow = stream(seed, "estimate", rows.first + b, part)
      .normals(draws.count * width);
    for (let s = 0; s < draws.count; s++) {
      noise.set(
        ofRow.subarray(s * width, (s + 1) * width),
        (s * rows.count + b) * width,
      );
    }
  }
  return noise;
}
