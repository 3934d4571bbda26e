/** What every engine does: whole training steps of one VAE. */

import type { ParameterValues } from "../model/parameters.ts";
import type { Vae } from "../model/vae.ts";
import type { KlWeighting } from "../objective/kl_weighting.ts";
import type { StreamAddress } from "../random/stream.ts";

/** How a minibatch is made, for engines that make it themselves. */
export interface BatchSource {
  /** the whole split, [rows, D]: grey levels as bytes, or floats */
  readonly values: Uint8Array | Float32Array;
  /** which rows of the split, [B] */
  readonly rows: Uint32Array;
  /** where pixels are drawn from grey levels: the stream; else null */
  readonly pixels: StreamAddress | null;
  /** of the normals in `noise` */
  readonly noise: StreamAddress;
  /** of what wake-sleep dreams from: the prior's normals, and the pixels' */
  readonly dream?: {
    readonly prior: StreamAddress;
    readonly pixels: StreamAddress;
  };
  /** of what moves the chains of Monte Carlo EM: normals, and uniforms */
  readonly chain?: {
    readonly momentum: StreamAddress;
    readonly uniforms: StreamAddress;
  };
}

/** One minibatch: everything that a step takes from outside. */
export interface Batch {
  /** x, [B, D] */
  readonly x: Float32Array;
  /** standard normal noise, [S, B, d]; d = d1 + d2 with two layers */
  readonly noise: Float32Array;
  /** noise of the dreams of wake-sleep: see `DeviceBatch` */
  readonly dream?: {
    readonly prior: Float32Array;
    readonly pixels: Float32Array;
  };
  /** noise of the chains of Monte Carlo EM: see `DeviceBatch` */
  readonly chain?: {
    /** T */
    readonly transitions: number;
    readonly momentum: Float32Array;
    readonly uniforms: Float32Array;
  };
  /** number of datapoints B */
  readonly size: number;
  /** draws of z per datapoint, S: L times the importance samples k */
  readonly samples: number;
  /** from which `x`, `noise`, `dream` and `chain` can be made again, to the bit */
  readonly source?: BatchSource;
}

/** What changes from step to step beside the minibatch. */
export interface StepSettings extends KlWeighting {
  /** step size of the update */
  readonly learningRate: number;
}

/** Terms of a minibatch: means over its datapoints, nats. */
export interface StepTerms {
  /** mean of ln p(x|z) over the draws of z */
  readonly reconstruction: number;
  /** KL(q(z|x) || p(z)) */
  readonly kl: number;
  /** what the step went up */
  readonly objective: number;
  /** those of the objective's `trainingColumns` */
  readonly more: Readonly<Record<string, number>>;
}

/** Terms over many datapoints: sums, in nats. */
export interface EvaluationSums {
  /** mean of ln p(x|z) over the draws of z */
  readonly reconstruction: number;
  /** by latent dimension, of both layers where there are two */
  readonly kl: readonly number[];
  /** those of the objective's `evaluationColumns` */
  readonly more: Readonly<Record<string, number>>;
}

/** Everything that the next step depends on. */
export interface EngineState {
  /** updates done */
  readonly step: number;
  /** parameters and the optimiser's arrays */
  readonly arrays: readonly ParameterValues[];
}

/** Trains one VAE: a step goes up the gradient of the objective. */
export interface Engine {
  /** the model, which the caller frees */
  readonly vae: Vae;
  /** updates done: the step that the parameters are those after */
  readonly stepsDone: number;
  /** number of steps whose terms are not read yet */
  readonly pending: number;
  /** One optimiser update. Its terms wait for {@linkcode Engine.readTerms}. */
  step(batch: Batch, settings: StepSettings): void;
  /** Reads the terms of all pending steps, in order. */
  readTerms(): Promise<StepTerms[]>;
  /** Sums of the terms over the datapoints of each batch. */
  evaluate(batches: Iterable<Batch>): Promise<EvaluationSums>;
  /** Copies everything that the next step depends on to the host. */
  save(): Promise<EngineState>;
  /**
   * Goes on from a state: the steps that follow are, to the bit, those that
   * followed when it was saved.
   *
   * @throws {RangeError} it is the state of another model or optimiser
   */
  restore(state: EngineState): void;
}
