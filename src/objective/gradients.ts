/** Estimators of the encoder's gradient. */

import { type Field, field } from "../config/field.ts";
import type { Value } from "../config/value.ts";
import { namesOf, namesWithHelp, type TableRow } from "../table.ts";

/**
 * Estimators of the encoder's gradient; that of the decoder is the same in all.
 *
 * - `plain`: the derivative of the estimate (reparameterisation);
 * - `stl`: sticking the landing (Roeder et al. 2017): without the derivative of
 *   log q(z|x) by its parameters at fixed z, whose mean is zero for one
 *   importance sample. For k > 1 samples it is biased;
 * - `dreg`: doubly reparameterised (Tucker et al. 2018): unbiased for any k.
 */
export type GradientEstimator = "plain" | "stl" | "dreg";

interface EstimatorRow extends TableRow {
  /** whether log q(z|x) has its gradient through z alone */
  readonly isThroughZ: boolean;
  /** whether draws have the square of their importance weight */
  readonly isDoublyWeighted: boolean;
}

/** All estimators by name. */
export const GRADIENT_TABLE: Readonly<Record<GradientEstimator, EstimatorRow>> =
  {
    plain: { isThroughZ: false, isDoublyWeighted: false },
    stl: {
      help: "sticking the landing",
      isThroughZ: true,
      isDoublyWeighted: false,
    },
    dreg: {
      help: "doubly reparameterised, iwae only",
      isThroughZ: true,
      isDoublyWeighted: true,
    },
  };

export const GRADIENTS = namesOf(GRADIENT_TABLE);

/** The setting of objectives that have those estimators. */
export const gradientSetting = <G extends GradientEstimator>(
  value: Value<G>,
): Field<G> =>
  field("gradient", {
    short: null,
    value,
    help: `gradient estimator of the encoder: ${namesWithHelp(GRADIENT_TABLE)}`,
    default: "plain",
  });
