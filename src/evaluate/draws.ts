/** The fixed draws of z of an evaluation, and the parts that it works in. */

import type { DrawEngine } from "../engine/draw_engine.ts";
import type { DrawBatch } from "../engine/engine.ts";
import { type Stream, stream } from "../random/stream.ts";

/** Draws from one stream of noise; another number would change all draws. */
export const DRAWS_AT_ONCE = 50;

/** Rows of z that an engine has at a time, where it does not say. */
const ROWS_OF_Z = 2500;

/** Datapoints at a time, {@linkcode DRAWS_AT_ONCE} draws of each. */
export function rowsAtOnce({ pace }: Pick<DrawEngine, "pace">): number {
  return Math.ceil((pace?.rows ?? ROWS_OF_Z) / DRAWS_AT_ONCE);
}

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
  return noiseFrom(streamsOf(use, seed, rows, draws), draws.count, width);
}

/** Pixels of rows at some of the draws. Their noise is made where it is read. */
export function batchOf(
  pixels: Pick<DrawBatch, "x" | "condition">,
  use: keyof typeof USES,
  seed: number,
  rows: Part,
  draws: Part,
  width: number,
): DrawBatch {
  const streams = streamsOf(use, seed, rows, draws);
  return {
    ...pixels,
    size: rows.count,
    samples: draws.count,
    streams: streams.map(({ address }) => address),
    get noise() {
      return noiseFrom(streams, draws.count, width);
    },
  };
}

/** The streams of rows in one of the parts of all draws. */
function streamsOf(
  use: keyof typeof USES,
  seed: number,
  { first, count }: Part,
  draws: Part,
): Stream[] {
  const part = 2 * draws.index + USES[use];
  return Array.from(
    { length: count },
    (_, b) => stream(seed, "estimate", first + b, part),
  );
}

/** The noise of so many draws, [S, B, d], from the streams of rows. */
function noiseFrom(
  streams: readonly Stream[],
  count: number,
  width: number,
): Float32Array {
  const noise = new Float32Array(count * streams.length * width);
  for (const [b, own] of streams.entries()) {
    const ofRow = own.normals(count * width);
    for (let s = 0; s < count; s++) {
      noise.set(
        ofRow.subarray(s * width, (s + 1) * width),
        (s * streams.length + b) * width,
      );
    }
  }
  return noise;
}
