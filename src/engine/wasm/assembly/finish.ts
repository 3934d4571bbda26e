/** What happens to complete sums of a product while they are in the cache. */

import {
  ADD_BIAS,
  ADD_BIAS_RELU,
  ADD_BIAS_SOFTPLUS,
  ADD_BIAS_TANH,
  STORE,
  TIMES_DERIVATIVE_RELU,
  TIMES_DERIVATIVE_SOFTPLUS,
  TIMES_DERIVATIVE_TANH,
} from "../layout";
import { exp4, softplus4, tanh4 } from "./elementary";

/**
 * Finishes rows top..bottom, columns left..right (exclusive) of c, in eights of
 * columns. `bias` is by column; `activations` are an activation's values, of
 * c's shape.
 */
export function finish(
  finisher: i32,
  c: usize,
  stride: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  bias: usize,
  activations: usize,
  activationStride: i32,
): void {
  if (finisher == STORE) return;
  const rows = bottom - top;
  const step = <usize>stride;
  const valueStep = <usize>activationStride;
  for (let j = left; j < right; j += 8) {
    const column = <usize>j << 2;
    const at = c + <usize>top * step + column;
    const shift = bias + column;
    const values = activations + <usize>top * valueStep + column;
    // A loop for each, as a choice inside of one would not pack.
    switch (finisher) {
      case ADD_BIAS:
        activate(ADD_BIAS, at, step, rows, shift);
        break;
      case ADD_BIAS_TANH:
        activate(ADD_BIAS_TANH, at, step, rows, shift);
        break;
      case ADD_BIAS_RELU:
        activate(ADD_BIAS_RELU, at, step, rows, shift);
        break;
      case ADD_BIAS_SOFTPLUS:
        activate(ADD_BIAS_SOFTPLUS, at, step, rows, shift);
        break;
      case TIMES_DERIVATIVE_TANH:
        propagate(TIMES_DERIVATIVE_TANH, at, step, rows, values, valueStep);
        break;
      case TIMES_DERIVATIVE_RELU:
        propagate(TIMES_DERIVATIVE_RELU, at, step, rows, values, valueStep);
        break;
      case TIMES_DERIVATIVE_SOFTPLUS:
        propagate(TIMES_DERIVATIVE_SOFTPLUS, at, step, rows, values, valueStep);
        break;
      default:
        unreachable();
    }
  }
}

/** Eight columns: the activation of the sums and the bias. */
@inline
function activate(
  finisher: i32,
  at: usize,
  stride: usize,
  rows: i32,
  bias: usize,
): void {
  const shift0 = v128.load(bias), shift1 = v128.load(bias, 16);
  for (let i = 0; i < rows; i++) {
    const x0 = f32x4.add(v128.load(at), shift0);
    const x1 = f32x4.add(v128.load(at, 16), shift1);
    const y0 = activation(finisher, x0);
    const y1 = activation(finisher, x1);
    v128.store(at, y1, 16), v128.store(at, y0);
    at += stride;
  }
}

/** Eight columns: the sums times the activation's derivative. */
@inline
function propagate(
  finisher: i32,
  at: usize,
  stride: usize,
  rows: i32,
  values: usize,
  valueStride: usize,
): void {
  for (let i = 0; i < rows; i++) {
    const factor0 = derivative(finisher, v128.load(values));
    const factor1 = derivative(finisher, v128.load(values, 16));
    const g0 = f32x4.mul(v128.load(at), factor0);
    const g1 = f32x4.mul(v128.load(at, 16), factor1);
    v128.store(at, g1, 16), v128.store(at, g0);
    at += stride;
    values += valueStride;
  }
}

@inline
function activation(finisher: i32, x: v128): v128 {
  if (finisher == ADD_BIAS_TANH) return tanh4(x);
  if (finisher == ADD_BIAS_RELU) return f32x4.max(x, f32x4.splat(0));
  if (finisher == ADD_BIAS_SOFTPLUS) return softplus4(x);
  return x; // ADD_BIAS
}

/** The activation's derivative, from its value y. */
@inline
function derivative(finisher: i32, y: v128): v128 {
  const one = f32x4.splat(1);
  if (finisher == TIMES_DERIVATIVE_TANH) {
    return f32x4.sub(one, f32x4.mul(y, y));
  }
  if (finisher == TIMES_DERIVATIVE_RELU) {
    return v128.and(one, f32x4.gt(y, f32x4.splat(0)));
  }
  // softplus: 1 - e^-y
  return f32x4.sub(one, exp4(f32x4.neg(y)));
}
