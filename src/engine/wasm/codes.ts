/** The module's numbers for the words of a specification. */

import type { Activation, VaeSpec } from "../../model/spec.ts";
import * as layout from "./layout.ts";

/** Of objectives. */
export const OBJECTIVES = {
  "elbo": layout.ELBO,
  "elbo-sampled": layout.ELBO_SAMPLED,
  "iwae": layout.IWAE,
  "wake-sleep": layout.WAKE_SLEEP,
  "mcem": layout.MCEM,
} as const;

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

/** Of how the decoder has its variance. */
export function varianceKind({ likelihood }: VaeSpec): number {
  if (likelihood.family !== "gaussian") return layout.NO_VARIANCE;
  switch (likelihood.variance) {
    case "per-pixel":
      return layout.NO_VARIANCE;
    case "learned":
      return layout.LEARNED_VARIANCE;
    case "optimal":
      return layout.OPTIMAL_VARIANCE;
    default:
      return layout.KEPT_VARIANCE;
  }
}
