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
  masksBelow,
  sumLanes,
} from "./elementary";
import { eightVariances, isIsotropic, variancesOf } from "./inference";
import { scratch } from "./threads";

// How an objective's KL depends on z
/** not: it is in closed form */
const CLOSED = 0;
/** at its draws, with all derivatives */
const AT_DRAWS = 1;
/** only by the path through z */
const BY_PATH = 2;

const ONE = memory.data<f32>([1]);

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
  const gradient = own.gradient;
  if (gradient != PLAIN && gradient != STL && gradient != DREG) unreachable();
  // A loop for each kind, as a choice inside of one would not pack.
  if (objective == ELBO) rows(own, task, CLOSED);
  else if (objective != ELBO_SAMPLED && objective != IWAE) unreachable();
  else if (gradient == PLAIN) rows(own, task, AT_DRAWS);
  else rows(own, task, BY_PATH);
}

@inline
function rows(own: Latents, task: i32, kind: i32): void {
  const isotropic = isIsotropic(own.posterior);
  const isDreg = own.objective == IWAE && own.gradient == DREG;
  const z = own.z;
  const noise = own.noise;
  const zGradient = own.zGradient;
  const rowWeights = own.rowWeights;
  const dregFactors = own.dregFactors;
  const size = own.size;
  const draws = own.draws;
  const dims = own.dims;
  const stride = <usize>own.stride;
  const last = min<i32>((task + 1) * INFER_ROWS, size);
  const half = f32x4.splat(0.5);
  const perDatapoint = f32x4.splat(<f32>(1.0 / <f64>size));
  for (let b = task * INFER_ROWS; b < last; b++) {
    const offset = <usize>b * stride;
    const mean = own.mean + offset;
    const meanGradient = own.meanGradient + offset;
    const byDatapoint = <usize>b * <usize>own.logVarianceStride;
    const variances = variancesOf(own, b, isotropic);
    const varianceGradient = own.logVarianceGradient + byDatapoint;
    let total = f32x4.splat(0);
    for (let j = 0; j < dims; j += 8) {
      const column = <usize>j << 2;
      const v = eightVariances(variances, column, isotropic);
      const v0 = v128.load(v), v1 = v128.load(v, 16);
      const sigma0 = exp4(f32x4.mul(v0, half));
      const sigma1 = exp4(f32x4.mul(v1, half));
      const klWeight0 = v128.load(own.klWeights + column);
      const klWeight1 = v128.load(own.klWeights + column, 16);
      let byMean0 = f32x4.splat(0), byMean1 = f32x4.splat(0);
      let byVariance0 = f32x4.splat(0), byVariance1 = f32x4.splat(0);
      for (let s = 0; s < draws; s++) {
        const row = <usize>(s * size + b);
        const at = row * stride + column;
        const e0 = v128.load(noise + at), e1 = v128.load(noise + at, 16);
        let g0 = v128.load(zGradient + at), g1 = v128.load(zGradient + at, 16);
        if (kind != CLOSED) {
          const rowWeight = v128.load32_splat(rowWeights + (row << 2));
          const weight0 = f32x4.mul(rowWeight, klWeight0);
          const weight1 = f32x4.mul(rowWeight, klWeight1);
          const z0 = v128.load(z + at), z1 = v128.load(z + at, 16);
          if (kind == AT_DRAWS) {
            g0 = f32x4.add(g0, f32x4.mul(weight0, z0));
            g1 = f32x4.add(g1, f32x4.mul(weight1, z1));
            byVariance0 = f32x4.sub(byVariance0, f32x4.mul(weight0, half));
            byVariance1 = f32x4.sub(byVariance1, f32x4.mul(weight1, half));
          } else {
            const slope0 = f32x4.sub(z0, f32x4.div(e0, sigma0));
            const slope1 = f32x4.sub(z1, f32x4.div(e1, sigma1));
            g0 = f32x4.add(g0, f32x4.mul(weight0, slope0));
            g1 = f32x4.add(g1, f32x4.mul(weight1, slope1));
            const factor = v128.load32_splat(
              isDreg ? dregFactors + (row << 2) : ONE,
            );
            g0 = f32x4.mul(g0, factor);
            g1 = f32x4.mul(g1, factor);
          }
        }
        byMean0 = f32x4.add(byMean0, g0);
        byMean1 = f32x4.add(byMean1, g1);
        byVariance0 = f32x4.add(
          byVariance0,
          f32x4.mul(f32x4.mul(g0, half), f32x4.mul(sigma0, e0)),
        );
        byVariance1 = f32x4.add(
          byVariance1,
          f32x4.mul(f32x4.mul(g1, half), f32x4.mul(sigma1, e1)),
        );
      }
      if (kind == CLOSED) {
        // The closed form's derivatives: mean, and (e^v - 1) / 2
        const m0 = v128.load(mean + column), m1 = v128.load(mean + column, 16);
        const weight0 = f32x4.mul(klWeight0, perDatapoint);
        const weight1 = f32x4.mul(klWeight1, perDatapoint);
        byMean0 = f32x4.add(byMean0, f32x4.mul(weight0, m0));
        byMean1 = f32x4.add(byMean1, f32x4.mul(weight1, m1));
        const slope0 = f32x4.mul(half, f32x4.add(expMinusOneMinus4(v0), v0));
        const slope1 = f32x4.mul(half, f32x4.add(expMinusOneMinus4(v1), v1));
        byVariance0 = f32x4.add(byVariance0, f32x4.mul(weight0, slope0));
        byVariance1 = f32x4.add(byVariance1, f32x4.mul(weight1, slope1));
      }
      const below = masksBelow(j, dims);
      const below0 = v128.load(below), below1 = v128.load(below, 16);
      byMean0 = v128.and(byMean0, below0);
      byMean1 = v128.and(byMean1, below1);
      byVariance0 = v128.and(byVariance0, below0);
      byVariance1 = v128.and(byVariance1, below1);
      v128.store(meanGradient + column, byMean1, 16);
      v128.store(meanGradient + column, byMean0);
      const to = isotropic ? scratch : varianceGradient + column;
      v128.store(to, byVariance1, 16), v128.store(to, byVariance0);
      if (isotropic) {
        total = f32x4.add(total, v128.load(to));
        // 0 beyond the last dimension, which changes no sum
        total = f32x4.add(total, v128.load(to, 16));
      }
    }
    if (isotropic) store<f32>(varianceGradient, sumLanes(total));
  }
}
