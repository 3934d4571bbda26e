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
} from "../layout";
import { Lists, SparseProduct } from "./commands";
import { finish } from "./finish";
import { mulAdd } from "./mul_add";

/** A list holds pairs of an index and a value. */
const ENTRY: usize = 8;
/** Bytes of a panel's row. */
const PANEL_ROW: usize = 4 * SPARSE_COLUMNS;

/** One task: the lists of four rows of x, [rows, columns]. */
export function listRowsTask(own: Lists, task: i32): void {
  const columns = own.columns;
  const last = min<i32>((task + 1) * BATCH_ROWS, own.rows);
  for (let i = task * BATCH_ROWS; i < last; i++) {
    const row = own.x + <usize>i * <usize>own.stride;
    const list = own.entries + <usize>i * <usize>own.capacity * ENTRY;
    let end = list;
    for (let j = 0; j < columns; j++) {
      const value = load<f32>(row + (<usize>j << 2));
      // Written always, kept only if it is not zero: no branch to mispredict.
      store<i32>(end, j);
      store<f32>(end, value, 4);
      end += value != 0 ? ENTRY : 0;
    }
    store<i32>(own.counts + (<usize>i << 2), <i32>((end - list) / ENTRY));
  }
}

/** One task: the lists of 16 columns of x. */
export function listColumnsTask(own: Lists, task: i32): void {
  const rows = own.rows;
  const stride = <usize>own.stride;
  const first = task * LIST_WIDTH;
  const last = min<i32>(first + LIST_WIDTH, own.columns);
  for (let j = first; j < last; j++) {
    const list = own.entries + <usize>j * <usize>own.capacity * ENTRY;
    let at = own.x + (<usize>j << 2);
    let end = list;
    for (let i = 0; i < rows; i++) {
      const value = load<f32>(at);
      store<i32>(end, i);
      store<f32>(end, value, 4);
      end += value != 0 ? ENTRY : 0;
      at += stride;
    }
    store<i32>(own.counts + (<usize>j << 2), <i32>((end - list) / ENTRY));
  }
}

/**
 * One task: up to 16 rows and 32 columns of c = lists times b. c has a multiple
 * of 8 columns, and `panels` are those of b, each of 32 columns and `depth`
 * rows.
 */
export function sparseProductTask(own: SparseProduct, task: i32): void {
  const rows = own.rows;
  const c = own.c;
  const stride = own.stride;
  const groups = (rows + SPARSE_ROWS - 1) / SPARSE_ROWS;
  const panel = task / groups;
  const top = (task % groups) * SPARSE_ROWS;
  const left = panel * SPARSE_COLUMNS;
  const bottom = min<i32>(top + SPARSE_ROWS, rows);
  const right = min<i32>(left + SPARSE_COLUMNS, own.columns);
  const b = own.panels + <usize>panel * <usize>own.depth * PANEL_ROW;
  for (let i = top; i < bottom; i++) {
    const list = own.entries + <usize>i * <usize>own.capacity * ENTRY;
    const end = list + <usize>load<i32>(own.counts + (<usize>i << 2)) * ENTRY;
    const to = c + <usize>i * <usize>stride + (<usize>left << 2);
    if (right - left == SPARSE_COLUMNS) wide(list, end, b, to);
    else {
      for (let j = 0; j < right - left; j += 8) {
        narrow(list, end, b + (<usize>j << 2), to + (<usize>j << 2));
      }
    }
  }
  finish(own.finisher, c, stride, top, bottom, left, right, own.bias, 0, 0);
}

/** A row of 32 sums, in eight registers. */
function wide(list: usize, end: usize, b: usize, c: usize): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0);
  let c2 = f32x4.splat(0), c3 = f32x4.splat(0);
  let c4 = f32x4.splat(0), c5 = f32x4.splat(0);
  let c6 = f32x4.splat(0), c7 = f32x4.splat(0);
  for (let entry = list; entry < end; entry += ENTRY) {
    const row = b + <usize>load<u32>(entry) * PANEL_ROW;
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
  v128.store(c, c0), v128.store(c, c1, 16);
  v128.store(c, c2, 32), v128.store(c, c3, 48);
  v128.store(c, c4, 64), v128.store(c, c5, 80);
  v128.store(c, c6, 96), v128.store(c, c7, 112);
}

/** A row of 8 sums. */
function narrow(list: usize, end: usize, b: usize, c: usize): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0);
  for (let entry = list; entry < end; entry += ENTRY) {
    const row = b + <usize>load<u32>(entry) * PANEL_ROW;
    const value = v128.load32_splat(entry, 4);
    c0 = mulAdd(value, v128.load(row), c0);
    c1 = mulAdd(value, v128.load(row, 16), c1);
  }
  v128.store(c, c0), v128.store(c, c1, 16);
}
