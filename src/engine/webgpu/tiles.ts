/**
 * Tiles of products: the sums of an invocation and the invocations of a
 * workgroup. A software adapter has plain tiles, a GPU shared ones. Those of one
 * kind change the speed and no bit: see `kernels/product.ts`.
 */

import type { AdapterDescription } from "../webgpu_device.ts";

interface Shape {
  /** rows of sums of an invocation, a multiple of 4 */
  readonly rows: number;
  /** their columns in fours */
  readonly fours: number;
  /** invocations across */
  readonly across: number;
  /** invocations down */
  readonly down: number;
}

/** Without memory of the workgroup: kernels/product_plain.ts. */
export interface PlainTile extends Shape {
  readonly kind: "plain";
}

/** Through the workgroup's memory: kernels/product_shared.ts. */
export interface SharedTile extends Shape {
  readonly kind: "shared";
  readonly rows: 4;
  readonly fours: 1;
  /** parts of the inner dimension that lanes sum side by side */
  readonly parts: 1 | 4;
  /** values of the inner dimension of a chunk, a multiple of 4 */
  readonly depth: number;
}

export type Tile = PlainTile | SharedTile;

function plain(
  rows: number,
  fours: number,
  across: number,
  down: number,
): PlainTile {
  return { kind: "plain", rows, fours, across, down };
}

function shared(
  across: number,
  down: number,
  parts: SharedTile["parts"],
  depth: number,
): SharedTile {
  return {
    ...{ kind: "shared", rows: 4, fours: 1, across, down, parts, depth },
  };
}

/**
 * Tiles to measure, the default first. Every WebGPU device supports their
 * workgroups. On a software adapter loads are slow, so the default has many sums
 * for each; a GPU needs many invocations: a batch of 128 has few tiles.
 */
export const CANDIDATES = {
  software: [
    plain(16, 2, 8, 1),
    plain(4, 1, 8, 8),
    plain(8, 2, 8, 8),
    plain(8, 1, 8, 8),
    plain(4, 1, 16, 16),
  ],
  hardware: [
    shared(8, 4, 4, 8),
    shared(4, 4, 4, 16),
    shared(8, 4, 1, 16),
    shared(8, 8, 1, 16),
    shared(16, 16, 1, 16),
  ],
} as const satisfies Record<string, readonly Tile[]>;

/** Tiles to measure on an adapter, its default first. */
export function candidatesFor(
  { software }: Pick<AdapterDescription, "software">,
): readonly [Tile, ...Tile[]] {
  return CANDIDATES[software ? "software" : "hardware"];
}

/** The default tile of an adapter, without measuring. */
export function tileFor(adapter: Pick<AdapterDescription, "software">): Tile {
  return candidatesFor(adapter)[0];
}

/** As `parseTile` reads it, such as 16x2/8x1 or 4x1/8x4/4x16. */
export function formatTile(tile: Tile): string {
  const { rows, fours, across, down } = tile;
  const shape = `${rows}x${fours}/${across}x${down}`;
  return tile.kind === "plain" ? shape : `${shape}/${tile.parts}x${tile.depth}`;
}

/** Sums that an invocation has room for, and invocations of a workgroup. */
const MOST_SUMS = 512;
const MOST_INVOCATIONS = 1024;

/**
 * Reads ROWSxFOURS/ACROSSxDOWN: rows and fours of columns of an invocation,
 * and invocations of a workgroup; of shared tiles /PARTSxDEPTH follows. null: it
 * is none.
 */
export function parseTile(text: string): Tile | null {
  const found = /^(\d+)x(\d+)\/(\d+)x(\d+)(?:\/(\d+)x(\d+))?$/.exec(text);
  if (found === null) return null;
  const [rows, fours, across, down] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  if (found[5] !== undefined) {
    const [parts, depth] = [Number(found[5]), Number(found[6])];
    const isWhole = across > 0 && down > 0 && depth > 0 && depth % 4 === 0 &&
      depth % across === 0 && depth % down === 0;
    return rows === 4 && fours === 1 && isWhole &&
        (parts === 1 || parts === 4) &&
        across * down * parts <= MOST_INVOCATIONS
      ? shared(across, down, parts, depth)
      : null;
  }
  const fits = rows % 4 === 0 && Math.min(rows, fours, across, down) > 0 &&
    4 * rows * fours <= MOST_SUMS && across * down <= MOST_INVOCATIONS;
  return fits ? plain(rows, fours, across, down) : null;
}

/** Invocations of a workgroup. */
export function invocationsOf(tile: Tile): number {
  return tile.across * tile.down * (tile.kind === "shared" ? tile.parts : 1);
}

/**
 * The tile of each of two products that share their input, in a workgroup of a
 * tile; null: it has no room for both.
 */
export function ofEach(tile: Tile): Tile | null {
  if (tile.kind === "plain") return { ...tile, fours: 1 };
  return tile.across % 2 === 0 ? { ...tile, across: tile.across / 2 } : null;
}

/** The tiles of an engine's record. */
export function tileOf({ tiles }: { readonly tiles?: string }): Tile {
  const tile = parseTile(tiles ?? "");
  if (tile === null) throw new Error(`no tiles: ${tiles}`);
  return tile;
}
