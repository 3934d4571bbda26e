/**
 * Updates of all trained parameters by their gradients, in place: the formulas
 * of src/model/optimizers.ts, operation by operation.
 */

import type { OptimizerSpec } from "../../../model/optimizers.ts";
import { UPDATE, wgslStruct } from "../../fields.ts";
import { entryOf } from "../../supported.ts";
import * as layout from "../layout.ts";
import { type KernelCode, memory, WORKGROUP_SIZE } from "./kernel.ts";

/** What the step size multiplies, from the gradient g. */
export const DIRECTIONS: Partial<Record<OptimizerSpec["name"], string>> = {
  sgd: "let direction = g;",
  adagrad: `
  let sum = state[command.first / 4u + id.x] + g * g;
  state[command.first / 4u + id.x] = sum;
  let direction = g / (sqrt(sum) + EPSILON);`,
  adam: `
  let first = state[command.first / 4u + id.x] * BETA1 + g * REST1;
  let second = state[command.second / 4u + id.x] * BETA2 + (g * g) * REST2;
  state[command.first / 4u + id.x] = first;
  state[command.second / 4u + id.x] = second;
  let direction = (first * setting(id.z, ${layout.UNBIAS_FIRST}u)) /
    (sqrt(second * setting(id.z, ${layout.UNBIAS_SECOND}u)) + EPSILON);`,
};

/**
 * The kernel of an optimiser's update, four parameters an invocation.
 *
 * @param weightDecay see `Optimizer`
 */
export function updateKernel(
  optimizer: OptimizerSpec,
  weightDecay: number,
): KernelCode {
  const direction = entryOf(DIRECTIONS, optimizer.name);
  // Without decay nothing is added, not even 0, which would turn -0 to 0.
  const decayed = weightDecay === 0 ? "" : " + values[at] * WEIGHT_DECAY";
  const state = direction.includes("state[") ? { state: "vec4f" } as const : {};
  return {
    label: `update (${optimizer.name})`,
    code: /* wgsl */ `
${wgslStruct("Update", UPDATE)}
${memory({ values: "vec4f", gradients: "vec4f", ...state }, "Update")}

@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let command = commands[told(id.z, ${layout.RUN}u)];
  if (id.x >= command.count / 4u) { return; }
  let at = command.values / 4u + id.x;
  let g = gradients[command.gradients / 4u + id.x]${decayed};
  ${direction}
  values[at] -= direction * setting(id.z, ${layout.LEARNING_RATE}u);
}
`,
  };
}
