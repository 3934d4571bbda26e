/** Matrix product by a library of the host, through an imported function. */

import { finish } from "./finish";

/** c = a b, or c + a b where `goesOn`: rows of so many bytes, [m, n]. */
@external("env", "gemm")
declare function gemm(
  aTransposed: i32,
  bTransposed: i32,
  m: i32,
  n: i32,
  depth: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  goesOn: i32,
  c: usize,
  cStride: i32,
): void;

/**
 * One task: a block of c, [rows, columns].
 *
 * @param blockRows rows of a block, but for the last one down
 * @param blockColumns columns of a block, but for the last one across
 * @param finisher what to do with complete sums; below 0: they are not complete
 */
export function hostProductTask(
  task: i32,
  blockRows: i32,
  blockColumns: i32,
  aTransposed: i32,
  bTransposed: i32,
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  goesOn: i32,
  c: usize,
  stride: i32,
  finisher: i32,
  bias: usize,
  activations: usize,
  activationStride: i32,
): void {
  const down = (rows + blockRows - 1) / blockRows;
  const top = (task % down) * blockRows;
  const left = (task / down) * blockColumns;
  const bottom = min<i32>(top + blockRows, rows);
  const right = min<i32>(left + blockColumns, columns);
  const aStep = aTransposed ? 4 : aStride;
  const bStep = bTransposed ? bStride : 4;
  gemm(
    aTransposed, bTransposed, bottom - top, right - left, depth,
    a + <usize>top * <usize>aStep, aStride,
    b + <usize>left * <usize>bStep, bStride,
    goesOn, c + <usize>top * <usize>stride + (<usize>left << 2), stride,
  );
  if (finisher < 0) return;
  const padded = right == columns ? stride >> 2 : right;
  clear(c, stride, top, bottom, right, padded);
  finish(
    finisher, c, stride, top, bottom, left, padded, bias, activations,
    activationStride,
  );
}

/** Zeros behind the last column, as the module's own products leave them. */
function clear(
  c: usize,
  stride: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
): void {
  const bytes = <usize>(right - left) << 2;
  if (bytes == 0) return;
  for (let i = top; i < bottom; i++) {
    memory.fill(
      c + <usize>i * <usize>stride + (<usize>left << 2),
      0,
      bytes,
    );
  }
}
