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
 *
 * @param keeps all bits where there is no decay: a branch would not pack
 */
@inline
function decayed(gradient: v128, p: v128, decay: v128, keeps: v128): v128 {
  const sum = f32x4.add(gradient, f32x4.mul(p, decay));
  return v128.bitselect(gradient, sum, keeps);
}

@inline
function keepsWithout(decay: f32): v128 {
  return i32x4.splat(decay == 0 ? -1 : 0);
}

/** p -= rate g */
export function sgdTask(own: Update, task: i32): void {
  const rate = v128.load32_splat(LEARNING_RATE);
  const decay = f32x4.splat(own.weightDecay);
  const keeps = keepsWithout(own.weightDecay);
  const first = task * UPDATE_SIZE;
  const last = min<i32>(first + UPDATE_SIZE, own.count);
  const offset = <usize>first << 2;
  let parameters = own.values + offset;
  let gradients = own.gradients + offset;
  for (let i = first; i < last; i += 8) {
    const p0 = v128.load(parameters), p1 = v128.load(parameters, 16);
    const g0 = decayed(v128.load(gradients), p0, decay, keeps);
    const g1 = decayed(v128.load(gradients, 16), p1, decay, keeps);
    const next0 = f32x4.sub(p0, f32x4.mul(g0, rate));
    const next1 = f32x4.sub(p1, f32x4.mul(g1, rate));
    v128.store(parameters, next1, 16), v128.store(parameters, next0);
    parameters += 32;
    gradients += 32;
  }
}

/** sum += g^2; p -= rate g / (sqrt(sum) + epsilon) */
export function adagradTask(own: Update, task: i32): void {
  const rate = v128.load32_splat(LEARNING_RATE);
  const decay = f32x4.splat(own.weightDecay);
  const keeps = keepsWithout(own.weightDecay);
  const shift = f32x4.splat(own.epsilon);
  const first = task * UPDATE_SIZE;
  const last = min<i32>(first + UPDATE_SIZE, own.count);
  const offset = <usize>first << 2;
  let parameters = own.values + offset;
  let gradients = own.gradients + offset;
  let sums = own.first + offset;
  for (let i = first; i < last; i += 8) {
    const p0 = v128.load(parameters), p1 = v128.load(parameters, 16);
    const g0 = decayed(v128.load(gradients), p0, decay, keeps);
    const g1 = decayed(v128.load(gradients, 16), p1, decay, keeps);
    const sum0 = f32x4.add(v128.load(sums), f32x4.mul(g0, g0));
    const sum1 = f32x4.add(v128.load(sums, 16), f32x4.mul(g1, g1));
    const direction0 = f32x4.div(g0, f32x4.add(f32x4.sqrt(sum0), shift));
    const direction1 = f32x4.div(g1, f32x4.add(f32x4.sqrt(sum1), shift));
    const next0 = f32x4.sub(p0, f32x4.mul(direction0, rate));
    const next1 = f32x4.sub(p1, f32x4.mul(direction1, rate));
    v128.store(sums, sum1, 16), v128.store(sums, sum0);
    v128.store(parameters, next1, 16), v128.store(parameters, next0);
    parameters += 32;
    gradients += 32;
    sums += 32;
  }
}

/** One of Adam's moments: keep times what it was, and take times x. */
@inline
function moment(before: v128, keep: v128, x: v128, take: v128): v128 {
  return f32x4.add(f32x4.mul(before, keep), f32x4.mul(x, take));
}

/**
 * first = beta1 first + (1 - beta1) g; second = beta2 second + (1 - beta2) g^2;
 * p -= rate unbiased first / (sqrt(unbiased second) + epsilon)
 */
export function adamTask(own: Update, task: i32): void {
  const rate = v128.load32_splat(LEARNING_RATE);
  const unbiasFirst = v128.load32_splat(UNBIAS_FIRST);
  const unbiasSecond = v128.load32_splat(UNBIAS_SECOND);
  const decay = f32x4.splat(own.weightDecay);
  const keeps = keepsWithout(own.weightDecay);
  const keep1 = f32x4.splat(own.beta1), take1 = f32x4.splat(own.rest1);
  const keep2 = f32x4.splat(own.beta2), take2 = f32x4.splat(own.rest2);
  const shift = f32x4.splat(own.epsilon);
  const first = task * UPDATE_SIZE;
  const last = min<i32>(first + UPDATE_SIZE, own.count);
  const offset = <usize>first << 2;
  let parameters = own.values + offset;
  let gradients = own.gradients + offset;
  let firsts = own.first + offset;
  let seconds = own.second + offset;
  for (let i = first; i < last; i += 8) {
    const p0 = v128.load(parameters), p1 = v128.load(parameters, 16);
    const g0 = decayed(v128.load(gradients), p0, decay, keeps);
    const g1 = decayed(v128.load(gradients, 16), p1, decay, keeps);
    const first0 = moment(v128.load(firsts), keep1, g0, take1);
    const first1 = moment(v128.load(firsts, 16), keep1, g1, take1);
    const second0 = moment(v128.load(seconds), keep2, f32x4.mul(g0, g0), take2);
    const second1 = moment(
      v128.load(seconds, 16), keep2, f32x4.mul(g1, g1), take2,
    );
    const direction0 = f32x4.div(
      f32x4.mul(first0, unbiasFirst),
      f32x4.add(f32x4.sqrt(f32x4.mul(second0, unbiasSecond)), shift),
    );
    const direction1 = f32x4.div(
      f32x4.mul(first1, unbiasFirst),
      f32x4.add(f32x4.sqrt(f32x4.mul(second1, unbiasSecond)), shift),
    );
    const next0 = f32x4.sub(p0, f32x4.mul(direction0, rate));
    const next1 = f32x4.sub(p1, f32x4.mul(direction1, rate));
    v128.store(firsts, first1, 16), v128.store(firsts, first0);
    v128.store(seconds, second1, 16), v128.store(seconds, second0);
    v128.store(parameters, next1, 16), v128.store(parameters, next0);
    parameters += 32;
    gradients += 32;
    firsts += 32;
    seconds += 32;
  }
}
