/** Draws of z from q(z|x) and the KL's terms. */

import { DIAGONAL, ELBO_SAMPLED, ISOTROPIC, IWAE, MCEM } from "../../codes";
import { INFER_ROWS } from "../layout";
import { Latents } from "./commands";
import {
  exp4,
  expMinusOneMinus4,
  lanesBelow,
  sumLanes,
} from "./elementary";

/** Four of log sigma^2 from dimension j: one for all if q is isotropic. */
@inline
export function logVarianceAt(row: usize, j: i32, isotropic: bool): v128 {
  return isotropic ? v128.load32_splat(row) : v128.load(row + (<usize>j << 2));
}

/** Whether all dimensions have one variance. */
export function isIsotropic(posterior: i32): bool {
  if (posterior == ISOTROPIC) return true;
  if (posterior != DIAGONAL) unreachable();
  return false;
}

/**
 * One task: all draws of up to eight datapoints. Writes z = mean + sigma *
 * noise, and the KL, [size, dims]: in closed form, or for ELBO_SAMPLED the mean
 * of log q(z|x) - log p(z) over the draws. For IWAE the ratios are log q(z|x) -
 * log p(z) of every draw, summed over the dimensions.
 */
export function inferTask(own: Latents, task: i32): void {
  const objective = own.objective;
  if (objective < 0 || objective > MCEM) unreachable();
  const isotropic = isIsotropic(own.posterior);
  const mean = own.mean;
  const noise = own.noise;
  const z = own.z;
  const kl = own.kl;
  const mask = own.mask;
  const size = own.size;
  const draws = own.draws;
  const dims = own.dims;
  const stride = own.stride;
  const last = min<i32>((task + 1) * INFER_ROWS, size);
  const half = f32x4.splat(0.5);
  const perDraw = f32x4.splat(<f32>(1.0 / <f64>draws));
  for (let b = task * INFER_ROWS; b < last; b++) {
    const offset = <usize>b * <usize>stride;
    const variances = own.logVariance +
      <usize>b * <usize>own.logVarianceStride;
    for (let s = 0; s < draws; s++) {
      const row = s * size + b;
      const at = <usize>row * <usize>stride;
      let ratio = f32x4.splat(0);
      for (let j = 0; j < dims; j += 4) {
        const column = <usize>j << 2;
        const v = logVarianceAt(variances, j, isotropic);
        const e = v128.load(noise + at + column);
        const drawn = f32x4.add(
          v128.load(mean + offset + column),
          f32x4.mul(e, exp4(f32x4.mul(v, half))),
        );
        let included = lanesBelow(j, dims);
        if (mask) included = v128.and(included, v128.load(mask + column));
        v128.store(z + at + column, v128.and(drawn, included));
        if (objective != ELBO_SAMPLED && objective != IWAE) continue;
        // log q - log p = 1/2 (z^2 - noise^2 - log sigma^2)
        const logRatio = v128.and(
          f32x4.mul(
            half,
            f32x4.sub(
              f32x4.sub(f32x4.mul(drawn, drawn), f32x4.mul(e, e)),
              v,
            ),
          ),
          included,
        );
        if (objective == IWAE) ratio = f32x4.add(ratio, logRatio);
        else {
          const sum = kl + offset + column;
          const before = s == 0 ? f32x4.splat(0) : v128.load(sum);
          v128.store(sum, f32x4.add(before, logRatio));
        }
      }
      if (objective == IWAE) {
        store<f32>(own.ratios + (<usize>row << 2), sumLanes(ratio));
      }
    }
    for (let j = 0; j < dims; j += 4) {
      const column = <usize>j << 2;
      const at = kl + offset + column;
      if (objective == ELBO_SAMPLED) {
        v128.store(at, f32x4.mul(v128.load(at), perDraw));
        continue;
      }
      const m = v128.load(mean + offset + column);
      const v = logVarianceAt(variances, j, isotropic);
      const closed = f32x4.mul(
        half,
        f32x4.add(expMinusOneMinus4(v), f32x4.mul(m, m)),
      );
      v128.store(at, v128.and(closed, lanesBelow(j, dims)));
    }
  }
}
