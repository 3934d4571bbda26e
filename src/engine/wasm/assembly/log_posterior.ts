/** log q(z|x) at given z, and its gradients by the encoder's outputs. */

import { INFER_ROWS } from "../layout";
import { Latents } from "./commands";
import { exp4, lanesBelow, sumLanes } from "./elementary";
import { isIsotropic, logVarianceAt } from "./inference";

const LOG_2_PI: f32 = 1.8378770664093453;

/**
 * One task: all z of up to eight datapoints. Row s * size + b of z belongs to
 * datapoint b. The gradients are those of the loss, minus the mean of
 * log q(z|x) over the rows.
 */
export function logPosteriorTask(own: Latents, task: i32): void {
  const isotropic = isIsotropic(own.posterior);
  const mean = own.mean;
  const meanGradient = own.meanGradient;
  const logVarianceGradient = own.logVarianceGradient;
  const size = own.size;
  const draws = own.draws;
  const dims = own.dims;
  const stride = own.stride;
  const last = min<i32>((task + 1) * INFER_ROWS, size);
  const one = f32x4.splat(1);
  const perRow = f32x4.splat(<f32>(1.0 / <f64>(size * draws)));
  const half = f32x4.mul(perRow, f32x4.splat(0.5));
  for (let b = task * INFER_ROWS; b < last; b++) {
    const offset = <usize>b * <usize>stride;
    const byDatapoint = <usize>b * <usize>own.logVarianceStride;
    const variances = own.logVariance + byDatapoint;
    let total = f32x4.splat(0);
    for (let s = 0; s < draws; s++) {
      const row = s * size + b;
      const from = own.z + <usize>row * <usize>stride;
      let sum = f32x4.splat(0);
      for (let j = 0; j < dims; j += 4) {
        const column = <usize>j << 2;
        const at = offset + column;
        const mask = lanesBelow(j, dims);
        const v = logVarianceAt(variances, j, isotropic);
        const precision = exp4(f32x4.neg(v));
        const distance = f32x4.sub(
          v128.load(from + column),
          v128.load(mean + at),
        );
        const scaled = f32x4.mul(distance, precision);
        const square = f32x4.mul(distance, scaled);
        const term = f32x4.add(f32x4.add(square, v), f32x4.splat(LOG_2_PI));
        sum = f32x4.add(sum, v128.and(term, mask));
        let byMean = v128.and(f32x4.neg(f32x4.mul(scaled, perRow)), mask);
        let byLogVariance = v128.and(
          f32x4.mul(half, f32x4.sub(one, square)),
          mask,
        );
        total = f32x4.add(total, byLogVariance);
        if (s > 0) {
          byMean = f32x4.add(v128.load(meanGradient + at), byMean);
          if (!isotropic) {
            byLogVariance = f32x4.add(
              v128.load(logVarianceGradient + at),
              byLogVariance,
            );
          }
        }
        v128.store(meanGradient + at, byMean);
        if (!isotropic) v128.store(logVarianceGradient + at, byLogVariance);
      }
      store<f32>(own.logPosteriors + (<usize>row << 2), -0.5 * sumLanes(sum));
    }
    if (isotropic) {
      store<f32>(logVarianceGradient + byDatapoint, sumLanes(total));
    }
  }
}
