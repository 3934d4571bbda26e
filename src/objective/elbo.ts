/** The ELBO, up which both networks go, with a KL that schedules may weight. */

import * as tf from "@tensorflow/tfjs";
import {
  type ElboOptions,
  elboTerms,
  type KlEstimator,
  meanElbo,
} from "../model/elbo.ts";
import type { Vae } from "../model/vae.ts";
import { weightedKl } from "./kl_weighting.ts";
import type { DeviceBatch, EvaluationTerms, Objective } from "./objective.ts";

/** reconstruction - weighted KL. */
export function elboObjective(
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
