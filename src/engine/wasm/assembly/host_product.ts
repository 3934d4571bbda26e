/** Matrix product by a library of the host, through an imported function. */

import { UNFINISHED } from "../layout";
import { HostProduct } from "./commands";
import { finish } from "./finish";

/** c = a b, or c + a b where it accumulates: [m, n]; strides in bytes. */
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
  accumulates: i32,
  c: usize,
  cStride: i32,
): void;

/**
 * One task: a block of c, [rows, columns]: of `blockRows` and `blockColumns`,
 * but for the last ones.
 */
export function hostProductTask(own: HostProduct, task: i32): void {
  const stride = own.stride;
  const down = (own.rows + own.blockRows - 1) / own.blockRows;
  const top = (task % down) * own.blockRows;
  const left = (task / down) * own.blockColumns;
  const bottom = min<i32>(top + own.blockRows, own.rows);
  const right = min<i32>(left + own.blockColumns, own.columns);
  const aStep = own.aTransposed ? 4 : own.aStride;
  const bStep = own.bTransposed ? own.bStride : 4;
  gemm(
    own.aTransposed, own.bTransposed, bottom - top, right - left, own.depth,
    own.a + <usize>top * <usize>aStep, own.aStride,
    own.b + <usize>left * <usize>bStep, own.bStride, own.accumulates,
    own.c + <usize>top * <usize>stride + (<usize>left << 2), stride,
  );
  if (own.finisher == UNFINISHED) return;
  const padded = right == own.columns ? stride >> 2 : right;
  clear(own.c, stride, top, bottom, right, padded);
  finish(
    own.finisher, own.c, stride, top, bottom, left, padded, own.bias,
    own.activations, own.activationStride,
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
