/** One interface to all objectives: what a step goes up, what is logged. */

import type * as tf from "@tensorflow/tfjs";
import type { ElboTerms } from "../model/elbo.ts";
import type { Vae } from "../model/vae.ts";
import type { KlWeighting } from "./kl_weighting.ts";

/** A minibatch on the device. */
export interface DeviceBatch {
  /** [B, D] */
  readonly x: tf.Tensor;
  /** from N(0, I), [S, B, d]: S = L times the importance samples k */
  readonly noise: tf.Tensor;
  /** what wake-sleep dreams from */
  readonly dream?: {
    /** from N(0, I), [1, B, d] */
    readonly prior: tf.Tensor;
    /** as `Likelihood.sample` takes it, [1, B, D] */
    readonly pixels: tf.Tensor;
  };
  /** what Monte Carlo EM moves its chains by */
  readonly chain?: {
    /** from N(0, I), [T, S, B, d]: of T transitions */
    readonly momentum: tf.Tensor;
    /** from (0, 1), [T, S, B] */
    readonly uniforms: tf.Tensor;
  };
}

/** Terms of one training step: means over the minibatch, scalars, nats. */
export interface TrainingTerms {
  /** E_q[ln p(x|z)] */
  readonly reconstruction: tf.Scalar;
  /** KL(q(z|x) || p(z)) */
  readonly kl: tf.Scalar;
  /** what the step goes up */
  readonly objective: tf.Scalar;
  /** those of `trainingColumns`, in their order */
  readonly more: readonly tf.Scalar[];
}

/** Terms of each of B datapoints, without a way back, nats. */
export interface EvaluationTerms extends ElboTerms {
  /** those of `evaluationColumns`, [B] each, in their order */
  readonly more: readonly tf.Tensor[];
}

/** What training goes up. */
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
