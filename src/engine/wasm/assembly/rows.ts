/** Rows times factors, and sums down columns. */

import { LIKELIHOOD_ROWS, SUM_WIDTH } from "../layout";
import { Outputs, SumColumns } from "./commands";

/** One task: four rows of the outputs' gradients, each times its factor. */
export function scaleOutputsTask(own: Outputs, task: i32): void {
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * <usize>own.stride;
    const factor = v128.load32_splat(own.factors + (<usize>r << 2));
    scaleRow(own.output + offset, own.columns, factor);
    if (own.output2) scaleRow(own.output2 + offset, own.columns, factor);
  }
}

@inline
function scaleRow(row: usize, columns: i32, factor: v128): void {
  for (let j = 0; j < columns; j += 8) {
    const at = row + (<usize>j << 2);
    const product0 = f32x4.mul(v128.load(at), factor);
    const product1 = f32x4.mul(v128.load(at, 16), factor);
    v128.store(at, product1, 16), v128.store(at, product0);
  }
}

/** One task: the sums of 32 columns over the rows, from the first to the last. */
export function sumColumnsTask(own: SumColumns, task: i32): void {
  const stride = <usize>own.stride;
  const rows = own.rows;
  const first = task * SUM_WIDTH;
  const last = min<i32>(first + SUM_WIDTH, own.columns);
  for (let j = first; j < last; j += 8) {
    const column = <usize>j << 2;
    const sums = own.sums + column;
    let at = own.matrix + column;
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    for (let r = 0; r < rows; r++) {
      sum0 = f32x4.add(sum0, v128.load(at));
      sum1 = f32x4.add(sum1, v128.load(at, 16));
      at += stride;
    }
    v128.store(sums, sum1, 16), v128.store(sums, sum0);
  }
}
