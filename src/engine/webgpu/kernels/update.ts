/**
 * Updates of trained parameters by their gradients, in place, where these are
 * made: the formulas of src/model/optimizers.ts, operation by operation.
 */

import type { OptimizerSpec } from "../../../model/optimizers.ts";
import { UPDATE, wgslStruct } from "../../fields.ts";
import { entryOf } from "../../supported.ts";
import * as layout from "../layout.ts";

/**
 * What the step size multiplies, from the gradient g of a parameter whose
 * numbers in the state are at `first` and `second`.
 */
export const DIRECTIONS: Partial<Record<OptimizerSpec["name"], string>> = {
  sgd: "let direction = g;",
  adagrad: `
  let sum = state[first] + g * g;
  state[first] = sum;
  let direction = g / (sqrt(sum) + EPSILON);`,
  adam: `
  let mean = state[first] * BETA1 + g * REST1;
  let square = state[second] * BETA2 + (g * g) * REST2;
  state[first] = mean;
  state[second] = square;
  let direction = (mean * unbiasFirst) /
    (sqrt(square * unbiasSecond) + EPSILON);`,
};

/** Code that makes a kernel's gradients updates. */
export interface UpdateCode {
  /**
   * constants, `fn readSettings(run)`, and after it
   * `fn update(at, gradient, first, second)`
   */
  readonly functions: string;
  /** buffers of floats that it needs */
  readonly buffers: { readonly values: "f32"; readonly state?: "f32" };
}

/**
 * The update of one parameter by an optimiser. Its address among the values is
 * that among the gradients.
 *
 * @param weightDecay see `Optimizer`
 */
export function updateCode(
  optimizer: OptimizerSpec,
  weightDecay: number,
): UpdateCode {
  const direction = entryOf(DIRECTIONS, optimizer.name);
  // Without decay nothing is added, not even 0, which would turn -0 to 0.
  const decayed = weightDecay === 0 ? "" : " + values[at] * WEIGHT_DECAY";
  return {
    buffers: {
      values: "f32",
      ...direction.includes("state[") ? { state: "f32" } : {},
    },
    functions: /* wgsl */ `
${wgslStruct("Update", UPDATE)}
// of the live run: read once, as software adapters load slowly
var<private> learningRate: f32;
var<private> unbiasFirst: f32;
var<private> unbiasSecond: f32;

fn readSettings(run: u32) {
  learningRate = setting(run, ${layout.LEARNING_RATE}u);
  unbiasFirst = setting(run, ${layout.UNBIAS_FIRST}u);
  unbiasSecond = setting(run, ${layout.UNBIAS_SECOND}u);
}

fn update(at: u32, gradient: f32, first: u32, second: u32) {
  let g = gradient${decayed};
  ${direction}
  values[at] -= direction * learningRate;
}
`,
  };
}
