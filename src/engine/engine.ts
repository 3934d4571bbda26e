/** The interface of engines, which do whole training steps of one VAE. */

import type { OptimizerSpec } from "../model/optimizers.ts";
import type { ParameterValues } from "../model/parameters.ts";
import type { Vae } from "../model/vae.ts";
import type { KlWeighting } from "../objective/kl_weighting.ts";
import type { StepDraws } from "../objective/objective.ts";
import type { ObjectiveSpec } from "../objective/spec.ts";
import type { StreamAddress } from "../random/stream.ts";

/** The source of a minibatch, for engines that make it themselves. */
export interface BatchSource extends StepDraws<StreamAddress> {
  /** the whole split, [rows, D]: grey levels as bytes, or floats */
  readonly values: Uint8Array | Float32Array;
  /** indices of its rows in the split, [B] */
  readonly rows: Uint32Array;
  /** the stream that draws pixels from grey levels; null: none does */
  readonly pixels: StreamAddress | null;
}

/** One minibatch: all data and random numbers of a step. */
export interface Batch extends StepDraws<Float32Array> {
  /** x, [B, D] */
  readonly x: Float32Array;
  /** y of a conditional model, [B, C] */
  readonly condition?: Float32Array | undefined;
  /** what Monte Carlo EM moves its chains by, in T transitions */
  readonly chain?: Required<StepDraws<Float32Array>>["chain"] & {
    /** T */
    readonly transitions: number;
  };
  /** number of datapoints B */
  readonly size: number;
  /** draws of z per datapoint, S: L times the importance samples k */
  readonly samples: number;
  /** gives `x`, `noise`, `dream` and `chain` again, to the bit */
  readonly source?: BatchSource;
}

/** Draws of z at a minibatch: of it, what their terms depend on. */
export interface DrawBatch
  extends Pick<Batch, "x" | "condition" | "noise" | "size" | "samples"> {
  /**
   * gives `noise` again, to the bit: of each datapoint the stream of its
   * normals, one draw after the other, [B]. Where it is there, an engine that
   * makes the noise itself never reads `noise`
   */
  readonly streams?: readonly StreamAddress[];
}

/** Rows of data. */
export type DataRows = Pick<Batch, "x" | "condition" | "size">;

/** Points of the latent space, of the layer next to x where there are two. */
export interface LatentRows extends Pick<Batch, "condition" | "size"> {
  /** [B, d] */
  readonly z: Float32Array;
}

/** q(z|x) of many datapoints, or q(z1|x) where there are two layers. */
export interface Encoding {
  /** mu(x), [n, d], row-major */
  readonly mean: Float32Array;
  /**
   * log L_jj^2 of the factor L of the covariance L L': see `Posterior`.
   * Without a `lower` it is log sigma^2(x), [n, d]; [n, 1] where isotropic
   */
  readonly logVariance: Float32Array;
  /** L below its diagonal, [n, d, d], row-major; null: L is diagonal */
  readonly lower: Float32Array | null;
  /** KL(q(z|x) || p(z)) by latent dimension: see `Posterior`, [n, d], nats */
  readonly kl: Float32Array;
}

/** Settings that may change from step to step. */
export interface StepSettings extends KlWeighting {
  /** step size of the update */
  readonly learningRate: number;
}

/** Terms of a minibatch: means over its datapoints, nats. */
export interface StepTerms {
  /** mean of log p(x|z) over the draws of z */
  readonly reconstruction: number;
  /** KL(q(z|x) || p(z)) */
  readonly kl: number;
  /** the objective */
  readonly objective: number;
  /** those of the objective's `trainingColumns` */
  readonly more: Readonly<Record<string, number>>;
}

/** Terms over many datapoints: sums, in nats. */
export interface EvaluationSums {
  /** mean of log p(x|z) over the draws of z */
  readonly reconstruction: number;
  /** by latent dimension, of both layers where there are two */
  readonly kl: readonly number[];
  /** those of the objective's `evaluationColumns` */
  readonly more: Readonly<Record<string, number>>;
}

/** Terms of S draws of z for each of B datapoints, in nats. */
export interface RowTerms {
  /** log p(x|z), [S, B] */
  readonly logLikelihood: Float32Array;
  /** log q(z|x) - log p(z), [S, B] */
  readonly logRatio: Float32Array;
}

/** What a training maximises, and how: a run's config will do. */
export interface TrainingSpec {
  /** what each step maximises */
  readonly objective: ObjectiveSpec;
  /** with all its hyper-parameters but the step size */
  readonly optimizer: OptimizerSpec;
  /** see `Optimizer`; 0 if absent */
  readonly weightDecay?: number;
  /** the largest norm of a step's gradient: see `clipGradients` */
  readonly clipGradient?: number | undefined;
}

/** Everything that the next step depends on. */
export interface EngineState {
  /** updates done */
  readonly step: number;
  /** parameters and the optimiser's arrays */
  readonly arrays: readonly ParameterValues[];
}

/** Trains one VAE: a step follows the gradient of the objective. */
export interface Engine {
  /** the model, which the caller frees */
  readonly vae: Vae;
  /** steps done */
  readonly stepsDone: number;
  /** number of steps whose terms are not read yet */
  readonly pending: number;
  /** One optimiser update. Its terms wait for {@linkcode Engine.readTerms}. */
  step(batch: Batch, settings: StepSettings): void;
  /** Reads the terms of all pending steps, in order. */
  readTerms(): Promise<StepTerms[]>;
  /** Sums of the terms over the datapoints of each batch. */
  evaluate(batches: Iterable<Batch>): Promise<EvaluationSums>;
  /**
   * The terms at the draws of z that the noise of a batch makes.
   *
   * @param kept the latent dimensions that stay, for a model of one layer; all
   *   if absent. The others are set to the prior's mean, 0, where x is decoded,
   *   and are left out of p(z) and q(z|x)
   */
  rowTerms(batch: DrawBatch, kept?: readonly boolean[]): Promise<RowTerms>;
  /** Copies everything that the next step depends on to the host. */
  save(): Promise<EngineState>;
  /**
   * Restores a state: the steps that follow are, to the bit, those that followed
   * when it was saved.
   *
   * @throws {RangeError} it is the state of another model or optimiser
   */
  restore(state: EngineState): void;
}

/** The first values by name. */
export function named(
  names: readonly string[],
  values: readonly number[],
): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}
