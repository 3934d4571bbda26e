/** One interface to all objectives: what a step goes up, what is logged. */

import * as tf from "@tensorflow/tfjs";
import {
  type ElboOptions,
  type ElboTerms,
  elboTerms,
  type KlEstimator,
  meanElbo,
} from "../model/elbo.ts";
import { mean } from "../model/reductions.ts";
import type { Vae } from "../model/vae.ts";
import { iwaeTerms } from "./iwae.ts";
import { type KlWeighting, weightedKl } from "./kl_weighting.ts";
import type { ObjectiveSpec } from "./spec.ts";

/** A minibatch on the device. */
export interface DeviceBatch {
  /** [B, D] */
  readonly x: tf.Tensor;
  /** from N(0, I), [S, B, d]: S = L times the importance samples k */
  readonly noise: tf.Tensor;
}

/** Terms of one training step: means over the minibatch, scalars, nats. */
export interface TrainingTerms {
  /** E_q[ln p(x|z)] */
  readonly reconstruction: tf.Scalar;
  /** KL(q(z|x) || p(z)) */
  readonly kl: tf.Scalar;
  /** what the step goes up */
  readonly objective: tf.Scalar;
  /** the objective's further columns, in their order */
  readonly more: readonly tf.Scalar[];
}

/** Terms of each of B datapoints, without a way back, nats. */
export interface EvaluationTerms extends ElboTerms {
  /** the objective's further columns, [B] each, in their order */
  readonly more: readonly tf.Tensor[];
}

/** What training goes up. */
export interface Objective {
  /** names of what is logged beside reconstruction, kl and objective */
  readonly columns: readonly string[];
  /** Terms whose objective has the gradient that was asked for. */
  training(
    vae: Vae,
    batch: DeviceBatch,
    weighting: KlWeighting,
  ): TrainingTerms;
  /** Terms of data that are not trained on: no schedule has a part in them. */
  evaluation(vae: Vae, batch: DeviceBatch): EvaluationTerms;
}

/** The objective that a specification names. */
export function objectiveOf(spec: ObjectiveSpec): Objective {
  switch (spec.name) {
    case "elbo":
      return elbo({ kl: "closed-form" });
    case "elbo-sampled":
      return elbo({
        kl: "sampled",
        logPosterior: spec.gradient === "stl" ? "path" : "total",
      });
    case "iwae":
      return iwae(spec);
  }
}

/** reconstruction - weighted KL. */
function elbo(options: ElboOptions & { kl: KlEstimator }): Objective {
  return {
    columns: [],
    training(vae, { x, noise }, weighting) {
      const terms = elboTerms(vae, x, noise, { ...options, training: true });
      const { reconstruction, kl } = meanElbo(terms);
      const penalty = weightedKl(terms.klPerDimension, weighting);
      const objective: tf.Scalar = tf.sub(reconstruction, penalty);
      return { reconstruction, kl, objective, more: [] };
    },
    evaluation: (vae, { x, noise }) => ({
      ...elboTerms(vae, x, noise, { kl: options.kl }),
      more: [],
    }),
  };
}

/** The importance weighted bound; a beta tempers the ratio p(z) / q(z|x). */
function iwae({ k, gradient }: ObjectiveSpec & { name: "iwae" }): Objective {
  return {
    columns: ["iwae_bound"],
    training(vae, { x, noise }, { beta }) {
      const options = { k, gradient, beta, training: true };
      const terms = iwaeTerms(vae, x, noise, options);
      const { reconstruction, kl } = meanElbo(terms);
      const objective = mean(terms.objective);
      return { reconstruction, kl, objective, more: [mean(terms.bound)] };
    },
    evaluation(vae, { x, noise }) {
      const { bound, ...terms } = iwaeTerms(vae, x, noise, { k });
      return { ...terms, more: [bound] };
    },
  };
}
