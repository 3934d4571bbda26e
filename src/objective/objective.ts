/** What all objectives have in common: their terms, traits and training. */

import type * as tf from "@tensorflow/tfjs";
import type { ElboTerms } from "../model/elbo.ts";
import type { Vae } from "../model/vae.ts";
import type { Fields } from "../config/field.ts";
import type { TableRow } from "../table.ts";
import type { KlWeighting } from "./kl_weighting.ts";

/** What the names of an objective's own arrays in a checkpoint begin with. */
export const OBJECTIVE_ARRAYS = "objective/";

/** The random numbers of a training step, or where they come from. */
export interface StepDraws<T> {
  /** from N(0, I), [S, B, d]: S = L times the importance samples k */
  readonly noise: T;
  /** what wake-sleep dreams from */
  readonly dream?: {
    /** from N(0, I), [1, B, d] */
    readonly prior: T;
    /** as `Likelihood.sample` takes it, [1, B, D] */
    readonly pixels: T;
  };
  /** what Monte Carlo EM moves its chains by */
  readonly chain?: {
    /** from N(0, I), [T, S, B, d]: of T transitions */
    readonly momentum: T;
    /** from (0, 1), [T, S, B] */
    readonly uniforms: T;
  };
}

/** A minibatch on the device. */
export interface DeviceBatch extends StepDraws<tf.Tensor> {
  /** [B, D] */
  readonly x: tf.Tensor;
}

/** Terms of one training step: means over the minibatch, scalars, nats. */
export interface TrainingTerms {
  /** E_q[log p(x|z)] */
  readonly reconstruction: tf.Scalar;
  /** KL(q(z|x) || p(z)) */
  readonly kl: tf.Scalar;
  /** what the step maximises */
  readonly objective: tf.Scalar;
  /** those of `trainingColumns`, in their order */
  readonly more: readonly tf.Scalar[];
}

/** Terms of each of B datapoints, without a way back, nats. */
export interface EvaluationTerms extends ElboTerms {
  /** those of `evaluationColumns`, [B] each, in their order */
  readonly more: readonly tf.Tensor[];
}

/** An objective of training, on the current tfjs backend. */
export interface Objective {
  /** optimiser updates with what one step prepared */
  readonly updates: number;
  /**
   * what changes from step to step beside the parameters, by name, which
   * begins with `OBJECTIVE_ARRAYS`
   */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /**
   * Draws what a step holds still, and gives its terms as a function of the
   * parameters, whose objective has the gradient that was asked for.
   */
  prepare(
    vae: Vae,
    batch: DeviceBatch,
    weighting: KlWeighting,
  ): () => TrainingTerms;
  /** Terms of data that are not trained on: no schedule has a part in them. */
  evaluate(vae: Vae, batch: DeviceBatch): EvaluationTerms;
}

/**
 * The properties of an objective that engines depend on. They train by these
 * alone: what has the traits of another objective is trained as that one.
 */
export interface Traits {
  /** of the draws: all equal, or w_i / sum w among the k of a datapoint */
  readonly weights: "equal" | "importance";
  /** how the KL term is computed; none: there is no KL term */
  readonly kl: "closed-form" | "at-draws" | "none";
  /** what the encoder learns from */
  readonly encoder: "z" | "dreams" | "chains";
  /** a factor of beta, constant in training */
  readonly klFactor: number;
}

/** All that depends on the name of an objective, given its settings. */
export interface ObjectiveRow<Spec> extends TableRow, Traits {
  readonly settings: Fields<Omit<Spec, "name">>;
  /** on tfjs */
  create(spec: Spec): Objective;
  /** names of what a training step logs beside its three terms */
  readonly trainingColumns: readonly string[];
  /** the same of an evaluation */
  readonly evaluationColumns: readonly string[];
  /** draws of z inside one estimate; by default 1 */
  importanceSamples?(spec: Spec): number;
  /** evaluations of the minibatch in a training step; by default 1 */
  timesEvaluated?(spec: Spec): number;
}
