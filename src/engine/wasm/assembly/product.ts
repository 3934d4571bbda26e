/**
 * Dense matrix product. Every value of the result is the sum over k in rising
 * order, ((0 + a_0 b_0) + a_1 b_1) + ..., whatever the tiles, the blocks of k
 * and the threads: a sum that goes on in the next block of k goes on from the
 * stored value, which is exact.
 */

import {
  PANEL_COLUMNS,
  TASK_TILES_ACROSS,
  TASK_TILES_DOWN,
  TILE_COLUMNS,
  TILE_ROWS,
  UNFINISHED,
  WIDE,
} from "../layout";
import { Product } from "./commands";
import { mulAdd, ZEROS } from "./elementary";
import { finish } from "./finish";

/** One task: up to 8 x 4 tiles of c, which is [5 tilesDown, 8 tilesAcross]. */
export function productTask(own: Product, task: i32): void {
  const groupsDown = (own.tilesDown + TASK_TILES_DOWN - 1) / TASK_TILES_DOWN;
  const top = (task % groupsDown) * TASK_TILES_DOWN;
  const left = (task / groupsDown) * TASK_TILES_ACROSS;
  const bottom = min<i32>(top + TASK_TILES_DOWN, own.tilesDown);
  const right = min<i32>(left + TASK_TILES_ACROSS, own.tilesAcross);
  const depth = own.depth;
  const stride = <usize>own.stride;
  const aTile = <usize>(depth * TILE_ROWS) << 2;
  const panel = <usize>(depth * PANEL_COLUMNS) << 2;
  const isWide = load<i32>(WIDE);
  let j = left;
  while (j < right) {
    // Two tiles side by side are in one panel.
    const b = own.b + <usize>(j >> 1) * panel + (<usize>(j & 1) << 5);
    const takesTwo = isWide && j + 2 <= right;
    for (let i = top; i < bottom; i++) {
      const a = own.a + <usize>i * aTile;
      const c = own.c + <usize>(i * TILE_ROWS) * stride + (<usize>j << 5);
      if (takesTwo) wideTile(a, b, depth, c, stride, own.accumulates);
      else tile(a, b, depth, c, stride, own.accumulates);
    }
    j += takesTwo ? 2 : 1;
  }
  if (own.finisher == UNFINISHED) return;
  finish(
    own.finisher,
    own.c,
    own.stride,
    top * TILE_ROWS,
    bottom * TILE_ROWS,
    left * TILE_COLUMNS,
    right * TILE_COLUMNS,
    own.bias,
    own.activations,
    own.activationStride,
  );
}

/** A tile of 5 x 8 sums, in ten registers. */
function tile(
  a: usize,
  b: usize,
  depth: i32,
  c: usize,
  stride: usize,
  accumulates: i32,
): void {
  const row0 = c;
  const row1 = row0 + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const row4 = row3 + stride;
  // New sums begin at zeros in memory: what two branches give does not pack.
  const start0 = accumulates ? row0 : ZEROS;
  const start1 = accumulates ? row1 : ZEROS;
  const start2 = accumulates ? row2 : ZEROS;
  const start3 = accumulates ? row3 : ZEROS;
  const start4 = accumulates ? row4 : ZEROS;
  let c00 = v128.load(start0), c01 = v128.load(start0, 16);
  let c10 = v128.load(start1), c11 = v128.load(start1, 16);
  let c20 = v128.load(start2), c21 = v128.load(start2, 16);
  let c30 = v128.load(start3), c31 = v128.load(start3, 16);
  let c40 = v128.load(start4), c41 = v128.load(start4, 16);
  // V8 makes the fastest loop of one k at a time, of a's values taken out of
  // one register, and of this order: by columns it takes half as long again.
  let k = depth;
  do {
    const values = v128.load(a);
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const a0 = v128.shuffle<i32>(values, values, 0, 0, 0, 0);
    c00 = mulAdd(b0, a0, c00);
    c01 = mulAdd(b1, a0, c01);
    const a1 = v128.shuffle<i32>(values, values, 1, 1, 1, 1);
    c10 = mulAdd(b0, a1, c10);
    c11 = mulAdd(b1, a1, c11);
    const a2 = v128.shuffle<i32>(values, values, 2, 2, 2, 2);
    c20 = mulAdd(b0, a2, c20);
    c21 = mulAdd(b1, a2, c21);
    const a3 = v128.shuffle<i32>(values, values, 3, 3, 3, 3);
    c30 = mulAdd(b0, a3, c30);
    c31 = mulAdd(b1, a3, c31);
    const a4 = v128.load32_splat(a, 16);
    c40 = mulAdd(b0, a4, c40);
    c41 = mulAdd(b1, a4, c41);
    a += <usize>TILE_ROWS << 2;
    b += <usize>PANEL_COLUMNS << 2;
  } while (--k > 0);
  v128.store(row0, c01, 16), v128.store(row0, c00);
  v128.store(row1, c11, 16), v128.store(row1, c10);
  v128.store(row2, c21, 16), v128.store(row2, c20);
  v128.store(row3, c31, 16), v128.store(row3, c30);
  v128.store(row4, c41, 16), v128.store(row4, c40);
}

/**
 * A tile of 5 x 16 sums from a whole panel. V8 makes one operation of
 * 256 bits of each pair of neighbours; see src/engine/README.md for what it
 * needs for that.
 */
export function wideTile(
  a: usize,
  b: usize,
  depth: i32,
  c: usize,
  stride: usize,
  accumulates: i32,
): void {
  const row0 = c;
  const row1 = row0 + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  const row4 = row3 + stride;
  // New sums begin at zeros in memory: what two branches give does not pack.
  const start0 = accumulates ? row0 : ZEROS;
  const start1 = accumulates ? row1 : ZEROS;
  const start2 = accumulates ? row2 : ZEROS;
  const start3 = accumulates ? row3 : ZEROS;
  const start4 = accumulates ? row4 : ZEROS;
  let c00 = v128.load(start0), c01 = v128.load(start0, 16);
  let c02 = v128.load(start0, 32), c03 = v128.load(start0, 48);
  let c10 = v128.load(start1), c11 = v128.load(start1, 16);
  let c12 = v128.load(start1, 32), c13 = v128.load(start1, 48);
  let c20 = v128.load(start2), c21 = v128.load(start2, 16);
  let c22 = v128.load(start2, 32), c23 = v128.load(start2, 48);
  let c30 = v128.load(start3), c31 = v128.load(start3, 16);
  let c32 = v128.load(start3, 32), c33 = v128.load(start3, 48);
  let c40 = v128.load(start4), c41 = v128.load(start4, 16);
  let c42 = v128.load(start4, 32), c43 = v128.load(start4, 48);
  // One k at a time: two take half as long again.
  const end = a + (<usize>(depth * TILE_ROWS) << 2);
  do {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32), b3 = v128.load(b, 48);
    const a0 = v128.load32_splat(a);
    c00 = mulAdd(b0, a0, c00);
    c01 = mulAdd(b1, a0, c01);
    c02 = mulAdd(b2, a0, c02);
    c03 = mulAdd(b3, a0, c03);
    const a1 = v128.load32_splat(a, 4);
    c10 = mulAdd(b0, a1, c10);
    c11 = mulAdd(b1, a1, c11);
    c12 = mulAdd(b2, a1, c12);
    c13 = mulAdd(b3, a1, c13);
    const a2 = v128.load32_splat(a, 8);
    c20 = mulAdd(b0, a2, c20);
    c21 = mulAdd(b1, a2, c21);
    c22 = mulAdd(b2, a2, c22);
    c23 = mulAdd(b3, a2, c23);
    const a3 = v128.load32_splat(a, 12);
    c30 = mulAdd(b0, a3, c30);
    c31 = mulAdd(b1, a3, c31);
    c32 = mulAdd(b2, a3, c32);
    c33 = mulAdd(b3, a3, c33);
    const a4 = v128.load32_splat(a, 16);
    c40 = mulAdd(b0, a4, c40);
    c41 = mulAdd(b1, a4, c41);
    c42 = mulAdd(b2, a4, c42);
    c43 = mulAdd(b3, a4, c43);
    a += <usize>TILE_ROWS << 2;
    b += <usize>PANEL_COLUMNS << 2;
  } while (a < end);
  v128.store(row0, c01, 16), v128.store(row0, c00);
  v128.store(row0, c03, 48), v128.store(row0, c02, 32);
  v128.store(row1, c11, 16), v128.store(row1, c10);
  v128.store(row1, c13, 48), v128.store(row1, c12, 32);
  v128.store(row2, c21, 16), v128.store(row2, c20);
  v128.store(row2, c23, 48), v128.store(row2, c22, 32);
  v128.store(row3, c31, 16), v128.store(row3, c30);
  v128.store(row3, c33, 48), v128.store(row3, c32, 32);
  v128.store(row4, c41, 16), v128.store(row4, c40);
  v128.store(row4, c43, 48), v128.store(row4, c42, 32);
}
