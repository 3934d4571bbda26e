/**
 * The step size of Hamiltonian Monte Carlo, in tfjs ops: nothing is read back.
 *
 * It is a scalar, or of the chains' rank with each axis either full or 1: for
 * chains [S, B], [1, B] is one step size per datapoint.
 */

import { tf } from "../lazy_tfjs.ts";
import { requireStepSize } from "./checks.ts";

/**
 * The next step size: stepSize * exp(rate * (acceptance - target)), averaged
 * over the chains that share it. At a constant rate the acceptance averages
 * `target` in the long run. Adapt only during the burn-in: samples that are
 * kept need a fixed step size.
 *
 * @param options.target 0.9 if absent (AEVB, appendix E)
 * @param options.rate 0.2 if absent: a step size that is always rejected
 *   shrinks by a sixth, one that is always accepted grows by a fiftieth
 * @throws {RangeError} a step size of another rank or shape
 */
export function adaptStepSize(
  stepSize: tf.Tensor,
  acceptance: tf.Tensor,
  options: { readonly target?: number; readonly rate?: number } = {},
): tf.Tensor {
  const { target = 0.9, rate = 0.2 } = options;
  requireStepSize(stepSize, acceptance.shape);
  return tf.tidy(() => {
    const shared = stepSize.rank === 0
      ? tf.mean(acceptance)
      : tf.mean(acceptance, axesOfOne(stepSize.shape), true);
    return tf.mul(stepSize, tf.exp(tf.mul(tf.sub(shared, target), rate)));
  });
}

/**
 * A step size per chain, uniform on stepSize * (1 -+ 1/2). Trajectories of one
 * fixed length can return to where they began, period after period, so that a
 * chain never mixes (Neal 2011, on ergodicity).
 *
 * @throws {RangeError} a step size of another rank or shape
 */
export function jitterStepSize(
  stepSize: tf.Tensor,
  uniforms: tf.Tensor,
): tf.Tensor {
  requireStepSize(stepSize, uniforms.shape);
  return tf.tidy(() => tf.mul(stepSize, tf.add(uniforms, 0.5)));
}

function axesOfOne(shape: readonly number[]): number[] {
  return shape.flatMap((size, axis) => size === 1 ? [axis] : []);
}
