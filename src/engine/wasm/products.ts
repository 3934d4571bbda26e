/** Matrix products as commands. */

import type { Placed } from "../lower.ts";
import { type Command, command, type CommandStage } from "./commands.ts";
import {
  PANEL_COLUMNS,
  SPARSE_COLUMNS,
  SPARSE_ROWS,
  STORE,
  TASK_TILES_ACROSS,
  TASK_TILES_DOWN,
  TILE_COLUMNS,
  TILE_ROWS,
  UNFINISHED,
} from "./layout.ts";
import { type Allocator, roundUp } from "./memory_layout.ts";

/** A matrix, or its transpose. */
export interface Operand {
  readonly matrix: Placed;
  readonly transposed?: boolean;
}

/** An operation on complete sums. */
export interface Finisher {
  readonly code: number;
  /** address, for codes that add one */
  readonly bias?: number;
  /** for codes that multiply by a derivative */
  readonly activations?: Placed | null;
}

/** Stores complete sums as they are. */
export const STORED: Finisher = { code: STORE };

/** The finisher's part of a command. */
const finisherOf = (finisher: Finisher | null, top = 0) => {
  const { code, bias = 0, activations } = finisher ?? { code: UNFINISHED };
  const activationStride = activations?.stride ?? 0;
  return {
    finisher: code,
    bias,
    activations: activations ? activations.at + top * activationStride : 0,
    activationStride,
  };
};

/** Terms of the sums that are packed at once: panels stay in the cache. */
const DEPTH = 512;
/** Values of the first operand that are packed at once, about: 256 KiB. */
const PACKED_VALUES = 65536;

/** An operand's extent and strides, in bytes, along the sum and across it. */
function extent({ matrix, transposed = false }: Operand, side: "a" | "b") {
  const { rows, columns, stride } = matrix;
  // a is [lanes, depth], b is [depth, lanes].
  const lanesAreRows = (side === "a") !== transposed;
  return lanesAreRows
    ? { lanes: rows, depth: columns, laneStride: stride, depthStride: 4 }
    : { lanes: columns, depth: rows, laneStride: 4, depthStride: stride };
}

/** Copies an operand into panels of `width` lanes. */
function pack(
  { lanes, laneStride, depthStride }: ReturnType<typeof extent>,
  source: number,
  depth: number,
  width: number,
  out: number,
): Command {
  return command(
    "pack",
    { laneStride, depthStride, lanes, depth, width, source, out },
    ceilDivide(lanes, width),
  );
}

const ceilDivide = (n: number, unit: number) => Math.ceil(n / unit);

/**
 * A dense product: c = finisher(a b), or finisher(c + a b).
 *
 * @param finisher null: the sums go on in another product
 * @param scratch for packed panels, until the product is done
 * @param accumulates whether the sums start from what c holds
 */
export function product(
  a: Operand,
  b: Operand,
  c: Placed,
  finisher: Finisher | null,
  scratch: Allocator,
  accumulates = false,
): CommandStage[] {
  const left = extent(a, "a");
  const right = extent(b, "b");
  const fits = left.depth === right.depth && left.lanes === c.rows &&
    right.lanes === c.columns;
  if (!fits) throw new Error("shapes of a product do not fit");

  const depth = Math.min(left.depth, DEPTH);
  const most = roundUp(PACKED_VALUES / depth, TILE_ROWS * TASK_TILES_DOWN);
  const aBytes = 4 * depth * roundUp(Math.min(left.lanes, most), TILE_ROWS);
  const across = ceilDivide(right.lanes, TILE_COLUMNS);
  const packedA = scratch.bytes(aBytes);
  const packedB = scratch.bytes(
    4 * depth * roundUp(right.lanes, PANEL_COLUMNS),
  );

  const stages: CommandStage[] = [];
  for (let k = 0; k < left.depth; k += DEPTH) {
    const count = Math.min(DEPTH, left.depth - k);
    const isLast = k + count === left.depth;
    const bSource = b.matrix.at + k * right.depthStride;
    for (let top = 0; top < left.lanes; top += most) {
      const rows = Math.min(most, left.lanes - top);
      const down = ceilDivide(rows, TILE_ROWS);
      const aSource = a.matrix.at + top * left.laneStride +
        k * left.depthStride;
      const packs = [
        pack({ ...left, lanes: rows }, aSource, count, TILE_ROWS, packedA),
      ];
      if (top === 0) {
        packs.push(pack(right, bSource, count, PANEL_COLUMNS, packedB));
      }
      stages.push(packs, [command(
        "product",
        {
          ...finisherOf(isLast ? finisher : null, top),
          ...{ a: packedA, b: packedB, depth: count },
          ...{ c: c.at + top * c.stride, stride: c.stride },
          ...{ tilesDown: down, tilesAcross: across },
          accumulates: accumulates || k > 0 ? 1 : 0,
        },
        ceilDivide(down, TASK_TILES_DOWN) *
          ceilDivide(across, TASK_TILES_ACROSS),
      )]);
    }
  }
  return stages;
}

/** Lists of the values of a matrix that are not zero, by row or by column. */
export interface PlacedLists {
  /** one to a list, u32 */
  readonly counts: number;
  /** an index and a value each */
  readonly entries: number;
  /** entries that a list has room for */
  readonly capacity: number;
}

/** c = finisher(lists b). */
export function sparseProduct(
  { counts, entries, capacity }: PlacedLists,
  b: Placed,
  c: Placed,
  finisher: Finisher,
): CommandStage[] {
  const columns = c.stride / 4;
  return [
    [command("sparse-product", {
      ...finisherOf(finisher),
      ...{ counts, entries, capacity, b: b.at, bStride: b.stride },
      ...{ c: c.at, stride: c.stride, rows: c.rows, columns },
    }, ceilDivide(c.rows, SPARSE_ROWS) * ceilDivide(columns, SPARSE_COLUMNS))],
  ];
}
