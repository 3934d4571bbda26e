/** From the gradient by z to that by the mean and log variance of q(z|x). */

import {
  DREG,
  ELBO,
  ELBO_SAMPLED,
  IWAE,
  PLAIN,
  STL,
} from "../../codes";
import { INFER_ROWS } from "../layout";
import { Latents } from "./commands";
import {
  exp4,
  expMinusOneMinus4,
  lanesBelow,
  sumLanes,
} from "./elementary";
import { isIsotropic, logVarianceAt } from "./inference";

/**
 * One task: up to eight datapoints. All gradients are of the loss.
 *
 * z = mean + sigma * noise carries its gradient g to the mean, and
 * g sigma noise / 2 to the log variance. log q(z|x) - log p(z) adds z to g;
 * under `stl` and `dreg`, where only the way through z counts, it adds
 * z - noise / sigma, and under `plain` the log variance has another -1/2 from
 * the normalising constant. `dreg` multiplies the whole of g by its factors.
 */
export function posteriorGradientTask(own: Latents, task: i32): void {
  const objective = own.objective;
  const isClosed = objective == ELBO;
  if (!isClosed && objective != ELBO_SAMPLED && objective != IWAE) {
    unreachable();
  }
  const isPlain = own.gradient == PLAIN;
  if (!isPlain && own.gradient != STL && own.gradient != DREG) unreachable();
  const isDreg = objective == IWAE && own.gradient == DREG;
  const isotropic = isIsotropic(own.posterior);
  const noise = own.noise;
  const z = own.z;
  const zGradient = own.zGradient;
  const rowWeights = own.rowWeights;
  const dregFactors = own.dregFactors;
  const logVarianceGradient = own.logVarianceGradient;
  const size = own.size;
  const draws = own.draws;
  const dims = own.dims;
  const stride = own.stride;
  const last = min<i32>((task + 1) * INFER_ROWS, size);
  const half = f32x4.splat(0.5);
  const perDatapoint = f32x4.splat(<f32>(1.0 / <f64>size));
  for (let b = task * INFER_ROWS; b < last; b++) {
    const offset = <usize>b * <usize>stride;
    const byDatapoint = <usize>b * <usize>own.logVarianceStride;
    const variances = own.logVariance + byDatapoint;
    let total = f32x4.splat(0);
    for (let j = 0; j < dims; j += 4) {
      const column = <usize>j << 2;
      const m = v128.load(own.mean + offset + column);
      const v = logVarianceAt(variances, j, isotropic);
      const deviation = exp4(f32x4.mul(v, half));
      const klWeight = v128.load(own.klWeights + column);
      let byMean = f32x4.splat(0);
      let byLogVariance = f32x4.splat(0);
      for (let s = 0; s < draws; s++) {
        const row = s * size + b;
        const at = <usize>row * <usize>stride + column;
        const e = v128.load(noise + at);
        let g = v128.load(zGradient + at);
        if (!isClosed) {
          const weight = f32x4.mul(
            v128.load32_splat(rowWeights + (<usize>row << 2)),
            klWeight,
          );
          const drawn = v128.load(z + at);
          if (isPlain) {
            g = f32x4.add(g, f32x4.mul(weight, drawn));
            byLogVariance = f32x4.sub(byLogVariance, f32x4.mul(weight, half));
          } else {
            const slope = f32x4.sub(drawn, f32x4.div(e, deviation));
            g = f32x4.add(g, f32x4.mul(weight, slope));
          }
        }
        if (isDreg) {
          g = f32x4.mul(g, v128.load32_splat(dregFactors + (<usize>row << 2)));
        }
        byMean = f32x4.add(byMean, g);
        byLogVariance = f32x4.add(
          byLogVariance,
          f32x4.mul(f32x4.mul(g, half), f32x4.mul(deviation, e)),
        );
      }
      if (isClosed) {
        // The closed form's derivatives: mean, and (e^v - 1) / 2
        const weight = f32x4.mul(klWeight, perDatapoint);
        byMean = f32x4.add(byMean, f32x4.mul(weight, m));
        const slope = f32x4.mul(half, f32x4.add(expMinusOneMinus4(v), v));
        byLogVariance = f32x4.add(byLogVariance, f32x4.mul(weight, slope));
      }
      const mask = lanesBelow(j, dims);
      v128.store(own.meanGradient + offset + column, v128.and(byMean, mask));
      byLogVariance = v128.and(byLogVariance, mask);
      if (isotropic) total = f32x4.add(total, byLogVariance);
      else v128.store(logVarianceGradient + offset + column, byLogVariance);
    }
    if (isotropic) {
      store<f32>(logVarianceGradient + byDatapoint, sumLanes(total));
    }
  }
}
