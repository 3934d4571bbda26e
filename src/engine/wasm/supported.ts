/** The parts of trainings that the module supports. */

import * as codes from "../codes.ts";
import type { Supported } from "../supported.ts";
import * as layout from "./layout.ts";

export const SUPPORTED = {
  engine: "wasm",
  objectives: {
    "equal closed-form z": codes.ELBO,
    "equal at-draws z": codes.ELBO_SAMPLED,
    "importance at-draws z": codes.IWAE,
    "equal none dreams": codes.WAKE_SLEEP,
    "equal none chains": codes.MCEM,
  },
  gradients: { plain: codes.PLAIN, stl: codes.STL, dreg: codes.DREG },
  posteriors: { diagonal: codes.DIAGONAL, isotropic: codes.ISOTROPIC },
  sharedModes: {
    none: codes.NO_PARAMETER,
    kept: codes.KEPT,
    learned: codes.LEARNED,
    optimal: codes.OPTIMAL,
  },
  // finishers of forward and of backward products
  activations: {
    tanh: [layout.ADD_BIAS_TANH, layout.TIMES_DERIVATIVE_TANH],
    relu: [layout.ADD_BIAS_RELU, layout.TIMES_DERIVATIVE_RELU],
    softplus: [layout.ADD_BIAS_SOFTPLUS, layout.TIMES_DERIVATIVE_SOFTPLUS],
  },
  // the command of an update
  optimizers: { sgd: "sgd", adagrad: "adagrad", adam: "adam" },
  conditional: true,
  clips: true,
} as const satisfies Supported;
