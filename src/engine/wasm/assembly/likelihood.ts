/**
 * ln p(x|z) by row, and its gradient by the decoder's output, which replaces
 * the output. Row s * size + b belongs to datapoint b.
 */

import { LIKELIHOOD_ROWS } from "../layout";
import {
  expMinusAbs4,
  lanesBelow,
  sigmoidOf4,
  softplusOf4,
  sumLanes,
} from "./elementary";

/**
 * One task: four rows of logits become sigmoid(logit) - x, and their
 * ln p(x|z) = sum x logit - softplus(logit) is stored.
 */
export function bernoulliTask(
  task: i32,
  output: usize,
  x: usize,
  stride: i32,
  rows: i32,
  size: i32,
  columns: i32,
  logProbs: usize,
): void {
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const logits = output + <usize>r * <usize>stride;
    const pixels = x + <usize>(r % size) * <usize>stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const logit = v128.load(logits + column);
      const pixel = v128.load(pixels + column);
      const power = expMinusAbs4(logit);
      const mask = lanesBelow(j, columns);
      const logProb = f32x4.sub(
        f32x4.mul(logit, pixel),
        softplusOf4(logit, power),
      );
      sum = f32x4.add(sum, v128.and(logProb, mask));
      const gradient = f32x4.sub(sigmoidOf4(logit, power), pixel);
      v128.store(logits + column, v128.and(gradient, mask));
    }
    store<f32>(logProbs + (<usize>r << 2), sumLanes(sum));
  }
}

/**
 * One task: four rows of means become mean - x, and |mean - x|^2 is stored.
 * The decoder variance, which may depend on all rows, comes in later.
 */
export function gaussianTask(
  task: i32,
  output: usize,
  x: usize,
  stride: i32,
  rows: i32,
  size: i32,
  columns: i32,
  squares: usize,
): void {
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const means = output + <usize>r * <usize>stride;
    const pixels = x + <usize>(r % size) * <usize>stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const difference = v128.and(
        f32x4.sub(v128.load(means + column), v128.load(pixels + column)),
        lanesBelow(j, columns),
      );
      sum = f32x4.add(sum, f32x4.mul(difference, difference));
      v128.store(means + column, difference);
    }
    store<f32>(squares + (<usize>r << 2), sumLanes(sum));
  }
}
