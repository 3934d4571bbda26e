/** Draws of x from p(x|z): Likelihood.sample of src/model/likelihood. */

import { LIKELIHOOD_ROWS } from "../layout";
import { exp4, expMinusAbs4, lanesBelow, sigmoidOf4 } from "./elementary";
import { meanOf } from "./likelihood";

/** One task: four rows of x, 1 where a uniform is not above sigmoid(logit). */
export function bernoulliDreamTask(
  task: i32,
  output: usize,
  noise: usize,
  x: usize,
  stride: i32,
  rows: i32,
  columns: i32,
): void {
  const one = f32x4.splat(1);
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const row = <usize>r * <usize>stride;
    for (let j = 0; j < columns; j += 4) {
      const at = row + (<usize>j << 2);
      const logit = v128.load(output + at);
      const p = sigmoidOf4(logit, expMinusAbs4(logit));
      const drawn = v128.and(one, f32x4.le(v128.load(noise + at), p));
      v128.store(x + at, v128.and(drawn, lanesBelow(j, columns)));
    }
  }
}

/**
 * One task: four rows of x = mean + sigma_dec noise.
 *
 * @param logVariance one for all, or a matrix where `isPerPixel`
 */
export function gaussianDreamTask(
  task: i32,
  output: usize,
  logVariance: usize,
  isPerPixel: i32,
  noise: usize,
  x: usize,
  stride: i32,
  rows: i32,
  columns: i32,
  isSigmoid: i32,
): void {
  const half = f32x4.splat(0.5);
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const row = <usize>r * <usize>stride;
    for (let j = 0; j < columns; j += 4) {
      const at = row + (<usize>j << 2);
      const mean = meanOf(v128.load(output + at), isSigmoid);
      const v = isPerPixel
        ? v128.load(logVariance + at)
        : v128.load32_splat(logVariance);
      const deviation = exp4(f32x4.mul(v, half));
      const drawn = f32x4.add(
        mean,
        f32x4.mul(v128.load(noise + at), deviation),
      );
      v128.store(x + at, v128.and(drawn, lanesBelow(j, columns)));
    }
  }
}
