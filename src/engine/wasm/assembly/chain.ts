/**
 * Hamiltonian Monte Carlo in z, towards p(z|x): src/inference/hmc.ts, with a
 * leapfrog step as half a kick, a move, and half a kick. Row s * size + b of z
 * is the s-th chain of datapoint b.
 */

import { NO_PARAMETER } from "../../codes";
import {
  ACCEPTANCE,
  LIKELIHOOD_ROWS,
  START_RECONSTRUCTION,
  STEP_SIZE,
  TRANSITION,
} from "../layout";
import { Chains } from "./commands";
import { sumLanes } from "./elementary";
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
 * One task: four rows. Stores log p(x, z), and turns the loss's gradient by z,
 * which is that of -log p(x|z), into the gradient of log p(x, z). Where pixels
 * share a parameter, log p(x|z) is computed here from the distances, and the
 * gradient is still to be scaled by the precision.
 */
export function chainDensityTask(own: Chains, task: i32): void {
  const z = own.z;
  const gradient = own.gradient;
  const momentum = own.momentum;
  const dims = own.dims;
  const hasShared = own.sharedMode != NO_PARAMETER;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  const half = f32x4.mul(v128.load32_splat(STEP_SIZE), f32x4.splat(0.5));
  let precision: f64 = 1;
  let normaliser: f64 = 0;
  if (hasShared) {
    const logVariance = <f64>load<f32>(own.parameter);
    precision = exp64(-logVariance);
    normaliser = <f64>own.columns * (logVariance + own.constant);
  }
  const scale = f32x4.splat(<f32>-precision);
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    const offset = <usize>r * <usize>own.stride;
    if (hasShared) {
      const square = <f64>load<f32>(at(own.squares, r));
      const logProb = -own.share * (square * precision + normaliser);
      store<f32>(at(own.logProbs, r), <f32>logProb);
    }
    const logPrior = -0.5 * <f64>dims * LOG_2_PI -
      <f64>halfSquares(z + offset, dims);
    const density = <f64>load<f32>(at(own.logProbs, r)) + logPrior;
    store<f32>(at(own.densities, r), <f32>density);
    for (let j = 0; j < dims; j += 4) {
      const column = offset + (<usize>j << 2);
      const g = f32x4.sub(
        f32x4.mul(v128.load(gradient + column), scale),
        v128.load(z + column),
      );
      v128.store(gradient + column, g);
      if (!own.kicks) continue;
      const p = v128.load(momentum + column);
      v128.store(momentum + column, f32x4.add(p, f32x4.mul(g, half)));
    }
  }
}

/** The only task of the chains' beginning: they are at z. */
export function chainStartTask(own: Chains): void {
  const rows = own.rows;
  const bytes = <usize>rows * <usize>own.stride;
  memory.copy(own.keptZ, own.z, bytes);
  memory.copy(own.keptGradient, own.gradient, bytes);
  memory.copy(own.keptDensities, own.densities, <usize>rows << 2);
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) sum += load<f32>(at(own.logProbs, r));
  store<f64>(START_RECONSTRUCTION, sum / <f64>rows);
  store<f64>(ACCEPTANCE, 0);
  store<i32>(TRANSITION, 0);
}

/** One task: four rows of momenta of this transition, and their energies. */
export function chainMomentumTask(own: Chains, task: i32): void {
  const stride = <usize>own.stride;
  const first = task * LIKELIHOOD_ROWS;
  const last = min<i32>(first + LIKELIHOOD_ROWS, own.rows);
  const from = own.momenta +
    <usize>load<i32>(TRANSITION) * <usize>own.rows * stride;
  for (let r = first; r < last; r++) {
    const offset = <usize>r * stride;
    memory.copy(own.momentum + offset, from + offset, stride);
    store<f32>(at(own.energies, r), halfSquares(from + offset, own.dims));
  }
}

/** One task: half a kick by the gradient, then a move, of four rows. */
export function chainLeapTask(own: Chains, task: i32): void {
  const z = own.z;
  const gradient = own.gradient;
  const momentum = own.momentum;
  const dims = own.dims;
  const last = min<i32>((task + 1) * LIKELIHOOD_ROWS, own.rows);
  const step = v128.load32_splat(STEP_SIZE);
  const half = f32x4.mul(step, f32x4.splat(0.5));
  for (let r = task * LIKELIHOOD_ROWS; r < last; r++) {
    for (let j = 0; j < dims; j += 4) {
      const column = <usize>r * <usize>own.stride + (<usize>j << 2);
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
export function chainAcceptTask(own: Chains): void {
  const rows = own.rows;
  const transition = load<i32>(TRANSITION);
  const uniforms = own.uniforms +
    <usize>transition * <usize>own.uniformStride;
  const bytes = <usize>own.stride;
  let sum: f64 = 0;
  for (let r = 0; r < rows; r++) {
    const offset = <usize>r * bytes;
    const density = load<f32>(at(own.densities, r));
    const gain = <f64>density - <f64>load<f32>(at(own.keptDensities, r)) +
      <f64>load<f32>(at(own.energies, r)) -
      <f64>halfSquares(own.momentum + offset, own.dims);
    const acceptance: f64 = gain != gain ? 0 : gain < 0 ? exp64(gain) : 1;
    sum += acceptance;
    if (<f64>load<f32>(at(uniforms, r)) < acceptance) {
      memory.copy(own.keptZ + offset, own.z + offset, bytes);
      memory.copy(own.keptGradient + offset, own.gradient + offset, bytes);
      store<f32>(at(own.keptDensities, r), density);
    } else {
      memory.copy(own.z + offset, own.keptZ + offset, bytes);
      memory.copy(own.gradient + offset, own.keptGradient + offset, bytes);
    }
  }
  const mean = sum / <f64>rows;
  store<f64>(ACCEPTANCE, load<f64>(ACCEPTANCE) + mean);
  store<i32>(TRANSITION, transition + 1);
  const stepSize = <f64>load<f32>(STEP_SIZE) * exp64(RATE * (mean - TARGET));
  store<f32>(STEP_SIZE, <f32>stepSize);
}
