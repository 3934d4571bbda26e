/**
 * The reference engine: one training step in tfjs ops, on any tfjs backend.
 * It is the readable oracle that faster engines are held against.
 */

import * as tf from "@tensorflow/tfjs";
import { elboTerms, type KlEstimator, meanElbo } from "../model/elbo.ts";
import { Optimizer, type OptimizerSpec } from "../model/optimizers.ts";
import type { ParameterValues } from "../model/parameters.ts";
import { readArrays, type Vae } from "../model/vae.ts";

/** The terms of a minibatch's ELBO: means over its datapoints, nats. */
export interface StepTerms {
  /** (1/L) sum_l ln p(x|z_l) */
  readonly reconstruction: number;
  /** KL(q(z|x) || p(z)) */
  readonly kl: number;
}

/** One minibatch: everything that a step takes from outside. */
export interface Batch {
  /** x, [B, D] */
  readonly x: Float32Array;
  /** standard normal noise, [L, B, d] */
  readonly noise: Float32Array;
  /** number of datapoints B */
  readonly size: number;
  /** Monte Carlo draws of z per datapoint, L */
  readonly samples: number;
}

/** The terms of the ELBO over many datapoints: sums, in nats. */
export interface EvaluationSums {
  /** (1/L) sum_l ln p(x|z_l) */
  readonly reconstruction: number;
  /** by latent dimension */
  readonly kl: readonly number[];
}

/** Everything that the next step depends on. */
export interface EngineState {
  /** updates done */
  readonly step: number;
  /** parameters and the optimiser's arrays */
  readonly arrays: readonly ParameterValues[];
}

/** Trains one VAE: a step goes up the gradient of the minibatch's ELBO. */
export class ReferenceEngine {
  /** the model, which the caller frees */
  readonly vae: Vae;
  /** with the state of its updates */
  readonly optimizer: Optimizer;
  readonly #kl: KlEstimator;
  readonly #check: () => void;
  /** [reconstruction, kl] of the steps since the last read */
  #pending: tf.Tensor1D[] = [];

  /**
   * Makes an engine with a fresh optimiser.
   *
   * @param options how the KL is estimated, and the optimiser: a run's config
   *   will do
   * @param check throws when the device has failed: see `Backend`
   */
  constructor(
    vae: Vae,
    options: {
      readonly optimizer: OptimizerSpec;
      readonly kl: KlEstimator;
    },
    check: () => void = () => {},
  ) {
    this.vae = vae;
    this.optimizer = new Optimizer(options.optimizer, vae.trained());
    this.#kl = options.kl;
    this.#check = check;
  }

  /** Number of steps whose terms are not read yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /** The terms and their gradients by parameter, of loss = -ELBO. */
  gradients(
    batch: Batch,
  ): { terms: tf.Tensor1D; gradients: Record<string, tf.Tensor> } {
    return tf.tidy(() => {
      const { x, noise } = this.#upload(batch);
      const trained = this.vae.trained();
      let terms: tf.Tensor1D | undefined;
      const { grads } = tf.variableGrads(
        () => {
          const { reconstruction, kl, elbo } = meanElbo(
            elboTerms(this.vae, x, noise, { kl: this.#kl, training: true }),
          );
          terms = tf.keep(tf.stack([reconstruction, kl]) as tf.Tensor1D);
          return tf.neg(elbo);
        },
        trained.map(([, variable]) => variable),
      );
      const gradients = Object.fromEntries(
        trained.map(([name, variable]) => [name, grads[variable.name]!]),
      );
      return { terms: terms!, gradients };
    });
  }

  /**
   * One optimiser update. Its terms wait on the device for
   * {@linkcode ReferenceEngine.readTerms}.
   */
  step(batch: Batch, learningRate: number): void {
    this.#check();
    const terms = tf.tidy(() => {
      const { terms, gradients } = this.gradients(batch);
      this.optimizer.update(this.vae.trained(), gradients, learningRate);
      return terms;
    });
    this.#pending.push(terms);
  }

  /** Reads back the terms of all pending steps, in order, in one transfer. */
  async readTerms(): Promise<StepTerms[]> {
    const pending = this.#pending;
    if (pending.length === 0) return [];
    this.#pending = [];
    const block = pending.length === 1
      ? pending[0]!.clone()
      : tf.concat1d(pending);
    tf.dispose(pending);
    const values = await block.data();
    block.dispose();
    this.#check();
    return Array.from({ length: values.length / 2 }, (_, i) => ({
      reconstruction: values[2 * i]!,
      kl: values[2 * i + 1]!,
    }));
  }

  /** Sums of the terms of the ELBO over the datapoints of each batch. */
  async evaluate(batches: Iterable<Batch>): Promise<EvaluationSums> {
    const latentDim = this.vae.spec.latentDim;
    const rows: tf.Tensor1D[] = [];
    for (const batch of batches) {
      rows.push(tf.tidy(() => {
        const { x, noise } = this.#upload(batch);
        const terms = elboTerms(this.vae, x, noise, { kl: this.#kl });
        return tf.concat1d([
          tf.reshape(tf.sum(terms.reconstruction), [1]),
          tf.sum(terms.klPerDimension, 0) as tf.Tensor1D,
        ]);
      }));
    }
    const table = tf.stack(rows);
    tf.dispose(rows);
    const values = await table.data();
    table.dispose();
    this.#check();
    // Batches are added in float64, so that their number does not matter.
    const sums = new Array<number>(1 + latentDim).fill(0);
    values.forEach((value, i) => sums[i % sums.length]! += value);
    return { reconstruction: sums[0]!, kl: sums.slice(1) };
  }

  /** Updates done: the step that the parameters are those after. */
  get stepsDone(): number {
    return this.optimizer.step;
  }

  /** Copies everything that the next step depends on to the host. */
  async save(): Promise<EngineState> {
    const arrays = await readArrays(this.#variables());
    this.#check();
    return { step: this.stepsDone, arrays };
  }

  /**
   * Goes on from a state: the steps that follow are, to the bit, those that
   * followed when it was saved.
   *
   * @throws {RangeError} it is the state of another model or optimiser
   */
  restore({ step, arrays }: EngineState): void {
    const variables = this.#variables();
    const saved = new Map(arrays.map((array) => [array.name, array]));
    for (const name of new Set([...variables.keys(), ...saved.keys()])) {
      const shapes = [variables.get(name), saved.get(name)].map((array) =>
        array === undefined ? "nothing" : `[${array.shape}]`
      );
      if (shapes[0] !== shapes[1]) {
        throw new RangeError(`${name} is ${shapes[1]} instead of ${shapes[0]}`);
      }
    }
    for (const [name, variable] of variables) {
      const { shape, values } = saved.get(name)!;
      tf.tidy(() => variable.assign(tf.tensor(values, [...shape], "float32")));
    }
    this.optimizer.step = step;
  }

  /** All that training changes, by name. */
  #variables(): Map<string, tf.Variable> {
    return new Map([...this.vae.parameters, ...this.optimizer.variables()]);
  }

  /** Frees the optimiser's state and the unread terms, not the model. */
  dispose(): void {
    tf.dispose(this.#pending);
    this.#pending = [];
    this.optimizer.dispose();
  }

  /** See {@linkcode ReferenceEngine.dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #upload({ x, noise, size, samples }: Batch) {
    const { dataDim, latentDim } = this.vae.spec;
    return {
      x: tf.tensor(x, [size, dataDim], "float32"),
      noise: tf.tensor(noise, [samples, size, latentDim], "float32"),
    };
  }
}
