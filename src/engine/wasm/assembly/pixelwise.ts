// Printed by `deno task build:wasm` from src/model/likelihood.

import { LIKELIHOOD_ROWS } from "../layout";
import { Outputs } from "./commands";
import {
  exp4, expMinusAbs4, lanesBelow, log4, sigmoidOf4, sign4, softplusOf4,
  sumLanes,
} from "./elementary";

const C0 = memory.data<f32>([1]);
const C1 = memory.data<f32>([0.5]);
const C2 = memory.data<f32>([1.033399470899471e-7]);
const C3 = memory.data<f32>([-0.0000055114638447971785]);
const C4 = memory.data<f32>([0.00034722222222222224]);
const C5 = memory.data<f32>([-0.041666666666666664]);
const C6 = memory.data<f32>([-1]);
const C7 = memory.data<f32>([2]);
const C8 = memory.data<f32>([0.05]);
const C9 = memory.data<f32>([0.16666666666666666]);
const C10 = memory.data<f32>([1.8378770664093453]);
const C11 = memory.data<f32>([-0.5]);

// {"family":"bernoulli"}
function likelihood0(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const x4 = v128.load(pixels + column);
      const t0 = expMinusAbs4(output4);
      sum = f32x4.add(sum, v128.and(f32x4.sub(f32x4.mul(output4, x4), softplusOf4(output4, t0)), mask));
      v128.store(outputs + column, v128.and(f32x4.sub(sigmoidOf4(output4, t0), x4), mask));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

function dream0(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const noises = own.noise + offset;
    const pixels = own.x + offset;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const noise4 = v128.load(noises + column);
      const output4 = v128.load(outputs + column);
      v128.store(pixels + column, v128.and(v128.bitselect(v128.load32_splat(C0), f32x4.splat(0), f32x4.le(noise4, sigmoidOf4(output4, expMinusAbs4(output4)))), mask));
    }

  }
}

// {"family":"continuous-bernoulli"}
function likelihood1(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const t0 = f32x4.lt(output4, f32x4.splat(0));
      const t1 = v128.bitselect(f32x4.neg(output4), output4, t0);
      const t2 = f32x4.lt(t1, v128.load32_splat(C0));
      const t3 = f32x4.min(t1, v128.load32_splat(C0));
      const t4 = f32x4.mul(t3, t3);
      const t5 = f32x4.add(f32x4.mul(v128.load32_splat(C2), t4), v128.load32_splat(C3));
      const t6 = f32x4.add(f32x4.mul(t5, t4), v128.load32_splat(C4));
      const t7 = f32x4.add(f32x4.mul(t6, t4), v128.load32_splat(C5));
      const t8 = f32x4.max(t1, v128.load32_splat(C0));
      const t9 = exp4(f32x4.neg(t8));
      const t10 = f32x4.sub(v128.load32_splat(C0), t9);
      const x4 = v128.load(pixels + column);
      const t11 = v128.bitselect(x4, f32x4.sub(v128.load32_splat(C0), x4), t0);
      const t12 = v128.bitselect(f32x4.splat(0), v128.load32_splat(C6), t2);
      const t13 = v128.bitselect(v128.load32_splat(C6), f32x4.splat(0), t2);
      const t14 = f32x4.mul(t13, t4);
      const t15 = f32x4.mul(t14, t4);
      const t16 = f32x4.add(f32x4.add(t11, v128.bitselect(f32x4.add(f32x4.mul(f32x4.div(f32x4.neg(t12), t10), t9), f32x4.div(t12, t8)), f32x4.splat(0), f32x4.lt(v128.load32_splat(C0), t1))), v128.bitselect(f32x4.add(f32x4.mul(f32x4.mul(f32x4.add(f32x4.add(f32x4.add(f32x4.mul(t13, t7), f32x4.mul(t14, t6)), f32x4.mul(t15, t5)), f32x4.mul(f32x4.mul(t15, t4), v128.load32_splat(C2))), v128.load32_splat(C7)), t3), f32x4.mul(t13, v128.load32_splat(C1))), f32x4.splat(0), t2));
      sum = f32x4.add(sum, v128.and(f32x4.sub(v128.bitselect(f32x4.add(f32x4.mul(t3, v128.load32_splat(C1)), f32x4.mul(t4, t7)), f32x4.sub(log4(t8), log4(t10)), t2), f32x4.mul(t1, t11)), mask));
      v128.store(outputs + column, v128.and(f32x4.sub(v128.bitselect(f32x4.splat(0), t16, t0), v128.bitselect(t16, f32x4.splat(0), t0)), mask));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

function dream1(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const noises = own.noise + offset;
    const pixels = own.x + offset;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const t0 = f32x4.lt(output4, f32x4.splat(0));
      const t1 = v128.bitselect(f32x4.neg(output4), output4, t0);
      const noise4 = v128.load(noises + column);
      const t2 = f32x4.sub(v128.load32_splat(C0), noise4);
      const t3 = f32x4.min(t1, v128.load32_splat(C8));
      const t4 = f32x4.max(t1, v128.load32_splat(C8));
      const t5 = f32x4.min(v128.bitselect(f32x4.add(noise4, f32x4.mul(f32x4.mul(f32x4.mul(noise4, t2), t3), f32x4.sub(f32x4.mul(f32x4.mul(t3, f32x4.sub(v128.load32_splat(C0), f32x4.mul(noise4, v128.load32_splat(C7)))), v128.load32_splat(C9)), v128.load32_splat(C1)))), f32x4.div(f32x4.neg(log4(f32x4.add(t2, f32x4.mul(noise4, exp4(f32x4.neg(t4)))))), t4), f32x4.lt(t1, v128.load32_splat(C8))), v128.load32_splat(C0));
      v128.store(pixels + column, v128.and(v128.bitselect(t5, f32x4.sub(v128.load32_splat(C0), t5), t0), mask));
    }

  }
}

// {"family":"gaussian","variance":"learned","mean":"linear"}
function likelihood2(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const x4 = v128.load(pixels + column);
      const t0 = f32x4.sub(output4, x4);
      sum = f32x4.add(sum, v128.and(f32x4.mul(t0, t0), mask));
      v128.store(outputs + column, v128.and(t0, mask));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

function dream2(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const noises = own.noise + offset;
    const pixels = own.x + offset;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const noise4 = v128.load(noises + column);
      const shared4 = v128.load32_splat(shared);
      v128.store(pixels + column, v128.and(f32x4.add(output4, f32x4.mul(noise4, exp4(f32x4.mul(shared4, v128.load32_splat(C1))))), mask));
    }

  }
}

// {"family":"gaussian","variance":"learned","mean":"sigmoid"}
function likelihood3(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const t0 = sigmoidOf4(output4, expMinusAbs4(output4));
      const x4 = v128.load(pixels + column);
      const t1 = f32x4.sub(t0, x4);
      sum = f32x4.add(sum, v128.and(f32x4.mul(t1, t1), mask));
      v128.store(outputs + column, v128.and(f32x4.mul(t1, f32x4.mul(t0, f32x4.sub(v128.load32_splat(C0), t0))), mask));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

function dream3(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const noises = own.noise + offset;
    const pixels = own.x + offset;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const noise4 = v128.load(noises + column);
      const shared4 = v128.load32_splat(shared);
      v128.store(pixels + column, v128.and(f32x4.add(sigmoidOf4(output4, expMinusAbs4(output4)), f32x4.mul(noise4, exp4(f32x4.mul(shared4, v128.load32_splat(C1))))), mask));
    }

  }
}

// {"family":"gaussian","variance":"per-pixel","mean":"linear"}
function likelihood4(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const x4 = v128.load(pixels + column);
      const output24 = v128.load(seconds + column);
      const t0 = exp4(f32x4.neg(f32x4.mul(output24, v128.load32_splat(C1))));
      const t1 = f32x4.mul(f32x4.sub(output4, x4), t0);
      const t2 = f32x4.mul(t1, t1);
      sum = f32x4.add(sum, v128.and(f32x4.mul(f32x4.add(f32x4.add(t2, output24), v128.load32_splat(C10)), v128.load32_splat(C11)), mask));
      v128.store(outputs + column, v128.and(f32x4.mul(t1, t0), mask));
      v128.store(seconds + column, v128.and(f32x4.mul(v128.load32_splat(C1), f32x4.sub(v128.load32_splat(C0), t2)), mask));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

function dream4(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const noises = own.noise + offset;
    const pixels = own.x + offset;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const noise4 = v128.load(noises + column);
      const output24 = v128.load(seconds + column);
      v128.store(pixels + column, v128.and(f32x4.add(output4, f32x4.mul(noise4, exp4(f32x4.mul(output24, v128.load32_splat(C1))))), mask));
    }

  }
}

// {"family":"gaussian","variance":"per-pixel","mean":"sigmoid"}
function likelihood5(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const t0 = sigmoidOf4(output4, expMinusAbs4(output4));
      const x4 = v128.load(pixels + column);
      const output24 = v128.load(seconds + column);
      const t1 = exp4(f32x4.neg(f32x4.mul(output24, v128.load32_splat(C1))));
      const t2 = f32x4.mul(f32x4.sub(t0, x4), t1);
      const t3 = f32x4.mul(t2, t2);
      sum = f32x4.add(sum, v128.and(f32x4.mul(f32x4.add(f32x4.add(t3, output24), v128.load32_splat(C10)), v128.load32_splat(C11)), mask));
      v128.store(outputs + column, v128.and(f32x4.mul(f32x4.mul(t2, t1), f32x4.mul(t0, f32x4.sub(v128.load32_splat(C0), t0))), mask));
      v128.store(seconds + column, v128.and(f32x4.mul(v128.load32_splat(C1), f32x4.sub(v128.load32_splat(C0), t3)), mask));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

function dream5(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const noises = own.noise + offset;
    const pixels = own.x + offset;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const noise4 = v128.load(noises + column);
      const output24 = v128.load(seconds + column);
      v128.store(pixels + column, v128.and(f32x4.add(sigmoidOf4(output4, expMinusAbs4(output4)), f32x4.mul(noise4, exp4(f32x4.mul(output24, v128.load32_splat(C1))))), mask));
    }

  }
}

// {"family":"laplace"}
function likelihood6(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const x4 = v128.load(pixels + column);
      const t0 = f32x4.sub(output4, x4);
      sum = f32x4.add(sum, v128.and(f32x4.abs(t0), mask));
      v128.store(outputs + column, v128.and(sign4(t0), mask));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

function dream6(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const noises = own.noise + offset;
    const pixels = own.x + offset;
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const output4 = v128.load(outputs + column);
      const noise4 = v128.load(noises + column);
      const shared4 = v128.load32_splat(shared);
      v128.store(pixels + column, v128.and(f32x4.sub(output4, f32x4.mul(f32x4.mul(sign4(f32x4.sub(noise4, v128.load32_splat(C1))), exp4(shared4)), log4(f32x4.mul(f32x4.min(noise4, f32x4.sub(v128.load32_splat(C0), noise4)), v128.load32_splat(C7))))), mask));
    }

  }
}

/**
 * One task: sums the terms of four rows and replaces the outputs by their
 * gradients. Row s * size + b belongs to datapoint b.
 */
export function likelihoodTask(own: Outputs, task: i32): void {
  switch (own.likelihood) {
    case 0: return likelihood0(own, task);
    case 1: return likelihood1(own, task);
    case 2: return likelihood2(own, task);
    case 3: return likelihood3(own, task);
    case 4: return likelihood4(own, task);
    case 5: return likelihood5(own, task);
    case 6: return likelihood6(own, task);
    default: unreachable();
  }
}

/** One task: draws four rows of x. */
export function dreamTask(own: Outputs, task: i32): void {
  switch (own.likelihood) {
    case 0: return dream0(own, task);
    case 1: return dream1(own, task);
    case 2: return dream2(own, task);
    case 3: return dream3(own, task);
    case 4: return dream4(own, task);
    case 5: return dream5(own, task);
    case 6: return dream6(own, task);
    default: unreachable();
  }
}
