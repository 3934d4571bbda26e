/**
 * Products as commands. Dense ones of the module: panels are packed, then tiles
 * are summed.
 */

import type { Command, CommandStage } from "./commands.ts";
import {
  HOST_PRODUCT,
  PACK,
  PRODUCT,
  SPARSE_COLUMNS,
  SPARSE_PRODUCT,
  SPARSE_ROWS,
  TASK_TILES_ACROSS,
  TASK_TILES_DOWN,
  TILE_COLUMNS,
  TILE_ROWS,
} from "./layout.ts";
import { type Allocator, type Placed, roundUp } from "./memory_layout.ts";

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

/**
 * A way to have dense products: c = finisher(a b), or finisher(c + a b).
 *
 * @param finisher null: the sums go on in another product
 * @param scratch where it may keep what it needs until the product is done
 * @param goesOn whether the sums go on from what c holds
 */
export type Product = (
  a: Operand,
  b: Operand,
  c: Placed,
  finisher: Finisher | null,
  scratch: Allocator,
  goesOn?: boolean,
) => CommandStage[];

/** So many terms of the sums are packed at once: panels stay in the cache. */
const DEPTH = 512;
/** So many values of the first operand are packed at once, about: 256 KiB. */
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
  return {
    opcode: PACK,
    tasks: ceilDivide(lanes, width),
    words: [source, laneStride, depthStride, lanes, depth, width, out],
  };
}

const ceilDivide = (n: number, unit: number) => Math.ceil(n / unit);

/** Extents of both operands, which must fit each other and c. */
function extents(a: Operand, b: Operand, c: Placed) {
  const left = extent(a, "a");
  const right = extent(b, "b");
  const fits = left.depth === right.depth && left.lanes === c.rows &&
    right.lanes === c.columns;
  if (!fits) throw new Error("shapes of a product do not fit");
  return { left, right };
}

/** A {@linkcode Product} of the module: packed panels, in scratch memory. */
export const product: Product = (
  a,
  b,
  c,
  finisher,
  scratch,
  goesOn = false,
) => {
  const { left, right } = extents(a, b, c);

  const depth = Math.min(left.depth, DEPTH);
  const most = roundUp(PACKED_VALUES / depth, TILE_ROWS * TASK_TILES_DOWN);
  const aBytes = 4 * depth * roundUp(Math.min(left.lanes, most), TILE_ROWS);
  const across = ceilDivide(right.lanes, TILE_COLUMNS);
  const packedA = scratch.bytes(aBytes);
  const packedB = scratch.bytes(4 * depth * TILE_COLUMNS * across);

  const stages: CommandStage[] = [];
  for (let k = 0; k < left.depth; k += DEPTH) {
    const count = Math.min(DEPTH, left.depth - k);
    const isLast = k + count === left.depth;
    const bSource = b.matrix.address + k * right.depthStride;
    for (let top = 0; top < left.lanes; top += most) {
      const rows = Math.min(most, left.lanes - top);
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
};

/** Multiplications and additions that are worth a task of their own. */
const HOST_WORK = 2 ** 23;

/**
 * A {@linkcode Product} of the host's library. A large c is cut into blocks
 * along its longer side, the same for every number of threads.
 */
export const hostProduct: Product = (a, b, c, finisher, _, goesOn = false) => {
  const { left: { depth } } = extents(a, b, c);
  const { rows, columns } = c;
  const blocks = Math.max(1, Math.floor(rows * columns * depth / HOST_WORK));
  const cut = (length: number) =>
    roundUp(ceilDivide(length, blocks), TILE_COLUMNS);
  const [blockRows, blockColumns] = rows > columns
    ? [cut(rows), columns]
    : [rows, cut(columns)];
  const { code = -1, bias = 0, activations } = finisher ?? {};
  return [[{
    opcode: HOST_PRODUCT,
    tasks: ceilDivide(rows, blockRows) * ceilDivide(columns, blockColumns),
    // deno-fmt-ignore
    words: [
      blockRows, blockColumns, a.transposed ? 1 : 0, b.transposed ? 1 : 0,
      rows, columns, depth, a.matrix.address, a.matrix.stride,
      b.matrix.address, b.matrix.stride, goesOn ? 1 : 0, c.address, c.stride,
      code, bias, activations?.address ?? 0, activations?.stride ?? 0,
    ],
  }]];
};

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
