/**
 * Tiles of products: the sums of an invocation and the invocations of a
 * workgroup. They change the speed and no bit: see `kernels/product.ts`.
 */

import type { AdapterDescription } from "../webgpu_device.ts";
import type { Tile } from "./kernels/product.ts";

/** For a software adapter, where loads are slow: many sums for each. */
const SOFTWARE: Tile = { rows: 16, fours: 2, across: 8, down: 1 };

/** For a GPU, which needs many invocations and merges their loads. */
const HARDWARE: Tile = { rows: 4, fours: 1, across: 8, down: 8 };

/**
 * Tiles to measure. Every WebGPU device supports their workgroups; those of the
 * others have at least as many sums as the defaults'.
 */
export const CANDIDATES: readonly Tile[] = [
  SOFTWARE,
  HARDWARE,
  { rows: 8, fours: 2, across: 8, down: 8 },
  { rows: 8, fours: 1, across: 8, down: 8 },
  { rows: 4, fours: 1, across: 16, down: 16 },
];

/** The default tile of an adapter, without measuring. */
export function tileFor({ software }: AdapterDescription): Tile {
  return software ? SOFTWARE : HARDWARE;
}

/** As `parseTile` reads it, such as 16x2/8x1. */
export function formatTile({ rows, fours, across, down }: Tile): string {
  return `${rows}x${fours}/${across}x${down}`;
}

/** Sums that an invocation has room for, and invocations of a workgroup. */
const MOST_SUMS = 512;
const MOST_INVOCATIONS = 1024;

/**
 * Reads ROWSxFOURS/ACROSSxDOWN: rows and fours of columns of an invocation,
 * and invocations of a workgroup; null: it is none.
 */
export function parseTile(text: string): Tile | null {
  const found = /^(\d+)x(\d+)\/(\d+)x(\d+)$/.exec(text);
  if (found === null) return null;
  const [rows, fours, across, down] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const fits = rows % 4 === 0 && Math.min(rows, fours, across, down) > 0 &&
    4 * rows * fours <= MOST_SUMS && across * down <= MOST_INVOCATIONS;
  return fits ? { rows, fours, across, down } : null;
}

/** The tiles of an engine's record. */
export function tileOf({ tiles }: { readonly tiles?: string }): Tile {
  const tile = parseTile(tiles ?? "");
  if (tile === null) throw new Error(`no tiles: ${tiles}`);
  return tile;
}
