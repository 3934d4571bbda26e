/** The parts of trainings that the WGSL kernels support. */

import * as codes from "../codes.ts";
import type { Supported } from "../supported.ts";
import { ACTIVATIONS } from "./kernels/product.ts";
import { DIRECTIONS } from "./kernels/update.ts";

export const SUPPORTED = {
  engine: "webgpu",
  objectives: {
    "equal closed-form z": codes.ELBO,
    "equal at-draws z": codes.ELBO_SAMPLED,
    "importance at-draws z": codes.IWAE,
    "equal none dreams": codes.WAKE_SLEEP,
  },
  gradients: { plain: codes.PLAIN, stl: codes.STL, dreg: codes.DREG },
  posteriors: { diagonal: codes.DIAGONAL, isotropic: codes.ISOTROPIC },
  sharedModes: {
    none: codes.NO_PARAMETER,
    kept: codes.KEPT,
    learned: codes.LEARNED,
    optimal: codes.OPTIMAL,
  },
  activations: ACTIVATIONS,
  optimizers: DIRECTIONS,
} as const satisfies Supported;
