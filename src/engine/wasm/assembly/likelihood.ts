/**
 * ln p(x|z) by row, and its gradient by the decoder's output, which replaces
 * the output. Row s * size + b belongs to datapoint b.
 */

import { LIKELIHOOD_ROWS } from "../layout";
import {
  exp4,
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

/** The Gaussian's mean of an output. */
@inline
export function meanOf(output: v128, isSigmoid: i32): v128 {
  return isSigmoid ? sigmoidOf4(output, expMinusAbs4(output)) : output;
}

/** The mean's derivative by the output. */
@inline
function slopeOf(mean: v128, isSigmoid: i32): v128 {
  const one = f32x4.splat(1);
  return isSigmoid ? f32x4.mul(mean, f32x4.sub(one, mean)) : one;
}

/**
 * One task: four rows of outputs become (mean - x) times the mean's
 * derivative, and |mean - x|^2 is stored. The decoder variance, which may
 * depend on all rows, comes in later.
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
  isSigmoid: i32,
): void {
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const outputs = output + <usize>r * <usize>stride;
    const pixels = x + <usize>(r % size) * <usize>stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mean = meanOf(v128.load(outputs + column), isSigmoid);
      const difference = v128.and(
        f32x4.sub(mean, v128.load(pixels + column)),
        lanesBelow(j, columns),
      );
      sum = f32x4.add(sum, f32x4.mul(difference, difference));
      v128.store(
        outputs + column,
        f32x4.mul(difference, slopeOf(mean, isSigmoid)),
      );
    }
    store<f32>(squares + (<usize>r << 2), sumLanes(sum));
  }
}

const LOG_2_PI: f32 = 1.8378770664093453;

/**
 * One task: the same with a variance for each pixel. The two outputs become
 * the gradients of -ln p(x|z), which is stored.
 */
export function gaussianPerPixelTask(
  task: i32,
  output: usize,
  logVariance: usize,
  x: usize,
  stride: i32,
  rows: i32,
  size: i32,
  columns: i32,
  logProbs: usize,
  isSigmoid: i32,
): void {
  const half = f32x4.splat(0.5);
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const outputs = output + <usize>r * <usize>stride;
    const variances = logVariance + <usize>r * <usize>stride;
    const pixels = x + <usize>(r % size) * <usize>stride;
    let sum = f32x4.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const column = <usize>j << 2;
      const mask = lanesBelow(j, columns);
      const mean = meanOf(v128.load(outputs + column), isSigmoid);
      const v = v128.load(variances + column);
      const inverse = exp4(f32x4.neg(f32x4.mul(v, half)));
      // (mean - x) / sigma, which is squared only then: it may be large.
      const z = f32x4.mul(
        f32x4.sub(mean, v128.load(pixels + column)),
        inverse,
      );
      const square = f32x4.mul(z, z);
      const term = f32x4.add(f32x4.add(square, v), f32x4.splat(LOG_2_PI));
      sum = f32x4.add(sum, v128.and(term, mask));
      const byMean = f32x4.mul(
        f32x4.mul(z, inverse),
        slopeOf(mean, isSigmoid),
      );
      const byVariance = f32x4.mul(half, f32x4.sub(f32x4.splat(1), square));
      v128.store(outputs + column, v128.and(byMean, mask));
      v128.store(variances + column, v128.and(byVariance, mask));
    }
    store<f32>(logProbs + (<usize>r << 2), -0.5 * sumLanes(sum));
  }
}
