/** The evidence lower bound, ELBO = E_q[log p(x|z)] - KL(q(z|x) || p(z)). */

import { tf } from "../lazy_tfjs.ts";
import { mean, meanOfRows, sumAxis } from "./reductions.ts";
import type { Inference, InferenceOptions } from "./inference.ts";
import { rowOf } from "../table.ts";
import type { Vae } from "./vae.ts";

/** Estimators of KL(q(z|x) || p(z)): exact, or at the L draws of z. */
export type KlEstimator = "closed-form" | "sampled";

const KL: Readonly<Record<KlEstimator, (inference: Inference) => tf.Tensor>> = {
  "closed-form": (inference) => inference.kl(),
  "sampled": (inference) => meanOfRows(inference.logRatio()),
};

/** The two terms of the ELBO for each of B datapoints, in nats. */
export interface ElboTerms {
  /** (1/L) sum_l log p(x|z_l), [B] */
  readonly reconstruction: tf.Tensor;
  /** KL(q(z|x) || p(z)) by latent dimension, [B, d]; the KL is its sum */
  readonly klPerDimension: tf.Tensor;
}

/** How the terms of an ELBO are estimated. */
export interface ElboOptions extends Pick<InferenceOptions, "isThroughZ"> {
  /** by default in closed form */
  readonly kl?: KlEstimator;
  /** whether the batch sets an `optimal` decoder variance */
  readonly training?: boolean;
}

/**
 * The terms of the ELBO at L Monte Carlo draws of z per datapoint. The encoder
 * runs once, whatever L. A sampled KL is (1/L) sum_l log q(z_l|x) - log p(z_l).
 *
 * @param x [B, D]
 * @param noise [L, B, d] from N(0, I)
 * @throws {RangeError} a KL in closed form with two layers of latent
 *   variables, which have none
 */
export function elboTerms(
  vae: Vae,
  x: tf.Tensor,
  noise: tf.Tensor,
  { kl = "closed-form", training = false, ...gradient }: ElboOptions = {},
): ElboTerms {
  if (kl === "closed-form" && vae.spec.upper) {
    throw new RangeError("two layers have no KL in closed form; sample it");
  }
  const inference = vae.infer(x, noise, gradient);
  const likelihood = vae.decode(inference.z, training ? x : undefined);
  return {
    reconstruction: meanOfRows(likelihood.logProb(x)),
    klPerDimension: rowOf(KL, kl, "estimator of the KL")(inference),
  };
}

/** The ELBO of a minibatch: averages over its datapoints, scalars, in nats. */
export interface MeanElbo {
  /** (1/L) sum_l log p(x|z_l) */
  readonly reconstruction: tf.Scalar;
  /** KL(q(z|x) || p(z)) */
  readonly kl: tf.Scalar;
  /** reconstruction - kl */
  readonly elbo: tf.Scalar;
}

/** Averages {@linkcode ElboTerms} over the datapoints. */
export function meanElbo(terms: ElboTerms): MeanElbo {
  const reconstruction = mean(terms.reconstruction);
  const kl = mean(sumAxis(terms.klPerDimension, -1));
  return { reconstruction, kl, elbo: tf.sub(reconstruction, kl) };
}
