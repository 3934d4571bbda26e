/** The module's numbers for the words of a specification. */

import type { SharedMode } from "../../model/likelihood/families.ts";
import type { Activation } from "../../model/spec.ts";
import { type Kind, kindOf, type ObjectiveSpec } from "../../objective/spec.ts";
import { missingFromPlans, type PlannedModel } from "../step_plan.ts";
import * as layout from "./layout.ts";

/** The kinds of objectives that the module can train with. */
export const OBJECTIVES: Partial<Record<Kind, number>> = {
  "equal closed-form z": layout.ELBO,
  "equal at-draws z": layout.ELBO_SAMPLED,
  "importance at-draws z": layout.IWAE,
  "equal none dreams": layout.WAKE_SLEEP,
  "equal none chains": layout.MCEM,
};

/** The number of an objective. @throws {Error} the module has none */
export function objectiveCode(objective: ObjectiveSpec): number {
  const code = OBJECTIVES[kindOf(objective)];
  if (code === undefined) throw new Error(`no program of ${objective.name}`);
  return code;
}

/** The part of a training that the module lacks; null: it has them all. */
export function missingFromModule(
  model: PlannedModel,
  objective: ObjectiveSpec,
): string | null {
  return missingFromPlans(model) ??
    (Object.hasOwn(OBJECTIVES, kindOf(objective))
      ? null
      : `objective ${objective.name}`);
}

/** Of the encoder's gradients. */
export const GRADIENTS = {
  plain: layout.PLAIN,
  stl: layout.STL,
  dreg: layout.DREG,
} as const;

/** Of what follows a forward product. */
export const ADD_BIAS: Record<Activation, number> = {
  tanh: layout.ADD_BIAS_TANH,
  relu: layout.ADD_BIAS_RELU,
  softplus: layout.ADD_BIAS_SOFTPLUS,
};

/** Of what follows a backward product. */
export const TIMES_DERIVATIVE: Record<Activation, number> = {
  tanh: layout.TIMES_DERIVATIVE_TANH,
  relu: layout.TIMES_DERIVATIVE_RELU,
  softplus: layout.TIMES_DERIVATIVE_SOFTPLUS,
};

/** Of what is done with the parameter that all pixels share. */
export const SHARED_MODES: Record<SharedMode, number> = {
  none: layout.NO_VARIANCE,
  kept: layout.KEPT_VARIANCE,
  learned: layout.LEARNED_VARIANCE,
  optimal: layout.OPTIMAL_VARIANCE,
};
