/**
 * Hamiltonian Monte Carlo in z, towards p(z|x): src/inference/hmc.ts, with a
 * leapfrog step as half a kick, a move, and half a kick. Row s * size + b of z
 * is the s-th chain of datapoint b.
 */

import {
  ACCEPTANCE,
  LIKELIHOOD_ROWS,
  NO_VARIANCE,
  START_RECONSTRUCTION,
  STEP_SIZE,
  TRANSITION,
} from "../layout";
import { sumLanes } from "./elementary";
import { constantOf, shareOf } from "./pixelwise";
import { exp64 } from "./scalar";

const LOG_2_PI: f64 = 1.8378770664093453;
/** The acceptance that is aimed at, and how fast: src/inference/step_size.ts */
const TARGET: f64 = 0.9;
const RATE: f64 = 0.2;

@inline
function at(array: usize, i: i32): usize {
  return array + (<usize>i << 2);
}

/** Half the sum of squares of a row. */
function halfSquares(row: usize, dims: i32): f32 {
  let sum = f32x4.splat(0);
  for (let j = 0; j < dims; j += 4) {
    const value = v128.load(row + (<usize>j << 2));
    sum = f32x4.add(sum, f32x4.mul(value, value));
  }
  return 0.5 * sumLanes(sum);
}

/**
 * One task: four rows. ln p(x, z) is stored, and the loss's gradient by z,
 * which is that of -ln p(x|z), becomes the gradient of ln p(x, z).
 *
 * @param logProbs ln p(x|z); received from `squares` where the likelihood has
 *   one variance, to whose precision the gradient is still to be scaled
 * @param kicks whether momenta are moved by half a step of it
 */
export function chainDensityTask(
  task: i32,
  z: usize,
  gradient: usize,
  momentum: usize,
  stride: i32,
  rows: i32,
  dims: i32,
  logProbs: usize,
  squares: usize,
  variance: usize,
  varianceKind: i32,
  columns: i32,
  densities: usize,
  kicks: i32,
  kernel: i32,
): void {
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  const half = f32x4.mul(v128.load32_splat(STEP_SIZE), f32x4.splat(0.5));
  let precision: f64 = 1;
  let normaliser: f64 = 0;
  const share = shareOf(kernel);
  if (varianceKind != NO_VARIANCE) {
    const logVariance = <f64>load<f32>(variance);
    precision = exp64(-logVariance);
    normaliser = <f64>columns * (logVariance + constantOf(kernel));
  }
  const scale = f32x4.splat(<f32>-precision);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * <usize>stride;
    if (varianceKind != NO_VARIANCE) {
      const square = <f64>load<f32>(at(squares, r));
      const logProb = -share * (square * precision + normaliser);
      store<f32>(at(logProbs, r), <f32>logProb);
    }
    const logPrior = -0.5 * <f64>dims * LOG_2_PI -
      <f64>halfSquares(z + offset, dims);
    const density = <f64>load<f32>(at(logProbs, r)) + logPrior;
    store<f32>(at(densities, r), <f32>density);
    for (let j = 0; j < dims; j += 4) {
      const column = offset + (<usize>j << 2);
      const g = f32x4.sub(
        f32x4.mul(v128.load(gradient + column), scale),
        v128.load(z + column),
      );
      v128.store(gradient + column, g);
      if (!kicks) continue;
      const p = v128.load(momentum + column);
      v128.store(momentum + column, f32x4.add(p, f32x4.mul(g, half)));
    }
  }
}

/** The only task of the chains' beginning: they are at z. */
export function chainStartTask(
  z: usize,
  gradient: usize,
  keptZ: usize,
  keptGradient: usize,
  stride: i32,
  rows: i32,
  logProbs: usize,
  densities: usize,
  keptDensities: usize,
): void {
  const bytes = <usize>rows * <usize>stride;
  memory.copy(keptZ, z, bytes);
  memory.copy(keptGradient, gradient, bytes);
  memory.copy(keptDensities, densities, <usize>rows << 2);
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) sum += load<f32>(at(logProbs, r));
  store<f64>(START_RECONSTRUCTION, sum / <f64>rows);
  store<f64>(ACCEPTANCE, 0);
  store<i32>(TRANSITION, 0);
}

/** One task: four rows of momenta of this transition, and their energies. */
export function chainMomentumTask(
  task: i32,
  momenta: usize,
  momentum: usize,
  stride: i32,
  rows: i32,
  dims: i32,
  energies: usize,
): void {
  const first = task * LIKELIHOOD_ROWS;
  const last = min<i32>(first + LIKELIHOOD_ROWS, rows);
  const own = momenta +
    <usize>load<i32>(TRANSITION) * <usize>rows * <usize>stride;
  for (let r = first; r < last; r++) {
    const offset = <usize>r * <usize>stride;
    memory.copy(momentum + offset, own + offset, <usize>stride);
    store<f32>(at(energies, r), halfSquares(own + offset, dims));
  }
}

/** One task: half a kick by the gradient, then a move, of four rows. */
export function chainLeapTask(
  task: i32,
  z: usize,
  gradient: usize,
  momentum: usize,
  stride: i32,
  rows: i32,
  dims: i32,
): void {
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, rows);
  const step = v128.load32_splat(STEP_SIZE);
  const half = f32x4.mul(step, f32x4.splat(0.5));
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    for (let j = 0; j < dims; j += 4) {
      const column = <usize>r * <usize>stride + (<usize>j << 2);
      const p = f32x4.add(
        v128.load(momentum + column),
        f32x4.mul(v128.load(gradient + column), half),
      );
      v128.store(momentum + column, p);
      v128.store(
        z + column,
        f32x4.add(v128.load(z + column), f32x4.mul(p, step)),
      );
    }
  }
}

/**
 * The only task of a transition's end: chains stay where they are with
 * probability min(1, e^gain), and go back otherwise; NaN goes back. Then the
 * step size is adapted.
 */
export function chainAcceptTask(
  z: usize,
  gradient: usize,
  momentum: usize,
  keptZ: usize,
  keptGradient: usize,
  stride: i32,
  rows: i32,
  dims: i32,
  densities: usize,
  keptDensities: usize,
  energies: usize,
  uniforms: usize,
  uniformStride: i32,
): void {
  const transition = load<i32>(TRANSITION);
  const own = uniforms + <usize>transition * <usize>uniformStride;
  const bytes = <usize>stride;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const offset = <usize>r * bytes;
    const density = load<f32>(at(densities, r));
    const gain = <f64>density - <f64>load<f32>(at(keptDensities, r)) +
      <f64>load<f32>(at(energies, r)) -
      <f64>halfSquares(momentum + offset, dims);
    const acceptance: f64 = gain != gain ? 0 : gain < 0 ? exp64(gain) : 1;
    sum += acceptance;
    if (<f64>load<f32>(at(own, r)) < acceptance) {
      memory.copy(keptZ + offset, z + offset, bytes);
      memory.copy(keptGradient + offset, gradient + offset, bytes);
      store<f32>(at(keptDensities, r), density);
    } else {
      memory.copy(z + offset, keptZ + offset, bytes);
      memory.copy(gradient + offset, keptGradient + offset, bytes);
    }
  }
  const mean = sum / <f64>rows;
  store<f64>(ACCEPTANCE, load<f64>(ACCEPTANCE) + mean);
  store<i32>(TRANSITION, transition + 1);
  const stepSize = <f64>load<f32>(STEP_SIZE) * exp64(RATE * (mean - TARGET));
  store<f32>(STEP_SIZE, <f32>stepSize);
}
