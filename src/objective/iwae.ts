/** The importance weighted bound (Burda et al., arXiv 1509.00519). */

import { tf } from "../lazy_tfjs.ts";
import { type ElboTerms, meanElbo } from "../model/elbo.ts";
import { logMeanExp, mean, meanOfRows, sumAxis } from "../model/reductions.ts";
import type { Vae } from "../model/vae.ts";
import { field } from "../config/field.ts";
import { integer, MOST, word } from "../config/value.ts";
import { rowOf } from "../table.ts";
import { GRADIENT_TABLE, GRADIENTS, gradientSetting } from "./gradients.ts";
import type { GradientEstimator } from "./gradients.ts";
import type { Objective, ObjectiveRow } from "./objective.ts";

/** For each of B datapoints, in nats. */
export interface IwaeTerms extends ElboTerms {
  /** (1/L) sum_l log (1/k) sum_i w_li with w = p(x|z) p(z) / q(z|x), [B] */
  readonly bound: tf.Tensor;
  /**
   * The same with w = p(x|z) (p(z) / q(z|x))^beta, [B]: what training maximises.
   * Its gradient is that of the chosen estimator.
   */
  readonly objective: tf.Tensor;
}

/** How the bound is estimated. */
export interface IwaeOptions {
  /** importance samples inside the logarithm; L is the noise's length over k */
  readonly k: number;
  /** by default plain, the one for evaluations: others want a way back */
  readonly gradient?: GradientEstimator;
  /** by default 1 */
  readonly beta?: number;
  /** whether the batch sets an `optimal` decoder variance */
  readonly training?: boolean;
}

/**
 * The bound with k importance samples, averaged over L independent groups.
 *
 * The doubly reparameterised gradient weights the derivative through z_i with
 * the square of the normalised weight w_i of z_i (Tucker et al., arXiv
 * 1810.04152, equation 8). One factor is the logarithm's; the other is put on
 * the way back through z. Where beta tempers the weights, the derivative of
 * -beta log q(z|x) is what is reparameterised again, and the other factor is
 * beta w_i + 1 - beta.
 *
 * @param x [B, D]
 * @param noise [L k, B, d] from N(0, I), a group's k draws side by side
 */
export function iwaeTerms(
  vae: Vae,
  x: tf.Tensor,
  noise: tf.Tensor,
  { k, gradient = "plain", beta = 1, training = false }: IwaeOptions,
): IwaeTerms {
  let pathFactor: tf.Tensor | undefined;
  const { isThroughZ, isDoublyWeighted } = rowOf(
    GRADIENT_TABLE,
    gradient,
    "gradient",
  );
  const inference = vae.infer(x, noise, {
    isThroughZ,
    takeFactor: isDoublyWeighted ? () => pathFactor! : undefined,
  });
  const [draws, size] = noise.shape as [number, number, number];
  const grouped = (values: tf.Tensor) =>
    tf.reshape(values, [draws / k, k, size]);

  const likelihood = vae.decode(inference.z, training ? x : undefined);
  const reconstruction = likelihood.logProb(x);
  const logRatio = sumAxis(inference.logRatio(), -1);
  const logWeights = grouped(tf.sub(reconstruction, logRatio));
  const tempered = beta === 1
    ? logWeights
    : grouped(tf.sub(reconstruction, tf.mul(logRatio, beta)));
  if (isDoublyWeighted) {
    const factor = tf.add(tf.mul(softmax(tempered, 1), beta), 1 - beta);
    pathFactor = tf.keep(tf.reshape(factor, [draws, size, 1]));
  }
  return {
    bound: meanOfRows(logMeanExp(logWeights, 1)),
    objective: meanOfRows(logMeanExp(tempered, 1)),
    reconstruction: meanOfRows(reconstruction),
    klPerDimension: inference.kl(),
  };
}

/** The bound as an objective; a beta tempers p(z) / q(z|x). */
function iwaeObjective(
  { k, gradient }: Iwae,
): Objective {
  return {
    updates: 1,
    variables: new Map(),
    prepare: (vae, { x, noise }, { beta }) => () => {
      const options = { k, gradient, beta, training: true };
      const terms = iwaeTerms(vae, x, noise, options);
      const { reconstruction, kl } = meanElbo(terms);
      const objective = mean(terms.objective);
      return { reconstruction, kl, objective, more: [mean(terms.bound)] };
    },
    evaluate(vae, { x, noise }) {
      const { bound, ...terms } = iwaeTerms(vae, x, noise, { k });
      return { ...terms, more: [bound] };
    },
  };
}

/** E log (1/k) sum_i p(x|z_i) p(z_i) / q(z_i|x) of k importance samples. */
export interface Iwae {
  /** its name */
  readonly name: "iwae";
  /** importance samples inside the logarithm */
  readonly k: number;
  /** of the encoder */
  readonly gradient: GradientEstimator;
}

export const IWAE: ObjectiveRow<Iwae> = {
  help: "the importance weighted bound",
  settings: {
    k: field("k", {
      short: null,
      value: { ...integer(1, MOST), placeholder: "K" },
      help: "importance samples inside the logarithm",
      default: "5",
      isSwept: true,
    }),
    gradient: gradientSetting(word(GRADIENTS)),
  },
  weights: "importance",
  kl: "at-draws",
  encoder: "z",
  klFactor: 1,
  create: iwaeObjective,
  trainingColumns: ["iwae_bound"],
  evaluationColumns: ["iwae_bound"],
  importanceSamples: ({ k }) => k,
};

/** e^x / sum e^x over one axis. */
function softmax(x: tf.Tensor, axis: number): tf.Tensor {
  const shifted = tf.exp(tf.sub(x, tf.max(x, axis, true)));
  return tf.div(shifted, tf.sum(shifted, axis, true));
}
