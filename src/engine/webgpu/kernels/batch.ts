/**
 * The minibatch and its noise, as src/train/batches.ts makes them: the same
 * integers, the same pixels to the bit, and normals to a few units of the last
 * place of float32.
 */

import {
  CENTRE,
  MIDDLE,
  type Rational,
} from "../../../random/normal_quantile.ts";
import { type Fields, wgslStruct } from "../../fields.ts";
import { horner } from "../../horner.ts";
import * as layout from "../layout.ts";
import { ELEMENTARY } from "./elementary.ts";
import { type KernelCode, memory, WORKGROUP_SIZE } from "./kernel.ts";

/** Its arguments. */
export const BATCH_FIELDS = {
  // one of DREAMS
  codes: ["dreams"],
  counts: ["size", "columns", "xStride", "rows", "dims", "noiseStride"],
  // of wake-sleep: z of the prior, and the random numbers of pixels
  addresses: ["x", "noise", "dreamZ", "dreamNoise"],
} as const satisfies Fields;

/** The random numbers of dreams' pixels: see `noiseKind`. */
export const DREAMS = { none: 0, uniform: 1, normal: 2 } as const;

/** Philox4x32-10: src/random/philox.ts. */
const PHILOX = /* wgsl */ `
/// whether the batch is that of the next step: 0 or 1
var<private> ahead: u32 = 0u;

/// a word of the live run's settings of the step whose batch it is; barriers
/// may not depend on it, as on no private variable
fn toldAhead(run: u32, word: u32) -> u32 {
  return steps[ahead * ALL_STEP_WORDS + run * STEP_WORDS + word];
}

/// upper and lower word of the product
fn multiply(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let carry = (middle & 0xffffu) + (a & 0xffffu) * (b >> 16u);
  return vec2u((a >> 16u) * (b >> 16u) + (middle >> 16u) + (carry >> 16u), a * b);
}

/// the four words of a block of a stream of the live run
fn philox(run: u32, stream: u32, block: u32) -> vec4u {
  var key = vec2u(toldAhead(run, stream), toldAhead(run, stream + 1u));
  var x = vec4u(
    block,
    toldAhead(run, stream + 2u),
    toldAhead(run, stream + 3u),
    toldAhead(run, stream + 4u),
  );
  for (var round = 0; round < 10; round++) {
    let first = multiply(0xd2511f53u, x.x);
    let second = multiply(0xcd9e8d57u, x.z);
    x = vec4u(
      second.x ^ x.y ^ key.x, second.y,
      first.x ^ x.w ^ key.y, first.y,
    );
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}

/// four words of a stream from any one on
fn wordsFrom(run: u32, stream: u32, first: u32) -> vec4u {
  let words = philox(run, stream, first >> 2u);
  let shift = first & 3u;
  if (shift == 0u) { return words; }
  let next = philox(run, stream, (first >> 2u) + 1u);
  if (shift == 1u) { return vec4u(words.yzw, next.x); }
  if (shift == 2u) { return vec4u(words.zw, next.xy); }
  return vec4u(words.w, next.xyz);
}
`;

const rational = (x: string, [n, d]: Rational) =>
  [...horner("var n: f32", x, n), ...horner("var d: f32", x, d)].join("\n  ");

/** Wichura's AS 241: src/random/normal_quantile.ts, in float32. */
const NORMALS = /* wgsl */ `
/// z with P(N(0, 1) < z) = (word + 1/2) / 2^32
fn normal(word: u32) -> f32 {
  // p - 1/2 to float32 precision of its value, from the integer
  let q = (f32(bitcast<i32>(word ^ 0x80000000u)) + 0.5) * 2.3283064365386963e-10;
  if (abs(q) <= 0.425) {
    let r = 0.180625 - q * q;
    ${rational("r", CENTRE)}
    return q * (n / d);
  }
  // the smaller of p and 1 - p
  let tail = (f32(min(word, ~word)) + 0.5) * 2.3283064365386963e-10;
  let root = sqrt(-log1(tail));
  // The smallest p is 2^-33: the third interval, below e^-25, is not met.
  let r = root - 1.6;
  ${rational("r", MIDDLE)}
  let z = n / d;
  return select(z, -z, q < 0);
}
`;

/** Random numbers of a matrix, row by row. */
const DRAWS = /* wgsl */ `
${PHILOX}
${NORMALS}
/// draws of a stream for four columns of a row
fn draws(
  run: u32, stream: u32, row: u32, column: u32, columns: u32, areNormal: bool,
) -> vec4f {
  let words = wordsFrom(run, stream, row * columns + column);
  var e = vec4f();
  for (var i = 0u; i < 4u && column + i < columns; i++) {
    // the largest float below 1 is the largest of uniforms
    let uniform = min((f32(words[i]) + 0.5) * ${2 ** -32}, ${1 - 2 ** -24});
    e[i] = select(uniform, normal(words[i]), areNormal);
  }
  return e;
}
`;

/** The arguments, as a struct. */
export const batchStruct = (name: string): string =>
  wgslStruct(name, BATCH_FIELDS);

/**
 * `fn makeBatch(run, batch, index)`, which makes four columns of a row of x, or
 * of the noise. Where the batch is given it leaves it as it is.
 */
export const BATCH_FUNCTIONS = /* wgsl */ `
/// the float of each grey level, then the data: bytes or floats
@group(0) @binding(${layout.DATA}) var<storage, read> data: array<u32>;
${DRAWS}
/// 1 with probability level / 255: drawPixel of src/data/binarise.ts
fn drawn(level: u32, word: u32) -> f32 {
  return select(0f, 1f, (word >> 8u) * 255u < level << 24u);
}

fn pixels(run: u32, batch: Batch, row: u32, column: u32) -> vec4f {
  var words = vec4u();
  let draws = toldAhead(run, ${layout.DRAWS_PIXELS}u) == 1u;
  if (draws) {
    words = wordsFrom(run, ${layout.PIXEL_STREAM}u, row * batch.columns + column);
  }
  let first = toldAhead(run, ${layout.ROWS}u + row) * batch.columns + column;
  var x = vec4f();
  for (var i = 0u; i < 4u && column + i < batch.columns; i++) {
    let at = first + i;
    if (toldAhead(run, ${layout.IS_BYTES}u) == 0u) {
      x[i] = bitcast<f32>(data[${layout.GREY_LEVELS}u + at]);
      continue;
    }
    let level = (data[${layout.GREY_LEVELS}u + (at >> 2u)] >> (8u * (at & 3u))) & 255u;
    // WGSL divides to 2.5 units of the last place only: hence the table.
    x[i] = select(bitcast<f32>(data[level]), drawn(level, words[i]), draws);
  }
  return x;
}

fn makeBatch(run: u32, batch: Batch, index: u32) {
  if (toldAhead(run, ${layout.MAKES_BATCH}u) == 0u) { return; }
  var i = index;
  let xFours = batch.xStride / 4u;
  let zFours = batch.noiseStride / 4u;
  if (i < batch.size * xFours) {
    matrices[batch.x / 4u + i] =
      pixels(run, batch, i / xFours, 4u * (i % xFours));
    return;
  }
  i -= batch.size * xFours;
  if (i < batch.rows * zFours) {
    matrices[batch.noise / 4u + i] = draws(
      run, ${layout.NOISE_STREAM}u, i / zFours, 4u * (i % zFours), batch.dims, true,
    );
    return;
  }
  i -= batch.rows * zFours;
  if (DREAMS == ${DREAMS.none}u) { return; }
  if (i < batch.size * zFours) {
    matrices[batch.dreamZ / 4u + i] = draws(
      run, ${layout.PRIOR_STREAM}u, i / zFours, 4u * (i % zFours), batch.dims, true,
    );
    return;
  }
  i -= batch.size * zFours;
  if (i >= batch.size * xFours) { return; }
  matrices[batch.dreamNoise / 4u + i] = draws(
    run, ${layout.DREAM_STREAM}u, i / xFours, 4u * (i % xFours), batch.columns,
    DREAMS == ${DREAMS.normal}u,
  );
}
`;

/** The kernel that makes a batch by itself. */
export const BATCH: KernelCode = {
  label: "batch",
  code: /* wgsl */ `
${batchStruct("Batch")}
${memory({ matrices: "vec4f" }, "Batch")}
${ELEMENTARY}
${BATCH_FUNCTIONS}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  makeBatch(id.z, commands[told(id.z, ${layout.RUN}u)], id.x);
}
`,
};

/**
 * Makes the noise of draws of z, four dimensions in each invocation, from the
 * streams of their datapoints: row s * size + b has the dims normals of stream b
 * from the s * dims-th on. Where the noise is given it stays.
 */
export const ROW_NOISE: KernelCode = {
  label: "row noise",
  code: /* wgsl */ `
${batchStruct("Batch")}
${memory({ matrices: "vec4f" }, "Batch")}
${ELEMENTARY}
${DRAWS}
@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let run = id.z;
  let batch = commands[told(run, ${layout.RUN}u)];
  if (told(run, ${layout.MAKES_BATCH}u) == 0u) { return; }
  let fours = batch.noiseStride / 4u;
  if (id.x >= batch.rows * fours) { return; }
  let row = id.x / fours;
  matrices[batch.noise / 4u + id.x] = draws(
    run, ${layout.ROWS}u + row % batch.size * ${layout.STREAM_WORDS}u,
    row / batch.size, 4u * (id.x % fours), batch.dims, true,
  );
}
`,
};
