/** Rows times factors, and sums down columns. */

import { LIKELIHOOD_ROWS, SUM_WIDTH } from "../layout";

/** One task: four rows, each times its factor. */
export function scaleRowsTask(
  task: i32,
  matrix: usize,
  stride: i32,
  rows: i32,
  columns: i32,
  factors: usize,
): void {
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const row = matrix + <usize>r * <usize>stride;
    const factor = v128.load32_splat(factors + (<usize>r << 2));
    for (let j = 0; j < columns; j += 4) {
      const at = row + (<usize>j << 2);
      v128.store(at, f32x4.mul(v128.load(at), factor));
    }
  }
}

/** One task: the sums of 32 columns over the rows, from the first to the last. */
export function sumColumnsTask(
  task: i32,
  matrix: usize,
  stride: i32,
  rows: i32,
  columns: i32,
  sums: usize,
): void {
  const first = task * SUM_WIDTH;
  const last = min<i32>(first + SUM_WIDTH, columns);
  for (let j = first; j < last; j += 8) {
    const column = <usize>j << 2;
    let at = matrix + column;
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    for (let r = 0; r < rows; r++) {
      sum0 = f32x4.add(sum0, v128.load(at));
      sum1 = f32x4.add(sum1, v128.load(at, 16));
      at += <usize>stride;
    }
    v128.store(sums + column, sum0);
    v128.store(sums + column, sum1, 16);
  }
}
