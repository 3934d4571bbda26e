/**
 * Product of a matrix given by lists of its values that are not zero. Adding
 * 0 * w changes no sum that started at +0, for finite w, so the bits are those
 * of the dense product: sums over k in rising order.
 */

import {
  BATCH_ROWS,
  LIST_WIDTH,
  SPARSE_COLUMNS,
  SPARSE_ROWS,
  WIDE,
} from "../layout";
import { Lists, SparseProduct } from "./commands";
import { mulAdd } from "./elementary";
import { finish } from "./finish";
import { scratch } from "./threads";

/** A list holds pairs of an index and a value. */
const ENTRY: usize = 8;

/** Bit i of four: whether float i is not 0. */
@inline
function nonZeros4(at: usize): i32 {
  return i32x4.bitmask(f32x4.ne(v128.load(at), f32x4.splat(0)));
}

/**
 * Bit i of 16: whether the float in column `first + i` is not 0. Rows are
 * padded to eights of columns, and what is in the padding does not count.
 */
@inline
function nonZeros(at: usize, first: i32, columns: i32): i32 {
  let bits = nonZeros4(at) | (nonZeros4(at + 16) << 4);
  if (first + 8 < columns) {
    bits |= (nonZeros4(at + 32) << 8) | (nonZeros4(at + 48) << 12);
  }
  return first + 16 > columns ? bits & ((1 << (columns - first)) - 1) : bits;
}

/** One task: the lists of four rows of x, [rows, columns]. */
export function listRowsTask(own: Lists, task: i32): void {
  const columns = own.columns;
  const last = min<i32>((task + 1) * BATCH_ROWS, own.rows);
  for (let i = task * BATCH_ROWS; i < last; i++) {
    const row = own.x + <usize>i * <usize>own.stride;
    const list = own.entries + <usize>i * <usize>own.capacity * ENTRY;
    let end = list;
    for (let j = 0; j < columns; j += LIST_WIDTH) {
      const at = row + (<usize>j << 2);
      let bits = nonZeros(at, j, columns);
      while (bits) {
        const lane = ctz<i32>(bits);
        store<i32>(end, j + lane);
        store<f32>(end, load<f32>(at + (<usize>lane << 2)), 4);
        end += ENTRY;
        bits &= bits - 1;
      }
    }
    store<i32>(own.counts + (<usize>i << 2), <i32>((end - list) / ENTRY));
  }
}

/** One task: the lists of 16 columns of x. */
export function listColumnsTask(own: Lists, task: i32): void {
  const rows = own.rows;
  const columns = own.columns;
  const first = task * LIST_WIDTH;
  const count = min<i32>(LIST_WIDTH, columns - first);
  const listBytes = <usize>own.capacity * ENTRY;
  const lists = own.entries + <usize>first * listBytes;
  // Where each list goes on
  for (let i = 0; i < count; i++) {
    store<usize>(scratch + (<usize>i << 2), lists + <usize>i * listBytes);
  }
  let at = own.x + (<usize>first << 2);
  for (let i = 0; i < rows; i++) {
    let bits = nonZeros(at, first, columns);
    while (bits) {
      const lane = <usize>ctz<i32>(bits) << 2;
      const end = load<usize>(scratch + lane);
      store<i32>(end, i);
      store<f32>(end, load<f32>(at + lane), 4);
      store<usize>(scratch + lane, end + ENTRY);
      bits &= bits - 1;
    }
    at += <usize>own.stride;
  }
  for (let i = 0; i < count; i++) {
    const bytes = load<usize>(scratch + (<usize>i << 2)) -
      (lists + <usize>i * listBytes);
    store<i32>(own.counts + (<usize>(first + i) << 2), <i32>(bytes / ENTRY));
  }
}

/**
 * One task: up to 16 rows and 64 columns of c = lists times b, whose rows are
 * of c's stride. c has a multiple of 8 columns.
 */
export function sparseProductTask(own: SparseProduct, task: i32): void {
  const rows = own.rows;
  const c = own.c;
  const stride = own.stride;
  const bStride = <usize>own.bStride;
  const groups = (rows + SPARSE_ROWS - 1) / SPARSE_ROWS;
  const top = (task % groups) * SPARSE_ROWS;
  const left = (task / groups) * SPARSE_COLUMNS;
  const bottom = min<i32>(top + SPARSE_ROWS, rows);
  const right = min<i32>(left + SPARSE_COLUMNS, own.columns);
  const isWide = load<i32>(WIDE);
  for (let i = top; i < bottom; i++) {
    const list = own.entries + <usize>i * <usize>own.capacity * ENTRY;
    const end = list + <usize>load<i32>(own.counts + (<usize>i << 2)) * ENTRY;
    let b = own.b + (<usize>left << 2);
    let to = c + <usize>i * <usize>stride + (<usize>left << 2);
    let j = left;
    if (isWide && j + 64 <= right) {
      sumSixtyFour(list, end, b, bStride, to);
      continue;
    }
    for (; j + 32 <= right; j += 32, b += 128, to += 128) {
      sumThirtyTwo(list, end, b, bStride, to);
    }
    for (; j < right; j += 8, b += 32, to += 32) {
      sumEight(list, end, b, bStride, to);
    }
  }
  finish(own.finisher, c, stride, top, bottom, left, right, own.bias, 0, 0);
}

/** A row of 64 sums, in eight registers of 256 bits. */
export function sumSixtyFour(
  list: usize,
  end: usize,
  b: usize,
  stride: usize,
  c: usize,
): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0), c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0), c5 = f32x4.splat(0);
  let c6 = f32x4.splat(0), c7 = f32x4.splat(0);
  let c8 = f32x4.splat(0), c9 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c12 = f32x4.splat(0), c13 = f32x4.splat(0);
  let c14 = f32x4.splat(0), c15 = f32x4.splat(0);
  for (let entry = list; entry < end; entry += ENTRY) {
    const row = b + <usize>load<u32>(entry) * stride;
    const value = v128.load32_splat(entry, 4);
    c0 = mulAdd(value, v128.load(row), c0);
    c1 = mulAdd(value, v128.load(row, 16), c1);
    c2 = mulAdd(value, v128.load(row, 32), c2);
    c3 = mulAdd(value, v128.load(row, 48), c3);
    c4 = mulAdd(value, v128.load(row, 64), c4);
    c5 = mulAdd(value, v128.load(row, 80), c5);
    c6 = mulAdd(value, v128.load(row, 96), c6);
    c7 = mulAdd(value, v128.load(row, 112), c7);
    c8 = mulAdd(value, v128.load(row, 128), c8);
    c9 = mulAdd(value, v128.load(row, 144), c9);
    c10 = mulAdd(value, v128.load(row, 160), c10);
    c11 = mulAdd(value, v128.load(row, 176), c11);
    c12 = mulAdd(value, v128.load(row, 192), c12);
    c13 = mulAdd(value, v128.load(row, 208), c13);
    c14 = mulAdd(value, v128.load(row, 224), c14);
    c15 = mulAdd(value, v128.load(row, 240), c15);
  }
  v128.store(c, c1, 16), v128.store(c, c0);
  v128.store(c, c3, 48), v128.store(c, c2, 32);
  v128.store(c, c5, 80), v128.store(c, c4, 64);
  v128.store(c, c7, 112), v128.store(c, c6, 96);
  v128.store(c, c9, 144), v128.store(c, c8, 128);
  v128.store(c, c11, 176), v128.store(c, c10, 160);
  v128.store(c, c13, 208), v128.store(c, c12, 192);
  v128.store(c, c15, 240), v128.store(c, c14, 224);
}

/** A row of 32 sums, in eight registers. */
function sumThirtyTwo(
  list: usize,
  end: usize,
  b: usize,
  stride: usize,
  c: usize,
): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0), c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0), c5 = f32x4.splat(0);
  let c6 = f32x4.splat(0), c7 = f32x4.splat(0);
  for (let entry = list; entry < end; entry += ENTRY) {
    const row = b + <usize>load<u32>(entry) * stride;
    const value = v128.load32_splat(entry, 4);
    c0 = mulAdd(value, v128.load(row), c0);
    c1 = mulAdd(value, v128.load(row, 16), c1);
    c2 = mulAdd(value, v128.load(row, 32), c2);
    c3 = mulAdd(value, v128.load(row, 48), c3);
    c4 = mulAdd(value, v128.load(row, 64), c4);
    c5 = mulAdd(value, v128.load(row, 80), c5);
    c6 = mulAdd(value, v128.load(row, 96), c6);
    c7 = mulAdd(value, v128.load(row, 112), c7);
  }
  v128.store(c, c1, 16), v128.store(c, c0);
  v128.store(c, c3, 48), v128.store(c, c2, 32);
  v128.store(c, c5, 80), v128.store(c, c4, 64);
  v128.store(c, c7, 112), v128.store(c, c6, 96);
}

/** A row of 8 sums. */
function sumEight(
  list: usize,
  end: usize,
  b: usize,
  stride: usize,
  c: usize,
): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0);
  for (let entry = list; entry < end; entry += ENTRY) {
    const row = b + <usize>load<u32>(entry) * stride;
    const value = v128.load32_splat(entry, 4);
    c0 = mulAdd(value, v128.load(row), c0);
    c1 = mulAdd(value, v128.load(row, 16), c1);
  }
  v128.store(c, c1, 16), v128.store(c, c0);
}
