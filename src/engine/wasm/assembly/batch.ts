/** The minibatch and its noise, as src/train/batches.ts makes them. */

import {
  BATCH_ROWS,
  DRAWS_PIXELS,
  IS_BYTES,
  MAKES_BATCH,
  NUMBERS_PER_TASK,
  PIXEL_STREAM,
  STREAM_BYTES,
} from "../layout";
import { Numbers, Pixels, RowNumbers } from "./commands";
import { normalQuantile } from "./normal_quantile";
import { philoxAt, philoxBlocks } from "./philox";
import { scratch } from "./threads";

const TWO_32: f64 = 4294967296;
/** The largest float32 below 1. */
const BELOW_ONE: f64 = 0.999999940395355224609375;

/**
 * One task: four rows of x from the same rows of the data: grey levels b, which
 * stand for b / 255 or for its probability of 1, or floats.
 */
export function pixelsTask(own: Pixels, task: i32): void {
  if (!load<i32>(MAKES_BATCH)) return;
  const columns = own.columns;
  const last = min<i32>((task + 1) * BATCH_ROWS, own.size);
  for (let i = task * BATCH_ROWS; i < last; i++) {
    const from = <usize>i * <usize>columns;
    const to = own.x + <usize>i * <usize>own.stride;
    if (!load<i32>(IS_BYTES)) {
      memory.copy(to, own.data + (from << 2), <usize>columns << 2);
    } else if (!load<i32>(DRAWS_PIXELS)) greyRow(own.data + from, columns, to);
    else drawnRow(own.data + from, columns, to, i);
  }
}

function greyRow(from: usize, columns: i32, to: usize): void {
  for (let j = 0; j < columns; j++) {
    // The quotient is rounded twice there, from double to float32, too.
    store<f32>(to + (<usize>j << 2), <f32>(<f64>load<u8>(from + j) / 255));
  }
}

/** P(pixel = 1) = level / 255, exact to 2^-24: drawPixel of src/data. */
function drawnRow(
  from: usize,
  columns: i32,
  to: usize,
  i: i32,
): void {
  const first = <u32>i * <u32>columns;
  const end = first + <u32>columns;
  if ((columns & 3) == 0) return drawnBlocks(from, columns, to, first >> 2);
  for (let word = first & ~15; word < end; word += 16) {
    philoxBlocks(scratch, PIXEL_STREAM, word >> 2);
    for (let lane: u32 = 0; lane < 16; lane += 4) {
      const at = word + lane;
      const words = scratch + (<usize>lane << 2);
      if (at >= first && at + 4 <= end) {
        const j = <usize>(at - first);
        drawFour(from + j, words, to + (j << 2));
      } else {
        for (let one: u32 = 0; one < 4; one++) {
          if (at + one < first || at + one >= end) continue;
          const j = <usize>(at + one - first);
          drawOne(from + j, words + (<usize>one << 2), to + (j << 2));
        }
      }
    }
  }
}

/**
 * A row of whole blocks. Where all four levels are 0 no pixel is drawn as 1,
 * whatever the words: only the other blocks are made, four at a time.
 */
function drawnBlocks(from: usize, columns: i32, to: usize, block: u32): void {
  const blocks = scratch + 64;
  const places = scratch + 80;
  let waiting: usize = 0;
  for (let j = 0; j < columns; j += 4) {
    // Written always, kept only if a level is not 0: no branch to mispredict.
    store<u32>(blocks + waiting, block + (<u32>j >> 2));
    store<i32>(places + waiting, j);
    v128.store(to + (<usize>j << 2), f32x4.splat(0));
    waiting += load<u32>(from + j) != 0 ? 4 : 0;
    if (waiting < 16) continue;
    drawWaiting(from, to, waiting);
    waiting = 0;
  }
  drawWaiting(from, to, waiting);
}

function drawWaiting(from: usize, to: usize, waiting: usize): void {
  if (waiting == 0) return;
  philoxAt(scratch, PIXEL_STREAM, v128.load(scratch, 64));
  for (let i: usize = 0; i < waiting; i += 4) {
    const j = <usize>load<i32>(scratch + i, 80);
    drawFour(from + j, scratch + (i << 2), to + (j << 2));
  }
}

@inline
function drawOne(level: usize, word: usize, to: usize): void {
  const drawn = (load<u32>(word) >> 8) * 255;
  store<f32>(to, drawn < <u32>load<u8>(level) << 24 ? 1 : 0);
}

@inline
function drawFour(levels: usize, words: usize, to: usize): void {
  const upper = i32x4.shr_u(v128.load(words), 8);
  const drawn = i32x4.sub(i32x4.shl(upper, 8), upper);
  const level = i32x4.shl(
    i32x4.extend_low_i16x8_u(
      i16x8.extend_low_i8x16_u(v128.load32_zero(levels)),
    ),
    24,
  );
  v128.store(to, v128.and(i32x4.lt_u(drawn, level), f32x4.splat(1)));
}

/** One task: 512 normals of a stream, element after element of a matrix. */
export function normalsTask(own: Numbers, task: i32): void {
  if (!load<i32>(MAKES_BATCH)) return;
  const first = task * NUMBERS_PER_TASK;
  const last = min<i32>(first + NUMBERS_PER_TASK, own.count);
  drawNormals(own.stream, first, last, own.out, own.columns, own.stride);
}

/** One task: a datapoint's normals, one draw after the other in its stream. */
export function rowNormalsTask(own: RowNumbers, task: i32): void {
  if (!load<i32>(MAKES_BATCH)) return;
  const stride = own.stride;
  const columns = own.columns;
  const stream = own.streams + <usize>task * STREAM_BYTES;
  const out = own.out + <usize>task * <usize>stride;
  // The next draw is as many rows further as there are datapoints.
  drawNormals(stream, 0, own.draws * columns, out, columns, own.size * stride);
}

/**
 * Elements first..last (exclusive) of a matrix from those of a stream. The first
 * is the first of a group of blocks.
 */
function drawNormals(
  stream: usize,
  first: i32,
  last: i32,
  out: usize,
  columns: i32,
  stride: i32,
): void {
  let row = out + <usize>(first / columns) * <usize>stride;
  let j = first % columns;
  for (let i = first; i < last; i++) {
    const lane = i & 15;
    if (lane == 0) philoxBlocks(scratch, stream, <u32>i >> 2);
    const word = load<u32>(scratch + (<usize>lane << 2));
    const p = (<f64>word + 0.5) / TWO_32;
    store<f32>(row + (<usize>j << 2), <f32>normalQuantile(p));
    j += 1;
    if (j == columns) {
      j = 0;
      row += <usize>stride;
    }
  }
}

/** One task: 512 uniforms on (0, 1), which stay below 1 as float32, as above. */
export function uniformsTask(own: Numbers, task: i32): void {
  if (!load<i32>(MAKES_BATCH)) return;
  const columns = own.columns;
  const first = task * NUMBERS_PER_TASK;
  const last = min<i32>(first + NUMBERS_PER_TASK, own.count);
  for (let i = first; i < last; i++) {
    const lane = i & 15;
    if (lane == 0) philoxBlocks(scratch, own.stream, <u32>i >> 2);
    const word = load<u32>(scratch + (<usize>lane << 2));
    const uniform = min<f64>((<f64>word + 0.5) / TWO_32, BELOW_ONE);
    const row = own.out + <usize>(i / columns) * <usize>own.stride;
    store<f32>(row + (<usize>(i % columns) << 2), <f32>uniform);
  }
}
