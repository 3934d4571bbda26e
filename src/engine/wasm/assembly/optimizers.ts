/**
 * Updates of parameters by their gradients, in place: the formulas of
 * src/model/optimizers.ts, operation by operation.
 */

import {
  LEARNING_RATE,
  UNBIAS_FIRST,
  UNBIAS_SECOND,
  UPDATE_SIZE,
} from "../layout";
import { Update } from "./commands";

/**
 * Four of g: the loss's gradient, with the weight decay times the parameters p.
 * Without decay nothing is added, not even 0, which would turn -0 to 0.
 */
@inline
function decayed(gradient: v128, p: v128, decay: f32): v128 {
  return decay == 0
    ? gradient
    : f32x4.add(gradient, f32x4.mul(p, f32x4.splat(decay)));
}

/** p -= rate g */
export function sgdTask(own: Update, task: i32): void {
  const parameters = own.values;
  const gradients = own.gradients;
  const decay = own.weightDecay;
  const rate = v128.load32_splat(LEARNING_RATE);
  const last = min<i32>((task + 1) * UPDATE_SIZE, own.count);
  for (let i = task * UPDATE_SIZE; i < last; i += 4) {
    const at = <usize>i << 2;
    const p = v128.load(parameters + at);
    const g = decayed(v128.load(gradients + at), p, decay);
    v128.store(parameters + at, f32x4.sub(p, f32x4.mul(g, rate)));
  }
}

/** sum += g^2; p -= rate g / (sqrt(sum) + epsilon) */
export function adagradTask(own: Update, task: i32): void {
  const parameters = own.values;
  const gradients = own.gradients;
  const sums = own.first;
  const decay = own.weightDecay;
  const rate = v128.load32_splat(LEARNING_RATE);
  const shift = f32x4.splat(own.epsilon);
  const last = min<i32>((task + 1) * UPDATE_SIZE, own.count);
  for (let i = task * UPDATE_SIZE; i < last; i += 4) {
    const at = <usize>i << 2;
    const p = v128.load(parameters + at);
    const g = decayed(v128.load(gradients + at), p, decay);
    const sum = f32x4.add(v128.load(sums + at), f32x4.mul(g, g));
    v128.store(sums + at, sum);
    const direction = f32x4.div(g, f32x4.add(f32x4.sqrt(sum), shift));
    v128.store(parameters + at, f32x4.sub(p, f32x4.mul(direction, rate)));
  }
}

/**
 * first = beta1 first + (1 - beta1) g; second = beta2 second + (1 - beta2) g^2;
 * p -= rate unbiased first / (sqrt(unbiased second) + epsilon)
 */
export function adamTask(own: Update, task: i32): void {
  const parameters = own.values;
  const gradients = own.gradients;
  const firsts = own.first;
  const seconds = own.second;
  const decay = own.weightDecay;
  const rate = v128.load32_splat(LEARNING_RATE);
  const unbiasFirst = v128.load32_splat(UNBIAS_FIRST);
  const unbiasSecond = v128.load32_splat(UNBIAS_SECOND);
  const keep1 = f32x4.splat(own.beta1);
  const take1 = f32x4.splat(own.rest1);
  const keep2 = f32x4.splat(own.beta2);
  const take2 = f32x4.splat(own.rest2);
  const shift = f32x4.splat(own.epsilon);
  const last = min<i32>((task + 1) * UPDATE_SIZE, own.count);
  for (let i = task * UPDATE_SIZE; i < last; i += 4) {
    const at = <usize>i << 2;
    const p = v128.load(parameters + at);
    const g = decayed(v128.load(gradients + at), p, decay);
    const first = f32x4.add(
      f32x4.mul(v128.load(firsts + at), keep1),
      f32x4.mul(g, take1),
    );
    const second = f32x4.add(
      f32x4.mul(v128.load(seconds + at), keep2),
      f32x4.mul(f32x4.mul(g, g), take2),
    );
    v128.store(firsts + at, first);
    v128.store(seconds + at, second);
    const direction = f32x4.div(
      f32x4.mul(first, unbiasFirst),
      f32x4.add(f32x4.sqrt(f32x4.mul(second, unbiasSecond)), shift),
    );
    v128.store(parameters + at, f32x4.sub(p, f32x4.mul(direction, rate)));
  }
}
