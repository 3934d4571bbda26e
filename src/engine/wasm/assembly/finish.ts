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
 * Finishes rows top..bottom, columns left..right (exclusive) of c. `bias` is
 * by column; `activations` are an activation's values, of c's shape.
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
  if (finisher < ADD_BIAS || finisher > TIMES_DERIVATIVE_SOFTPLUS) {
    unreachable();
  }
  const adds = finisher <= ADD_BIAS_SOFTPLUS;
  for (let j = left; j < right; j += 4) {
    const column = <usize>j << 2;
    let at = c + <usize>top * <usize>stride + column;
    if (adds) {
      const shift = v128.load(bias + column);
      for (let i = top; i < bottom; i++) {
        v128.store(at, activate(finisher, f32x4.add(v128.load(at), shift)));
        at += <usize>stride;
      }
    } else {
      let from = activations + <usize>top * <usize>activationStride + column;
      for (let i = top; i < bottom; i++) {
        const factor = derivative(finisher, v128.load(from));
        v128.store(at, f32x4.mul(v128.load(at), factor));
        at += <usize>stride;
        from += <usize>activationStride;
      }
    }
  }
}

@inline
function activate(finisher: i32, x: v128): v128 {
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
