/** From the gradient by z to that by the mean and log variance of q(z|x). */

import {
  DREG,
  ELBO,
  INFER_ROWS,
  IWAE,
  PLAIN,
} from "../layout";
import {
  exp4,
  expMinusOneMinus4,
  lanesBelow,
  sumLanes,
} from "./elementary";
import { logVarianceAt } from "./inference";

/**
 * One task: up to eight datapoints. All gradients are of the loss.
 *
 * z = mean + sigma * noise carries its gradient g to the mean, and
 * g sigma noise / 2 to the log variance. ln q(z|x) - ln p(z) adds z to g; under
 * `stl` and `dreg`, where only the way through z counts, it adds
 * z - noise / sigma, and under `plain` the log variance has another -1/2 from
 * the normalising constant. `dreg` weights the whole of g.
 *
 * @param zGradient from the decoder, rows as of z
 * @param rowWeights what a draw's ln w counts in the objective
 * @param takes for DREG: factors of g by row
 * @param klWeights what the KL of each dimension counts
 */
export function posteriorGradientTask(
  task: i32,
  mean: usize,
  logVariance: usize,
  isotropic: i32,
  noise: usize,
  z: usize,
  zGradient: usize,
  rowWeights: usize,
  takes: usize,
  klWeights: usize,
  meanGradient: usize,
  logVarianceGradient: usize,
  size: i32,
  draws: i32,
  dims: i32,
  stride: i32,
  objective: i32,
  gradient: i32,
): void {
  const last = min<i32>((task + 1) * INFER_ROWS, size);
  const half = f32x4.splat(0.5);
  const perDatapoint = f32x4.splat(<f32>(1.0 / <f64>size));
  for (let b = task * INFER_ROWS; b < last; b++) {
    const offset = <usize>b * <usize>stride;
    const variances = logVariance + (isotropic ? <usize>b << 5 : offset);
    let total = f32x4.splat(0);
    for (let j = 0; j < dims; j += 4) {
      const column = <usize>j << 2;
      const m = v128.load(mean + offset + column);
      const v = logVarianceAt(variances, j, isotropic);
      const deviation = exp4(f32x4.mul(v, half));
      const klWeight = v128.load(klWeights + column);
      let byMean = f32x4.splat(0);
      let byLogVariance = f32x4.splat(0);
      for (let s = 0; s < draws; s++) {
        const row = s * size + b;
        const at = <usize>row * <usize>stride + column;
        const e = v128.load(noise + at);
        let g = v128.load(zGradient + at);
        if (objective != ELBO) {
          const weight = f32x4.mul(
            v128.load32_splat(rowWeights + (<usize>row << 2)),
            klWeight,
          );
          const drawn = v128.load(z + at);
          if (gradient == PLAIN) {
            g = f32x4.add(g, f32x4.mul(weight, drawn));
            byLogVariance = f32x4.sub(byLogVariance, f32x4.mul(weight, half));
          } else {
            const slope = f32x4.sub(drawn, f32x4.div(e, deviation));
            g = f32x4.add(g, f32x4.mul(weight, slope));
          }
        }
        if (objective == IWAE && gradient == DREG) {
          g = f32x4.mul(g, v128.load32_splat(takes + (<usize>row << 2)));
        }
        byMean = f32x4.add(byMean, g);
        byLogVariance = f32x4.add(
          byLogVariance,
          f32x4.mul(f32x4.mul(g, half), f32x4.mul(deviation, e)),
        );
      }
      if (objective == ELBO) {
        // The closed form's derivatives: mean, and (e^v - 1) / 2
        const weight = f32x4.mul(klWeight, perDatapoint);
        byMean = f32x4.add(byMean, f32x4.mul(weight, m));
        const slope = f32x4.mul(half, f32x4.add(expMinusOneMinus4(v), v));
        byLogVariance = f32x4.add(byLogVariance, f32x4.mul(weight, slope));
      }
      const mask = lanesBelow(j, dims);
      v128.store(meanGradient + offset + column, v128.and(byMean, mask));
      byLogVariance = v128.and(byLogVariance, mask);
      if (isotropic) total = f32x4.add(total, byLogVariance);
      else v128.store(logVarianceGradient + offset + column, byLogVariance);
    }
    if (isotropic) {
      store<f32>(logVarianceGradient + (<usize>b << 5), sumLanes(total));
    }
  }
}
