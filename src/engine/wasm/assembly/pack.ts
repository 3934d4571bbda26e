/**
 * Copies an operand of a product into panels: the `width` values that a tile
 * needs at one k stand side by side, and those of the next k follow. Values
 * outside of the operand are zeros.
 */

import { TILE_ROWS } from "../layout";
import { Pack } from "./commands";

/**
 * One task: one panel. Value (lane, k) of the operand is at
 * `source + lane * laneStride + k * depthStride`, in bytes, where one of the
 * strides is that of one float. A panel is as wide as a tile has rows, which are
 * five, or a multiple of 4.
 */
export function packTask(own: Pack, panel: i32): void {
  const depth = own.depth;
  const width = own.width;
  const laneStride = <usize>own.laneStride;
  const depthStride = <usize>own.depthStride;
  const rowBytes = <usize>width << 2;
  const valid = min<i32>(max<i32>(own.lanes - panel * width, 0), width);
  const from = own.source + <usize>(panel * width) * laneStride;
  const to = own.out + <usize>panel * <usize>(depth * width << 2);
  const areNeighbours = laneStride == 4;
  if (width == TILE_ROWS) {
    if (valid < width) packFew(from, laneStride, depthStride, valid, to, depth);
    else if (areNeighbours) copyFive(from, depthStride, to, depth);
    else transposeFive(from, laneStride, to, depth);
    return;
  }
  let lane = 0;
  if (areNeighbours) {
    for (; lane + 8 <= valid; lane += 8) {
      const at = <usize>lane << 2;
      copyEight(from + at, depthStride, to + at, rowBytes, depth);
    }
  } else if ((depth & 3) == 0) {
    for (; lane + 8 <= valid; lane += 8) {
      transposeEight(
        from + <usize>lane * laneStride, laneStride, to + (<usize>lane << 2),
        rowBytes, depth,
      );
    }
  }
  for (; lane < width; lane += 4) {
    const left = min<i32>(max<i32>(valid - lane, 0), 4);
    const source = from + <usize>lane * laneStride;
    const target = to + (<usize>lane << 2);
    if (left == 0) clear(target, rowBytes, depth);
    else if (areNeighbours) {
      copy(source, depthStride, left, target, rowBytes, depth);
    } else transpose(source, laneStride, left, target, rowBytes, depth);
  }
}

/** Five neighbours at each k. */
function copyFive(from: usize, kStride: usize, target: usize, depth: i32): void {
  for (let k = 0; k < depth; k++) {
    const four = v128.load(from);
    const fifth = load<f32>(from, 16);
    v128.store(target, four);
    store<f32>(target, fifth, 16);
    from += kStride;
    target += 20;
  }
}

/** Five rows become columns. */
function transposeFive(
  from: usize,
  laneStride: usize,
  target: usize,
  depth: i32,
): void {
  const row2 = laneStride << 1;
  const row4 = row2 << 1;
  const end = from + (<usize>depth << 2);
  for (; from + 16 <= end; from += 16) {
    const a = v128.load(from);
    const b = v128.load(from + laneStride);
    const c = v128.load(from + row2);
    const d = v128.load(from + row2 + laneStride);
    const e = v128.load(from + row4);
    const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<i32>(abLow, cdLow, 0, 1, 4, 5));
    v128.store32_lane(target, e, 0, 16);
    v128.store(target, v128.shuffle<i32>(abLow, cdLow, 2, 3, 6, 7), 20);
    v128.store32_lane(target, e, 1, 36);
    v128.store(target, v128.shuffle<i32>(abHigh, cdHigh, 0, 1, 4, 5), 40);
    v128.store32_lane(target, e, 2, 56);
    v128.store(target, v128.shuffle<i32>(abHigh, cdHigh, 2, 3, 6, 7), 60);
    v128.store32_lane(target, e, 3, 76);
    target += 80;
  }
  packFew(from, laneStride, 4, TILE_ROWS, target, depth & 3);
}

/** Up to five lanes. Those beyond `valid` are zeros. */
function packFew(
  from: usize,
  laneStride: usize,
  depthStride: usize,
  valid: i32,
  target: usize,
  depth: i32,
): void {
  for (let k = 0; k < depth; k++) {
    for (let lane = 0; lane < TILE_ROWS; lane++) {
      const value = lane < valid
        ? load<f32>(from + <usize>lane * laneStride)
        : 0;
      store<f32>(target + (<usize>lane << 2), value);
    }
    from += depthStride;
    target += 20;
  }
}

/** Eight neighbours at each k. */
function copyEight(
  from: usize,
  kStride: usize,
  target: usize,
  rowBytes: usize,
  depth: i32,
): void {
  for (let k = 0; k < depth; k++) {
    const x0 = v128.load(from);
    const x1 = v128.load(from, 16);
    v128.store(target, x1, 16);
    v128.store(target, x0);
    from += kStride;
    target += rowBytes;
  }
}

/** Eight rows become columns; the depth is a multiple of 4. */
function transposeEight(
  from: usize,
  laneStride: usize,
  target: usize,
  rowBytes: usize,
  depth: i32,
): void {
  let row0 = from;
  let row4 = from + (laneStride << 2);
  const twice = laneStride << 1;
  const thrice = twice + laneStride;
  for (let k = 0; k < depth; k += 4) {
    const a = v128.load(row0), e = v128.load(row4);
    const b = v128.load(row0 + laneStride), f = v128.load(row4 + laneStride);
    const c = v128.load(row0 + twice), g = v128.load(row4 + twice);
    const d = v128.load(row0 + thrice), h = v128.load(row4 + thrice);
    const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const efLow = v128.shuffle<i32>(e, f, 0, 4, 1, 5);
    const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const efHigh = v128.shuffle<i32>(e, f, 2, 6, 3, 7);
    const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const ghLow = v128.shuffle<i32>(g, h, 0, 4, 1, 5);
    const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    const ghHigh = v128.shuffle<i32>(g, h, 2, 6, 3, 7);
    const k0 = v128.shuffle<i32>(abLow, cdLow, 0, 1, 4, 5);
    const l0 = v128.shuffle<i32>(efLow, ghLow, 0, 1, 4, 5);
    const k1 = v128.shuffle<i32>(abLow, cdLow, 2, 3, 6, 7);
    const l1 = v128.shuffle<i32>(efLow, ghLow, 2, 3, 6, 7);
    const k2 = v128.shuffle<i32>(abHigh, cdHigh, 0, 1, 4, 5);
    const l2 = v128.shuffle<i32>(efHigh, ghHigh, 0, 1, 4, 5);
    const k3 = v128.shuffle<i32>(abHigh, cdHigh, 2, 3, 6, 7);
    const l3 = v128.shuffle<i32>(efHigh, ghHigh, 2, 3, 6, 7);
    const target1 = target + rowBytes;
    const target2 = target1 + rowBytes;
    const target3 = target2 + rowBytes;
    v128.store(target, l0, 16);
    v128.store(target, k0);
    v128.store(target1, l1, 16);
    v128.store(target1, k1);
    v128.store(target2, l2, 16);
    v128.store(target2, k2);
    v128.store(target3, l3, 16);
    v128.store(target3, k3);
    target = target3 + rowBytes;
    row0 += 16;
    row4 += 16;
  }
}

function clear(target: usize, rowBytes: usize, depth: i32): void {
  for (let k = 0; k < depth; k++) {
    v128.store(target, i32x4.splat(0));
    target += rowBytes;
  }
}

/** Four neighbours at each k, of which the first `valid` are kept. */
function copy(
  from: usize,
  kStride: usize,
  valid: i32,
  target: usize,
  rowBytes: usize,
  depth: i32,
): void {
  const mask = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(valid));
  for (let k = 0; k < depth; k++) {
    v128.store(target, v128.and(v128.load(from), mask));
    from += kStride;
    target += rowBytes;
  }
}

/** Four rows become columns. Lanes beyond `valid` are zeros. */
function transpose(
  from: usize,
  laneStride: usize,
  valid: i32,
  target: usize,
  rowBytes: usize,
  depth: i32,
): void {
  const mask = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(valid));
  const row0 = from;
  const row1 = valid > 1 ? row0 + laneStride : row0;
  const row2 = valid > 2 ? row1 + laneStride : row0;
  const row3 = valid > 3 ? row2 + laneStride : row0;
  const whole = depth & ~3;
  for (let k = 0; k < whole; k += 4) {
    const at = <usize>k << 2;
    const a = v128.load(row0 + at);
    const b = v128.load(row1 + at);
    const c = v128.load(row2 + at);
    const d = v128.load(row3 + at);
    const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    const k0 = v128.shuffle<i32>(abLow, cdLow, 0, 1, 4, 5);
    const k1 = v128.shuffle<i32>(abLow, cdLow, 2, 3, 6, 7);
    const k2 = v128.shuffle<i32>(abHigh, cdHigh, 0, 1, 4, 5);
    const k3 = v128.shuffle<i32>(abHigh, cdHigh, 2, 3, 6, 7);
    v128.store(target, v128.and(k0, mask));
    v128.store(target + rowBytes, v128.and(k1, mask));
    v128.store(target + 2 * rowBytes, v128.and(k2, mask));
    v128.store(target + 3 * rowBytes, v128.and(k3, mask));
    target += 4 * rowBytes;
  }
  for (let k = whole; k < depth; k++) {
    const at = <usize>k << 2;
    store<f32>(target, load<f32>(row0 + at));
    store<f32>(target, valid > 1 ? load<f32>(row1 + at) : 0, 4);
    store<f32>(target, valid > 2 ? load<f32>(row2 + at) : 0, 8);
    store<f32>(target, valid > 3 ? load<f32>(row3 + at) : 0, 12);
    target += rowBytes;
  }
}
