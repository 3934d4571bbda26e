// Printed by `deno task build:wasm` from src/model/likelihood.

import { LIKELIHOOD_ROWS } from "../layout";
import { Outputs } from "./commands";
import {
  exp4, expMinusAbs4, log4, masksBelow, sigmoidOf4, sign4, softplusOf4,
  sumLanes,
} from "./elementary";
import { scratch } from "./threads";

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
export function likelihood0(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const t0a = expMinusAbs4(output4a);
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const t0b = expMinusAbs4(output4b);
      const value0a = v128.and(f32x4.sub(f32x4.mul(output4a, x4a), softplusOf4(output4a, t0a)), maska);
      const value1a = v128.and(f32x4.sub(sigmoidOf4(output4a, t0a), x4a), maska);
      const value0b = v128.and(f32x4.sub(f32x4.mul(output4b, x4b), softplusOf4(output4b, t0b)), maskb);
      const value1b = v128.and(f32x4.sub(sigmoidOf4(output4b, t0b), x4b), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      v128.store(outputs + column, value1b, 16);
      v128.store(outputs + column, value1a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function logLikelihood0(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const value0a = v128.and(f32x4.sub(f32x4.mul(output4a, x4a), softplusOf4(output4a, expMinusAbs4(output4a))), maska);
      const value0b = v128.and(f32x4.sub(f32x4.mul(output4b, x4b), softplusOf4(output4b, expMinusAbs4(output4b))), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function dream0(own: Outputs, task: i32): void {
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
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const noise4a = v128.load(noises + column);
      const output4a = v128.load(outputs + column);
      const noise4b = v128.load(noises + column, 16);
      const output4b = v128.load(outputs + column, 16);
      const value0a = v128.and(v128.bitselect(v128.load32_splat(C0), f32x4.splat(0), f32x4.le(noise4a, sigmoidOf4(output4a, expMinusAbs4(output4a)))), maska);
      const value0b = v128.and(v128.bitselect(v128.load32_splat(C0), f32x4.splat(0), f32x4.le(noise4b, sigmoidOf4(output4b, expMinusAbs4(output4b)))), maskb);
      v128.store(pixels + column, value0b, 16);
      v128.store(pixels + column, value0a);
    }

  }
}

// {"family":"continuous-bernoulli"}
export function likelihood1(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const t0a = f32x4.lt(output4a, f32x4.splat(0));
      const t1a = v128.bitselect(f32x4.neg(output4a), output4a, t0a);
      const t2a = f32x4.lt(t1a, v128.load32_splat(C0));
      const t3a = f32x4.min(t1a, v128.load32_splat(C0));
      const t4a = f32x4.mul(t3a, t3a);
      const t5a = f32x4.add(f32x4.mul(v128.load32_splat(C2), t4a), v128.load32_splat(C3));
      const t6a = f32x4.add(f32x4.mul(t5a, t4a), v128.load32_splat(C4));
      const t7a = f32x4.add(f32x4.mul(t6a, t4a), v128.load32_splat(C5));
      const t8a = f32x4.max(t1a, v128.load32_splat(C0));
      const t9a = exp4(f32x4.neg(t8a));
      const t10a = f32x4.sub(v128.load32_splat(C0), t9a);
      const x4a = v128.load(pixels + column);
      const t11a = v128.bitselect(x4a, f32x4.sub(v128.load32_splat(C0), x4a), t0a);
      const t12a = v128.bitselect(f32x4.splat(0), v128.load32_splat(C6), t2a);
      const t13a = v128.bitselect(v128.load32_splat(C6), f32x4.splat(0), t2a);
      const t14a = f32x4.mul(t13a, t4a);
      const t15a = f32x4.mul(t14a, t4a);
      const t16a = f32x4.add(f32x4.add(t11a, v128.bitselect(f32x4.add(f32x4.mul(f32x4.div(f32x4.neg(t12a), t10a), t9a), f32x4.div(t12a, t8a)), f32x4.splat(0), f32x4.lt(v128.load32_splat(C0), t1a))), v128.bitselect(f32x4.add(f32x4.mul(f32x4.mul(f32x4.add(f32x4.add(f32x4.add(f32x4.mul(t13a, t7a), f32x4.mul(t14a, t6a)), f32x4.mul(t15a, t5a)), f32x4.mul(f32x4.mul(t15a, t4a), v128.load32_splat(C2))), v128.load32_splat(C7)), t3a), f32x4.mul(t13a, v128.load32_splat(C1))), f32x4.splat(0), t2a));
      const output4b = v128.load(outputs + column, 16);
      const t0b = f32x4.lt(output4b, f32x4.splat(0));
      const t1b = v128.bitselect(f32x4.neg(output4b), output4b, t0b);
      const t2b = f32x4.lt(t1b, v128.load32_splat(C0));
      const t3b = f32x4.min(t1b, v128.load32_splat(C0));
      const t4b = f32x4.mul(t3b, t3b);
      const t5b = f32x4.add(f32x4.mul(v128.load32_splat(C2), t4b), v128.load32_splat(C3));
      const t6b = f32x4.add(f32x4.mul(t5b, t4b), v128.load32_splat(C4));
      const t7b = f32x4.add(f32x4.mul(t6b, t4b), v128.load32_splat(C5));
      const t8b = f32x4.max(t1b, v128.load32_splat(C0));
      const t9b = exp4(f32x4.neg(t8b));
      const t10b = f32x4.sub(v128.load32_splat(C0), t9b);
      const x4b = v128.load(pixels + column, 16);
      const t11b = v128.bitselect(x4b, f32x4.sub(v128.load32_splat(C0), x4b), t0b);
      const t12b = v128.bitselect(f32x4.splat(0), v128.load32_splat(C6), t2b);
      const t13b = v128.bitselect(v128.load32_splat(C6), f32x4.splat(0), t2b);
      const t14b = f32x4.mul(t13b, t4b);
      const t15b = f32x4.mul(t14b, t4b);
      const t16b = f32x4.add(f32x4.add(t11b, v128.bitselect(f32x4.add(f32x4.mul(f32x4.div(f32x4.neg(t12b), t10b), t9b), f32x4.div(t12b, t8b)), f32x4.splat(0), f32x4.lt(v128.load32_splat(C0), t1b))), v128.bitselect(f32x4.add(f32x4.mul(f32x4.mul(f32x4.add(f32x4.add(f32x4.add(f32x4.mul(t13b, t7b), f32x4.mul(t14b, t6b)), f32x4.mul(t15b, t5b)), f32x4.mul(f32x4.mul(t15b, t4b), v128.load32_splat(C2))), v128.load32_splat(C7)), t3b), f32x4.mul(t13b, v128.load32_splat(C1))), f32x4.splat(0), t2b));
      const value0a = v128.and(f32x4.sub(v128.bitselect(f32x4.add(f32x4.mul(t3a, v128.load32_splat(C1)), f32x4.mul(t4a, t7a)), f32x4.sub(log4(t8a), log4(t10a)), t2a), f32x4.mul(t1a, t11a)), maska);
      const value1a = v128.and(f32x4.sub(v128.bitselect(f32x4.splat(0), t16a, t0a), v128.bitselect(t16a, f32x4.splat(0), t0a)), maska);
      const value0b = v128.and(f32x4.sub(v128.bitselect(f32x4.add(f32x4.mul(t3b, v128.load32_splat(C1)), f32x4.mul(t4b, t7b)), f32x4.sub(log4(t8b), log4(t10b)), t2b), f32x4.mul(t1b, t11b)), maskb);
      const value1b = v128.and(f32x4.sub(v128.bitselect(f32x4.splat(0), t16b, t0b), v128.bitselect(t16b, f32x4.splat(0), t0b)), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      v128.store(outputs + column, value1b, 16);
      v128.store(outputs + column, value1a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function logLikelihood1(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const t0a = f32x4.lt(output4a, f32x4.splat(0));
      const t1a = v128.bitselect(f32x4.neg(output4a), output4a, t0a);
      const t2a = f32x4.min(t1a, v128.load32_splat(C0));
      const t3a = f32x4.mul(t2a, t2a);
      const t4a = f32x4.max(t1a, v128.load32_splat(C0));
      const x4a = v128.load(pixels + column);
      const output4b = v128.load(outputs + column, 16);
      const t0b = f32x4.lt(output4b, f32x4.splat(0));
      const t1b = v128.bitselect(f32x4.neg(output4b), output4b, t0b);
      const t2b = f32x4.min(t1b, v128.load32_splat(C0));
      const t3b = f32x4.mul(t2b, t2b);
      const t4b = f32x4.max(t1b, v128.load32_splat(C0));
      const x4b = v128.load(pixels + column, 16);
      const value0a = v128.and(f32x4.sub(v128.bitselect(f32x4.add(f32x4.mul(t2a, v128.load32_splat(C1)), f32x4.mul(t3a, f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(v128.load32_splat(C2), t3a), v128.load32_splat(C3)), t3a), v128.load32_splat(C4)), t3a), v128.load32_splat(C5)))), f32x4.sub(log4(t4a), log4(f32x4.sub(v128.load32_splat(C0), exp4(f32x4.neg(t4a))))), f32x4.lt(t1a, v128.load32_splat(C0))), f32x4.mul(t1a, v128.bitselect(x4a, f32x4.sub(v128.load32_splat(C0), x4a), t0a))), maska);
      const value0b = v128.and(f32x4.sub(v128.bitselect(f32x4.add(f32x4.mul(t2b, v128.load32_splat(C1)), f32x4.mul(t3b, f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(v128.load32_splat(C2), t3b), v128.load32_splat(C3)), t3b), v128.load32_splat(C4)), t3b), v128.load32_splat(C5)))), f32x4.sub(log4(t4b), log4(f32x4.sub(v128.load32_splat(C0), exp4(f32x4.neg(t4b))))), f32x4.lt(t1b, v128.load32_splat(C0))), f32x4.mul(t1b, v128.bitselect(x4b, f32x4.sub(v128.load32_splat(C0), x4b), t0b))), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function dream1(own: Outputs, task: i32): void {
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
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const t0a = f32x4.lt(output4a, f32x4.splat(0));
      const t1a = v128.bitselect(f32x4.neg(output4a), output4a, t0a);
      const noise4a = v128.load(noises + column);
      const t2a = f32x4.sub(v128.load32_splat(C0), noise4a);
      const t3a = f32x4.min(t1a, v128.load32_splat(C8));
      const t4a = f32x4.max(t1a, v128.load32_splat(C8));
      const t5a = f32x4.min(v128.bitselect(f32x4.add(noise4a, f32x4.mul(f32x4.mul(f32x4.mul(noise4a, t2a), t3a), f32x4.sub(f32x4.mul(f32x4.mul(t3a, f32x4.sub(v128.load32_splat(C0), f32x4.mul(noise4a, v128.load32_splat(C7)))), v128.load32_splat(C9)), v128.load32_splat(C1)))), f32x4.div(f32x4.neg(log4(f32x4.add(t2a, f32x4.mul(noise4a, exp4(f32x4.neg(t4a)))))), t4a), f32x4.lt(t1a, v128.load32_splat(C8))), v128.load32_splat(C0));
      const output4b = v128.load(outputs + column, 16);
      const t0b = f32x4.lt(output4b, f32x4.splat(0));
      const t1b = v128.bitselect(f32x4.neg(output4b), output4b, t0b);
      const noise4b = v128.load(noises + column, 16);
      const t2b = f32x4.sub(v128.load32_splat(C0), noise4b);
      const t3b = f32x4.min(t1b, v128.load32_splat(C8));
      const t4b = f32x4.max(t1b, v128.load32_splat(C8));
      const t5b = f32x4.min(v128.bitselect(f32x4.add(noise4b, f32x4.mul(f32x4.mul(f32x4.mul(noise4b, t2b), t3b), f32x4.sub(f32x4.mul(f32x4.mul(t3b, f32x4.sub(v128.load32_splat(C0), f32x4.mul(noise4b, v128.load32_splat(C7)))), v128.load32_splat(C9)), v128.load32_splat(C1)))), f32x4.div(f32x4.neg(log4(f32x4.add(t2b, f32x4.mul(noise4b, exp4(f32x4.neg(t4b)))))), t4b), f32x4.lt(t1b, v128.load32_splat(C8))), v128.load32_splat(C0));
      const value0a = v128.and(v128.bitselect(t5a, f32x4.sub(v128.load32_splat(C0), t5a), t0a), maska);
      const value0b = v128.and(v128.bitselect(t5b, f32x4.sub(v128.load32_splat(C0), t5b), t0b), maskb);
      v128.store(pixels + column, value0b, 16);
      v128.store(pixels + column, value0a);
    }

  }
}

// {"family":"gaussian","variance":"learned","mean":"linear"}
export function likelihood2(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const t0a = f32x4.sub(output4a, x4a);
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const t0b = f32x4.sub(output4b, x4b);
      const value0a = v128.and(f32x4.mul(t0a, t0a), maska);
      const value1a = v128.and(t0a, maska);
      const value0b = v128.and(f32x4.mul(t0b, t0b), maskb);
      const value1b = v128.and(t0b, maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      v128.store(outputs + column, value1b, 16);
      v128.store(outputs + column, value1a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function logLikelihood2(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const t0a = f32x4.sub(output4a, x4a);
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const t0b = f32x4.sub(output4b, x4b);
      const value0a = v128.and(f32x4.mul(t0a, t0a), maska);
      const value0b = v128.and(f32x4.mul(t0b, t0b), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function dream2(own: Outputs, task: i32): void {
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
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const noise4a = v128.load(noises + column);
      const shared4a = v128.load32_splat(shared);
      const output4b = v128.load(outputs + column, 16);
      const noise4b = v128.load(noises + column, 16);
      const shared4b = v128.load32_splat(shared);
      const value0a = v128.and(f32x4.add(output4a, f32x4.mul(noise4a, exp4(f32x4.mul(shared4a, v128.load32_splat(C1))))), maska);
      const value0b = v128.and(f32x4.add(output4b, f32x4.mul(noise4b, exp4(f32x4.mul(shared4b, v128.load32_splat(C1))))), maskb);
      v128.store(pixels + column, value0b, 16);
      v128.store(pixels + column, value0a);
    }

  }
}

// {"family":"gaussian","variance":"learned","mean":"sigmoid"}
export function likelihood3(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const t0a = sigmoidOf4(output4a, expMinusAbs4(output4a));
      const x4a = v128.load(pixels + column);
      const t1a = f32x4.sub(t0a, x4a);
      const output4b = v128.load(outputs + column, 16);
      const t0b = sigmoidOf4(output4b, expMinusAbs4(output4b));
      const x4b = v128.load(pixels + column, 16);
      const t1b = f32x4.sub(t0b, x4b);
      const value0a = v128.and(f32x4.mul(t1a, t1a), maska);
      const value1a = v128.and(f32x4.mul(t1a, f32x4.mul(t0a, f32x4.sub(v128.load32_splat(C0), t0a))), maska);
      const value0b = v128.and(f32x4.mul(t1b, t1b), maskb);
      const value1b = v128.and(f32x4.mul(t1b, f32x4.mul(t0b, f32x4.sub(v128.load32_splat(C0), t0b))), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      v128.store(outputs + column, value1b, 16);
      v128.store(outputs + column, value1a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function logLikelihood3(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const t0a = f32x4.sub(sigmoidOf4(output4a, expMinusAbs4(output4a)), x4a);
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const t0b = f32x4.sub(sigmoidOf4(output4b, expMinusAbs4(output4b)), x4b);
      const value0a = v128.and(f32x4.mul(t0a, t0a), maska);
      const value0b = v128.and(f32x4.mul(t0b, t0b), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function dream3(own: Outputs, task: i32): void {
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
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const noise4a = v128.load(noises + column);
      const shared4a = v128.load32_splat(shared);
      const output4b = v128.load(outputs + column, 16);
      const noise4b = v128.load(noises + column, 16);
      const shared4b = v128.load32_splat(shared);
      const value0a = v128.and(f32x4.add(sigmoidOf4(output4a, expMinusAbs4(output4a)), f32x4.mul(noise4a, exp4(f32x4.mul(shared4a, v128.load32_splat(C1))))), maska);
      const value0b = v128.and(f32x4.add(sigmoidOf4(output4b, expMinusAbs4(output4b)), f32x4.mul(noise4b, exp4(f32x4.mul(shared4b, v128.load32_splat(C1))))), maskb);
      v128.store(pixels + column, value0b, 16);
      v128.store(pixels + column, value0a);
    }

  }
}

// {"family":"gaussian","variance":"per-pixel","mean":"linear"}
export function likelihood4(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const output24a = v128.load(seconds + column);
      const t0a = exp4(f32x4.neg(f32x4.mul(output24a, v128.load32_splat(C1))));
      const t1a = f32x4.mul(f32x4.sub(output4a, x4a), t0a);
      const t2a = f32x4.mul(t1a, t1a);
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const output24b = v128.load(seconds + column, 16);
      const t0b = exp4(f32x4.neg(f32x4.mul(output24b, v128.load32_splat(C1))));
      const t1b = f32x4.mul(f32x4.sub(output4b, x4b), t0b);
      const t2b = f32x4.mul(t1b, t1b);
      const value0a = v128.and(f32x4.mul(f32x4.add(f32x4.add(t2a, output24a), v128.load32_splat(C10)), v128.load32_splat(C11)), maska);
      const value1a = v128.and(f32x4.mul(t1a, t0a), maska);
      const value2a = v128.and(f32x4.mul(v128.load32_splat(C1), f32x4.sub(v128.load32_splat(C0), t2a)), maska);
      const value0b = v128.and(f32x4.mul(f32x4.add(f32x4.add(t2b, output24b), v128.load32_splat(C10)), v128.load32_splat(C11)), maskb);
      const value1b = v128.and(f32x4.mul(t1b, t0b), maskb);
      const value2b = v128.and(f32x4.mul(v128.load32_splat(C1), f32x4.sub(v128.load32_splat(C0), t2b)), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      v128.store(outputs + column, value1b, 16);
      v128.store(outputs + column, value1a);
      v128.store(seconds + column, value2b, 16);
      v128.store(seconds + column, value2a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function logLikelihood4(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const output24a = v128.load(seconds + column);
      const t0a = f32x4.mul(f32x4.sub(output4a, x4a), exp4(f32x4.neg(f32x4.mul(output24a, v128.load32_splat(C1)))));
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const output24b = v128.load(seconds + column, 16);
      const t0b = f32x4.mul(f32x4.sub(output4b, x4b), exp4(f32x4.neg(f32x4.mul(output24b, v128.load32_splat(C1)))));
      const value0a = v128.and(f32x4.mul(f32x4.add(f32x4.add(f32x4.mul(t0a, t0a), output24a), v128.load32_splat(C10)), v128.load32_splat(C11)), maska);
      const value0b = v128.and(f32x4.mul(f32x4.add(f32x4.add(f32x4.mul(t0b, t0b), output24b), v128.load32_splat(C10)), v128.load32_splat(C11)), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function dream4(own: Outputs, task: i32): void {
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
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const noise4a = v128.load(noises + column);
      const output24a = v128.load(seconds + column);
      const output4b = v128.load(outputs + column, 16);
      const noise4b = v128.load(noises + column, 16);
      const output24b = v128.load(seconds + column, 16);
      const value0a = v128.and(f32x4.add(output4a, f32x4.mul(noise4a, exp4(f32x4.mul(output24a, v128.load32_splat(C1))))), maska);
      const value0b = v128.and(f32x4.add(output4b, f32x4.mul(noise4b, exp4(f32x4.mul(output24b, v128.load32_splat(C1))))), maskb);
      v128.store(pixels + column, value0b, 16);
      v128.store(pixels + column, value0a);
    }

  }
}

// {"family":"gaussian","variance":"per-pixel","mean":"sigmoid"}
export function likelihood5(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const t0a = sigmoidOf4(output4a, expMinusAbs4(output4a));
      const x4a = v128.load(pixels + column);
      const output24a = v128.load(seconds + column);
      const t1a = exp4(f32x4.neg(f32x4.mul(output24a, v128.load32_splat(C1))));
      const t2a = f32x4.mul(f32x4.sub(t0a, x4a), t1a);
      const t3a = f32x4.mul(t2a, t2a);
      const output4b = v128.load(outputs + column, 16);
      const t0b = sigmoidOf4(output4b, expMinusAbs4(output4b));
      const x4b = v128.load(pixels + column, 16);
      const output24b = v128.load(seconds + column, 16);
      const t1b = exp4(f32x4.neg(f32x4.mul(output24b, v128.load32_splat(C1))));
      const t2b = f32x4.mul(f32x4.sub(t0b, x4b), t1b);
      const t3b = f32x4.mul(t2b, t2b);
      const value0a = v128.and(f32x4.mul(f32x4.add(f32x4.add(t3a, output24a), v128.load32_splat(C10)), v128.load32_splat(C11)), maska);
      const value1a = v128.and(f32x4.mul(f32x4.mul(t2a, t1a), f32x4.mul(t0a, f32x4.sub(v128.load32_splat(C0), t0a))), maska);
      const value2a = v128.and(f32x4.mul(v128.load32_splat(C1), f32x4.sub(v128.load32_splat(C0), t3a)), maska);
      const value0b = v128.and(f32x4.mul(f32x4.add(f32x4.add(t3b, output24b), v128.load32_splat(C10)), v128.load32_splat(C11)), maskb);
      const value1b = v128.and(f32x4.mul(f32x4.mul(t2b, t1b), f32x4.mul(t0b, f32x4.sub(v128.load32_splat(C0), t0b))), maskb);
      const value2b = v128.and(f32x4.mul(v128.load32_splat(C1), f32x4.sub(v128.load32_splat(C0), t3b)), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      v128.store(outputs + column, value1b, 16);
      v128.store(outputs + column, value1a);
      v128.store(seconds + column, value2b, 16);
      v128.store(seconds + column, value2a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function logLikelihood5(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const output24a = v128.load(seconds + column);
      const t0a = f32x4.mul(f32x4.sub(sigmoidOf4(output4a, expMinusAbs4(output4a)), x4a), exp4(f32x4.neg(f32x4.mul(output24a, v128.load32_splat(C1)))));
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const output24b = v128.load(seconds + column, 16);
      const t0b = f32x4.mul(f32x4.sub(sigmoidOf4(output4b, expMinusAbs4(output4b)), x4b), exp4(f32x4.neg(f32x4.mul(output24b, v128.load32_splat(C1)))));
      const value0a = v128.and(f32x4.mul(f32x4.add(f32x4.add(f32x4.mul(t0a, t0a), output24a), v128.load32_splat(C10)), v128.load32_splat(C11)), maska);
      const value0b = v128.and(f32x4.mul(f32x4.add(f32x4.add(f32x4.mul(t0b, t0b), output24b), v128.load32_splat(C10)), v128.load32_splat(C11)), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function dream5(own: Outputs, task: i32): void {
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
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const noise4a = v128.load(noises + column);
      const output24a = v128.load(seconds + column);
      const output4b = v128.load(outputs + column, 16);
      const noise4b = v128.load(noises + column, 16);
      const output24b = v128.load(seconds + column, 16);
      const value0a = v128.and(f32x4.add(sigmoidOf4(output4a, expMinusAbs4(output4a)), f32x4.mul(noise4a, exp4(f32x4.mul(output24a, v128.load32_splat(C1))))), maska);
      const value0b = v128.and(f32x4.add(sigmoidOf4(output4b, expMinusAbs4(output4b)), f32x4.mul(noise4b, exp4(f32x4.mul(output24b, v128.load32_splat(C1))))), maskb);
      v128.store(pixels + column, value0b, 16);
      v128.store(pixels + column, value0a);
    }

  }
}

// {"family":"laplace"}
export function likelihood6(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const t0a = f32x4.sub(output4a, x4a);
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const t0b = f32x4.sub(output4b, x4b);
      const value0a = v128.and(f32x4.abs(t0a), maska);
      const value1a = v128.and(sign4(t0a), maska);
      const value0b = v128.and(f32x4.abs(t0b), maskb);
      const value1b = v128.and(sign4(t0b), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      v128.store(outputs + column, value1b, 16);
      v128.store(outputs + column, value1a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function logLikelihood6(own: Outputs, task: i32): void {
  const stride = <usize>own.stride;
  const columns = own.columns;
  const shared = own.parameter;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * stride;
    const outputs = own.output + offset;
    const seconds = own.output2 + offset;
    const pixels = own.x + <usize>(r % own.size) * stride;
    const terms = scratch;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const x4a = v128.load(pixels + column);
      const output4b = v128.load(outputs + column, 16);
      const x4b = v128.load(pixels + column, 16);
      const value0a = v128.and(f32x4.abs(f32x4.sub(output4a, x4a)), maska);
      const value0b = v128.and(f32x4.abs(f32x4.sub(output4b, x4b)), maskb);
      v128.store(terms, value0b, 16);
      v128.store(terms, value0a);
      sum = f32x4.add(f32x4.add(sum, v128.load(terms)), v128.load(terms, 16));
    }
    store<f32>(own.sums + (<usize>r << 2), sumLanes(sum));
  }
}

export function dream6(own: Outputs, task: i32): void {
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
    for (let j = 0; j < columns; j += 8) {
      const column = <usize>j << 2;
      const masks = masksBelow(j, columns);
      const maska = v128.load(masks), maskb = v128.load(masks, 16);
      const output4a = v128.load(outputs + column);
      const noise4a = v128.load(noises + column);
      const shared4a = v128.load32_splat(shared);
      const output4b = v128.load(outputs + column, 16);
      const noise4b = v128.load(noises + column, 16);
      const shared4b = v128.load32_splat(shared);
      const value0a = v128.and(f32x4.sub(output4a, f32x4.mul(f32x4.mul(sign4(f32x4.sub(noise4a, v128.load32_splat(C1))), exp4(shared4a)), log4(f32x4.mul(f32x4.min(noise4a, f32x4.sub(v128.load32_splat(C0), noise4a)), v128.load32_splat(C7))))), maska);
      const value0b = v128.and(f32x4.sub(output4b, f32x4.mul(f32x4.mul(sign4(f32x4.sub(noise4b, v128.load32_splat(C1))), exp4(shared4b)), log4(f32x4.mul(f32x4.min(noise4b, f32x4.sub(v128.load32_splat(C0), noise4b)), v128.load32_splat(C7))))), maskb);
      v128.store(pixels + column, value0b, 16);
      v128.store(pixels + column, value0a);
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

/** One task: sums the terms of four rows alone. */
export function logLikelihoodTask(own: Outputs, task: i32): void {
  switch (own.likelihood) {
    case 0: return logLikelihood0(own, task);
    case 1: return logLikelihood1(own, task);
    case 2: return logLikelihood2(own, task);
    case 3: return logLikelihood3(own, task);
    case 4: return logLikelihood4(own, task);
    case 5: return logLikelihood5(own, task);
    case 6: return logLikelihood6(own, task);
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
