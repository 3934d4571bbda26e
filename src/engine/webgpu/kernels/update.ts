/**
 * Updates of all trained parameters by their gradients, in place: the formulas
 * of src/model/optimizers.ts, operation by operation.
 */

import type { OptimizerSpec } from "../../../model/optimizers.ts";
import * as layout from "../layout.ts";
import {
  commandStruct,
  type Kernel,
  memory,
  WORKGROUP_SIZE,
} from "./kernel.ts";

/** What the kernel is told of a run's parameters, in words. */
export const UPDATE_FIELDS = [
  // where they begin, among the values and the gradients
  "values",
  // where the optimiser's arrays begin
  "first",
  "second",
  // of the parameters, in fours
  "fours",
] as const;

/** The direction that the parameters go against. */
const DIRECTIONS: Record<OptimizerSpec["name"], string> = {
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

/** The constants of the formulas. */
function hyperParameters(optimizer: OptimizerSpec): Record<string, number> {
  switch (optimizer.name) {
    case "sgd":
      return {};
    case "adagrad":
      return { EPSILON: optimizer.epsilon };
    case "adam": {
      const { beta1, beta2, epsilon } = optimizer;
      return {
        ...{ BETA1: beta1, REST1: 1 - beta1, BETA2: beta2, REST2: 1 - beta2 },
        EPSILON: epsilon,
      };
    }
  }
}

/**
 * The kernel of an optimiser's update, four parameters an invocation.
 *
 * @param weightDecay see `Optimizer`
 */
export function updateKernel(
  optimizer: OptimizerSpec,
  weightDecay: number,
): Kernel {
  const constants = {
    ...hyperParameters(optimizer),
    ...(weightDecay === 0 ? {} : { DECAY: weightDecay }),
  };
  // Without decay nothing is added, not even 0, which would turn -0 to 0.
  const decayed = weightDecay === 0 ? "" : " + values[at] * DECAY";
  const state = optimizer.name === "sgd" ? {} : { state: "vec4f" } as const;
  return {
    label: `update (${optimizer.name})`,
    constants,
    code: /* wgsl */ `
${commandStruct("Update", UPDATE_FIELDS)}
${memory({ values: "vec4f", gradients: "vec4f", ...state }, "Update")}
${Object.keys(constants).map((name) => `override ${name}: f32;`).join("\n")}

@compute ${WORKGROUP_SIZE}
fn main(@builtin(global_invocation_id) id: vec3u) {
  let command = commands[told(id.z, ${layout.SLOT}u)];
  if (id.x >= command.fours) { return; }
  let at = command.values / 4u + id.x;
  let g = gradients[at]${decayed};
  ${DIRECTIONS[optimizer.name]}
  values[at] -= direction * setting(id.z, ${layout.LEARNING_RATE}u);
}
`,
  };
}
