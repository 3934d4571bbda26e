/** What all objectives have in common: their terms, traits and training. */

import type { tf } from "../lazy_tfjs.ts";
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
  /**
   * of the draws: all equal, w_i / sum w among the k of a datapoint, or as a
   * script's own terms have it, which no engine but the reference computes
   */
  readonly weights: "equal" | "importance" | "own";
  /** how the KL term is computed; none: there is no KL term */
  readonly kl: "closed-form" | "at-draws" | "none";
  /** what the encoder learns from */
  readonly encoder: "z" | "dreams" | "chains";
  /** a factor of beta, constant in training */
  readonly klFactor: number;
}

/**
 * An objective of a script, in tfjs operations: the reference engine trains it.
 * Evaluations have the ELBO's terms.
 *
 * @typeParam Settings its settings by name: a text, number or the like each
 */
export interface OwnObjective<Settings extends object = object>
  extends TableRow {
  /** as in `--objective` */
  readonly name: string;
  /**
   * the KL term, which `weighting` and its flags are of, and whether it is
   * estimated at draws, as with two layers of latent variables; none: these
   * flags are refused
   */
  readonly kl: Traits["kl"];
  /** a row for each of its settings: its flag, kind of value and default */
  readonly settings?: Fields<Settings>;
  /** what train.csv has of `more`; nothing if absent */
  readonly trainingColumns?: readonly string[];
  /**
   * The terms of a minibatch, as tfjs is to derive them.
   *
   * @param batch x [B, D] and noise [L, B, d], from N(0, I)
   * @param weighting of the KL at this step: see `weightedKl`
   */
  terms(
    vae: Vae,
    batch: DeviceBatch,
    weighting: KlWeighting,
    settings: Settings,
  ): OwnTerms;
}

/** Terms of one training step: means over the minibatch, scalars, nats. */
export interface OwnTerms {
  /** E_q[log p(x|z)] */
  readonly reconstruction: tf.Tensor;
  /** KL(q(z|x) || p(z)) */
  readonly kl: tf.Tensor;
  /** what the step maximises */
  readonly objective: tf.Tensor;
  /** those of `trainingColumns`, in their order; none if absent */
  readonly more?: readonly tf.Tensor[];
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
