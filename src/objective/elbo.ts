/** The ELBO, with a KL that schedules may weight. */

import { tf } from "../lazy_tfjs.ts";
import { elboTerms, meanElbo } from "../model/elbo.ts";
import type { ElboOptions, KlEstimator } from "../model/elbo.ts";
import type { Vae } from "../model/vae.ts";
import { word } from "../config/value.ts";
import { rowOf } from "../table.ts";
import { GRADIENT_TABLE, gradientSetting } from "./gradients.ts";
import { weightedKl } from "./kl_weighting.ts";
import type {
  DeviceBatch,
  EvaluationTerms,
  Objective,
  ObjectiveRow,
} from "./objective.ts";

/** reconstruction - weighted KL. */
function elboObjective(
  options: ElboOptions & { kl: KlEstimator },
): Objective {
  return {
    updates: 1,
    variables: new Map(),
    prepare: (vae, { x, noise }, weighting) => () => {
      const terms = elboTerms(vae, x, noise, { ...options, training: true });
      const { reconstruction, kl } = meanElbo(terms);
      const penalty = weightedKl(terms.klPerDimension, weighting);
      return {
        reconstruction,
        kl,
        objective: tf.sub(reconstruction, penalty),
        more: [],
      };
    },
    evaluate: evaluateElbo,
  };
}

/**
 * The ELBO's terms of data that are not trained on: the KL in closed form
 * wherever there is one, whatever training estimates.
 */
export function evaluateElbo(
  vae: Vae,
  { x, noise }: DeviceBatch,
): EvaluationTerms {
  const kl = vae.spec.upper ? "sampled" : "closed-form";
  return { ...elboTerms(vae, x, noise, { kl }), more: [] };
}

export const ELBO: ObjectiveRow<{ readonly name: string }> = {
  weights: "equal",
  kl: "closed-form",
  encoder: "z",
  klFactor: 1,
  settings: {},
  create: () => elboObjective({ kl: "closed-form" }),
  trainingColumns: [],
  evaluationColumns: [],
};

/** The ELBO with the KL at the draws of z. */
export interface ElboSampled {
  /** its name */
  readonly name: "elbo-sampled";
  /** of the encoder */
  readonly gradient: "plain" | "stl";
}

export const ELBO_SAMPLED: ObjectiveRow<ElboSampled> = {
  ...ELBO,
  settings: {
    gradient: gradientSetting({
      ...word(["plain", "stl"]),
      expected: "plain or stl; with one importance sample dreg is stl",
    }),
  },
  help: "the KL at the draws of z",
  kl: "at-draws",
  create: ({ gradient }) =>
    elboObjective({
      kl: "sampled",
      isThroughZ: rowOf(GRADIENT_TABLE, gradient, "gradient").isThroughZ,
    }),
};
