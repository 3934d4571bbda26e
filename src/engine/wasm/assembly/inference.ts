/** Draws of z from q(z|x) and the KL's terms. */

import { DIAGONAL, ELBO_SAMPLED, ISOTROPIC, IWAE, MCEM } from "../../codes";
import { INFER_ROWS } from "../layout";
import { Latents } from "./commands";
import {
  exp4,
  expMinusOneMinus4,
  masksBelow,
  sumLanes,
  ZEROS,
} from "./elementary";
import { scratch } from "./threads";

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
 * Where log sigma^2 of a datapoint is: the only one of an isotropic q in eight
 * copies in scratch memory, since a choice between loads would not pack.
 */
export function variancesOf(own: Latents, b: i32, isotropic: bool): usize {
  const row = own.logVariance + <usize>b * <usize>own.logVarianceStride;
  if (!isotropic) return row;
  const copies = scratch + 32;
  const v = v128.load32_splat(row);
  v128.store(copies, v, 16), v128.store(copies, v);
  return copies;
}

/** Where eight of them are, from a dimension's column of bytes on. */
@inline
export function eightVariances(
  variances: usize,
  column: usize,
  isotropic: bool,
): usize {
  return isotropic ? variances : variances + column;
}

/** Eight lanes of all bits. */
const ALL = memory.data<i32>([-1, -1, -1, -1, -1, -1, -1, -1]);

/**
 * One task: all draws of up to eight datapoints. Writes z = mean + sigma *
 * noise, and the KL, [size, dims]: in closed form, or for ELBO_SAMPLED the mean
 * of log q(z|x) - log p(z) over the draws. For IWAE the ratios are log q(z|x) -
 * log p(z) of every draw, summed over the dimensions.
 */
export function inferTask(own: Latents, task: i32): void {
  if (own.objective < 0 || own.objective > MCEM) unreachable();
  const isotropic = isIsotropic(own.posterior);
  const objective = own.objective;
  const size = own.size;
  const draws = own.draws;
  const dims = own.dims;
  const stride = <usize>own.stride;
  const last = min<i32>((task + 1) * INFER_ROWS, size);
  for (let b = task * INFER_ROWS; b < last; b++) {
    const offset = <usize>b * stride;
    const mean = own.mean + offset;
    const kl = own.kl + offset;
    const variances = variancesOf(own, b, isotropic);
    for (let s = 0; s < draws; s++) {
      const row = s * size + b;
      const at = <usize>row * stride;
      const noise = own.noise + at;
      const z = own.z + at;
      draw(mean, variances, noise, own.mask, z, dims, isotropic);
      if (objective == IWAE) {
        const ratio = own.ratios + (<usize>row << 2);
        sumRatios(variances, noise, z, own.mask, ratio, dims, isotropic);
      } else if (objective == ELBO_SAMPLED) {
        addRatios(variances, noise, z, own.mask, kl, s > 0, dims, isotropic);
      }
    }
    if (objective == ELBO_SAMPLED) {
      scale(kl, dims, <f32>(1.0 / <f64>draws));
    } else closedKl(mean, variances, kl, dims, isotropic);
  }
}

/** A row of z = mean + sigma * noise: 0 where a dimension is left out. */
@inline
function draw(
  mean: usize,
  variances: usize,
  noise: usize,
  mask: usize,
  z: usize,
  dims: i32,
  isotropic: bool,
): void {
  const half = f32x4.splat(0.5);
  for (let j = 0; j < dims; j += 8) {
    const column = <usize>j << 2;
    const below = masksBelow(j, dims);
    const kept = mask ? mask + column : ALL;
    const v = eightVariances(variances, column, isotropic);
    const v0 = v128.load(v), v1 = v128.load(v, 16);
    const sigma0 = exp4(f32x4.mul(v0, half));
    const sigma1 = exp4(f32x4.mul(v1, half));
    const drawn0 = f32x4.add(
      v128.load(mean + column),
      f32x4.mul(v128.load(noise + column), sigma0),
    );
    const drawn1 = f32x4.add(
      v128.load(mean + column, 16),
      f32x4.mul(v128.load(noise + column, 16), sigma1),
    );
    const included0 = v128.and(v128.load(below), v128.load(kept));
    const included1 = v128.and(v128.load(below, 16), v128.load(kept, 16));
    const z0 = v128.and(drawn0, included0);
    const z1 = v128.and(drawn1, included1);
    v128.store(z + column, z1, 16), v128.store(z + column, z0);
  }
}

/** log q - log p = 1/2 (z^2 - noise^2 - log sigma^2), of four dimensions. */
@inline
function logRatio(z: v128, e: v128, v: v128): v128 {
  return f32x4.mul(
    f32x4.splat(0.5),
    f32x4.sub(f32x4.sub(f32x4.mul(z, z), f32x4.mul(e, e)), v),
  );
}

/** Stores the sum of a row's ratios. */
@inline
function sumRatios(
  variances: usize,
  noise: usize,
  z: usize,
  mask: usize,
  to: usize,
  dims: i32,
  isotropic: bool,
): void {
  let sum = f32x4.splat(0);
  for (let j = 0; j < dims; j += 8) {
    eightRatios(variances, noise, z, mask, scratch, j, dims, isotropic);
    sum = f32x4.add(sum, v128.load(scratch));
    // 0 beyond the last dimension, which changes no sum
    sum = f32x4.add(sum, v128.load(scratch, 16));
  }
  store<f32>(to, sumLanes(sum));
}

/** Stores a row's ratios, or adds them to what is there. */
@inline
function addRatios(
  variances: usize,
  noise: usize,
  z: usize,
  mask: usize,
  to: usize,
  adds: bool,
  dims: i32,
  isotropic: bool,
): void {
  for (let j = 0; j < dims; j += 8) {
    const at = to + (<usize>j << 2);
    eightRatios(variances, noise, z, mask, scratch, j, dims, isotropic);
    const before = adds ? at : ZEROS;
    const sum0 = f32x4.add(v128.load(before), v128.load(scratch));
    const sum1 = f32x4.add(v128.load(before, 16), v128.load(scratch, 16));
    v128.store(at, sum1, 16), v128.store(at, sum0);
  }
}

/** Ratios of eight dimensions from j: 0 where they are left out. */
@inline
function eightRatios(
  variances: usize,
  noise: usize,
  z: usize,
  mask: usize,
  to: usize,
  j: i32,
  dims: i32,
  isotropic: bool,
): void {
  const column = <usize>j << 2;
  const below = masksBelow(j, dims);
  const kept = mask ? mask + column : ALL;
  const v = eightVariances(variances, column, isotropic);
  const z0 = v128.load(z + column), z1 = v128.load(z + column, 16);
  const e0 = v128.load(noise + column), e1 = v128.load(noise + column, 16);
  const ratio0 = logRatio(z0, e0, v128.load(v));
  const ratio1 = logRatio(z1, e1, v128.load(v, 16));
  const included0 = v128.and(v128.load(below), v128.load(kept));
  const included1 = v128.and(v128.load(below, 16), v128.load(kept, 16));
  const kept0 = v128.and(ratio0, included0);
  const kept1 = v128.and(ratio1, included1);
  v128.store(to, kept1, 16), v128.store(to, kept0);
}

@inline
function scale(row: usize, dims: i32, factor: f32): void {
  const factor4 = f32x4.splat(factor);
  for (let j = 0; j < dims; j += 8) {
    const at = row + (<usize>j << 2);
    const product0 = f32x4.mul(v128.load(at), factor4);
    const product1 = f32x4.mul(v128.load(at, 16), factor4);
    v128.store(at, product1, 16), v128.store(at, product0);
  }
}

/** KL(q(z|x) || p(z)) by dimension: (sigma^2 - 1 - log sigma^2 + mean^2) / 2. */
@inline
function closedKl(
  mean: usize,
  variances: usize,
  to: usize,
  dims: i32,
  isotropic: bool,
): void {
  const half = f32x4.splat(0.5);
  for (let j = 0; j < dims; j += 8) {
    const column = <usize>j << 2;
    const below = masksBelow(j, dims);
    const m0 = v128.load(mean + column), m1 = v128.load(mean + column, 16);
    const v = eightVariances(variances, column, isotropic);
    const excess0 = expMinusOneMinus4(v128.load(v));
    const excess1 = expMinusOneMinus4(v128.load(v, 16));
    const closed0 = f32x4.mul(half, f32x4.add(excess0, f32x4.mul(m0, m0)));
    const closed1 = f32x4.mul(half, f32x4.add(excess1, f32x4.mul(m1, m1)));
    const kl0 = v128.and(closed0, v128.load(below));
    const kl1 = v128.and(closed1, v128.load(below, 16));
    v128.store(to + column, kl1, 16), v128.store(to + column, kl0);
  }
}
