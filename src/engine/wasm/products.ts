/** Dense products as commands: panels are packed, then tiles are summed. */

import type { Command, CommandStage } from "./commands.ts";
import {
  PACK,
  PACK_PANELS,
  PRODUCT,
  SPARSE_COLUMNS,
  SPARSE_PRODUCT,
  SPARSE_ROWS,
  TASK_TILES_ACROSS,
  TASK_TILES_DOWN,
  TILE_COLUMNS,
  TILE_ROWS,
} from "./layout.ts";
import type { Allocator, Placed } from "./memory_layout.ts";

/** A matrix, or its transpose. */
export interface Operand {
  readonly matrix: Placed;
  readonly transposed?: boolean;
}

/** What happens to complete sums. */
export interface Finisher {
  readonly code: number;
  /** address, for codes that add one */
  readonly bias?: number;
  /** for codes that multiply by a derivative */
  readonly activations?: Placed;
}

/** So many terms of the sums are packed at once: panels stay in the cache. */
const DEPTH = 512;
/** So many rows of the first operand are packed at once. */
const ROWS = 128;

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
  const panels = ceilDivide(lanes, width);
  return {
    opcode: PACK,
    tasks: ceilDivide(panels, PACK_PANELS),
    // deno-fmt-ignore
    words: [panels, source, laneStride, depthStride, lanes, depth, width, out],
  };
}

const ceilDivide = (n: number, unit: number) => Math.ceil(n / unit);

/**
 * c = finisher(a b), or finisher(c + a b).
 *
 * @param finisher null: the sums go on in another product
 * @param scratch where the packed panels go
 */
export function product(
  a: Operand,
  b: Operand,
  c: Placed,
  finisher: Finisher | null,
  scratch: Allocator,
  goesOn = false,
): CommandStage[] {
  const left = extent(a, "a");
  const right = extent(b, "b");
  const fits = left.depth === right.depth && left.lanes === c.rows &&
    right.lanes === c.columns;
  if (!fits) throw new Error("shapes of a product do not fit");

  const depth = Math.min(left.depth, DEPTH);
  const aBytes = 4 * depth * TILE_ROWS *
    ceilDivide(Math.min(left.lanes, ROWS), TILE_ROWS);
  const across = ceilDivide(right.lanes, TILE_COLUMNS);
  const packedA = scratch.bytes(aBytes);
  const packedB = scratch.bytes(4 * depth * TILE_COLUMNS * across);

  const stages: CommandStage[] = [];
  for (let k = 0; k < left.depth; k += DEPTH) {
    const count = Math.min(DEPTH, left.depth - k);
    const isLast = k + count === left.depth;
    const bSource = b.matrix.address + k * right.depthStride;
    for (let top = 0; top < left.lanes; top += ROWS) {
      const rows = Math.min(ROWS, left.lanes - top);
      const down = ceilDivide(rows, TILE_ROWS);
      const aSource = a.matrix.address + top * left.laneStride +
        k * left.depthStride;
      const packs = [
        pack({ ...left, lanes: rows }, aSource, count, TILE_ROWS, packedA),
      ];
      if (top === 0) {
        packs.push(pack(right, bSource, count, TILE_COLUMNS, packedB));
      }
      const { code = -1, bias = 0, activations } = isLast && finisher !== null
        ? finisher
        : {};
      const activationStride = activations?.stride ?? 0;
      const fromActivations = activations === undefined
        ? 0
        : activations.address + top * activationStride;
      stages.push(packs, [{
        opcode: PRODUCT,
        tasks: ceilDivide(down, TASK_TILES_DOWN) *
          ceilDivide(across, TASK_TILES_ACROSS),
        // deno-fmt-ignore
        words: [
          packedA, packedB, count, c.address + top * c.stride, c.stride,
          down, across, goesOn || k > 0 ? 1 : 0, code, bias,
          fromActivations, activationStride,
        ],
      }]);
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
  lists: PlacedLists,
  b: Placed,
  c: Placed,
  { code, bias = 0 }: Finisher,
  scratch: Allocator,
): CommandStage[] {
  const columns = c.stride / 4;
  const panels = ceilDivide(columns, SPARSE_COLUMNS);
  const packed = scratch.bytes(4 * panels * SPARSE_COLUMNS * b.rows);
  const operand = extent({ matrix: b }, "b");
  return [
    [pack(operand, b.address, b.rows, SPARSE_COLUMNS, packed)],
    [{
      opcode: SPARSE_PRODUCT,
      tasks: ceilDivide(c.rows, SPARSE_ROWS) * panels,
      // deno-fmt-ignore
      words: [
        lists.counts, lists.entries, lists.capacity, packed, b.rows,
        c.address, c.stride, c.rows, columns, code, bias,
      ],
    }],
  ];
}
