/**
 * The reference engine: one training step in tfjs ops, on any tfjs backend.
 * Faster engines are tested against it.
 */

import { tf } from "../lazy_tfjs.ts";
import { clipGradients } from "../model/clip_gradients.ts";
import { Optimizer } from "../model/optimizers.ts";
import { requireShapes } from "../model/parameters.ts";
import { readArrays, type Vae } from "../model/vae.ts";
import type { KlWeighting } from "../objective/kl_weighting.ts";
import type { Objective, TrainingTerms } from "../objective/objective.ts";
import {
  objectiveOf,
  type ObjectiveSpec,
  takesTwoLayers,
  trainingColumns,
} from "../objective/spec.ts";
import {
  type Batch,
  type DrawBatch,
  type Engine,
  type EngineState,
  type EvaluationSums,
  named,
  type RowTerms,
  type StepSettings,
  type StepTerms,
  type TrainingSpec,
} from "./engine.ts";
import { evaluateBatches, modelAt, upload } from "./evaluate_batches.ts";
import { rowTermsOf } from "./row_terms.ts";
import { submitRecorded } from "./webgpu_device.ts";

/** The terms of a step, and the gradients of its loss by parameter. */
export interface Gradients extends Record<string, tf.TensorContainer> {
  /** [reconstruction, kl, objective, ...more] */
  readonly terms: tf.Tensor1D;
  /** of the trained parameters, by name */
  readonly gradients: Record<string, tf.Tensor>;
}

/** The first terms of every step; the objective's further columns follow. */
const COMMON_TERMS = 3;

/** Trains one VAE: a step follows the gradient of the objective. */
export class ReferenceEngine implements Engine {
  readonly vae: Vae;
  /** with the state of its updates */
  readonly optimizer: Optimizer;
  readonly #clipGradient: number | undefined;
  readonly #spec: ObjectiveSpec;
  readonly #objective: Objective;
  readonly #check: () => void;
  /** [reconstruction, kl, objective, ...more] of the steps not read yet */
  #pending: tf.Tensor1D[] = [];

  /**
   * Makes an engine with a fresh optimiser.
   *
   * @param options the objective and the optimiser: a run's config will do
   * @param check throws when the device has failed: see `Backend`
   * @throws {RangeError} the objective is of one layer of latent variables, and
   *   the model has two
   */
  constructor(
    vae: Vae,
    options: TrainingSpec,
    check: () => void = () => {},
  ) {
    if (vae.spec.upper && !takesTwoLayers(options.objective)) {
      const { name } = options.objective;
      throw new RangeError(`${name} is of one layer of latent variables`);
    }
    this.vae = vae;
    this.optimizer = new Optimizer(
      options.optimizer,
      vae.trained(),
      options.weightDecay,
    );
    this.#clipGradient = options.clipGradient;
    this.#spec = options.objective;
    this.#objective = objectiveOf(options.objective);
    this.#check = check;
  }

  get pending(): number {
    return this.#pending.length;
  }

  /**
   * The terms, and the gradients of loss = -objective by parameter, without
   * weight decay and before they are clipped. The engine's state stays as it is.
   */
  gradients(batch: Batch, weighting: KlWeighting): Gradients {
    return tf.tidy(() => {
      // A batch sets an `optimal` decoder variance, and HMC its step size.
      const variables = [...this.#variables().values()];
      const before = variables.map((variable) => variable.clone());
      try {
        return this.#gradients(this.#prepare(batch, weighting));
      } finally {
        variables.forEach((variable, i) => variable.assign(before[i]!));
      }
    });
  }

  #prepare(batch: Batch, weighting: KlWeighting): () => TrainingTerms {
    return this.#objective.prepare(
      modelAt(this.vae, batch),
      upload(this.vae.spec, batch),
      weighting,
    );
  }

  #gradients(termsHere: () => TrainingTerms): Gradients {
    return tf.tidy(() => {
      const trained = this.vae.trained();
      let terms: tf.Tensor1D | undefined;
      const { grads } = tf.variableGrads(
        () => {
          const { reconstruction, kl, objective, more } = termsHere();
          terms = tf.keep(
            tf.stack([reconstruction, kl, objective, ...more]) as tf.Tensor1D,
          );
          return tf.neg(objective);
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
   * One training step: an optimiser update, or as many as the objective makes
   * of a minibatch. The terms before the first wait on the device for
   * {@linkcode ReferenceEngine.readTerms}.
   */
  step(batch: Batch, { learningRate, ...weighting }: StepSettings): void {
    this.#check();
    const terms = tf.tidy(() => {
      const termsHere = this.#prepare(batch, weighting);
      const update = () =>
        tf.tidy(() => {
          const { terms, gradients } = this.#gradients(termsHere);
          const most = this.#clipGradient;
          this.optimizer.update(
            this.vae.trained(),
            most === undefined ? gradients : clipGradients(gradients, most),
            learningRate,
          );
          return terms;
        });
      const first = update();
      for (let i = 1; i < this.#objective.updates; i++) update().dispose();
      return first;
    });
    submitRecorded();
    this.#pending.push(terms);
  }

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
    const columns = trainingColumns(this.#spec);
    const width = COMMON_TERMS + columns.length;
    return Array.from({ length: values.length / width }, (_, i) => {
      const [reconstruction, kl, objective, ...more] = values.subarray(
        i * width,
        (i + 1) * width,
      ) as unknown as [number, number, number, ...number[]];
      return { reconstruction, kl, objective, more: named(columns, more) };
    });
  }

  async evaluate(batches: Iterable<Batch>): Promise<EvaluationSums> {
    const sums = await evaluateBatches(
      this.vae,
      this.#objective,
      this.#spec,
      batches,
    );
    this.#check();
    return sums;
  }

  async rowTerms(
    batch: DrawBatch,
    kept?: readonly boolean[],
  ): Promise<RowTerms> {
    const terms = await rowTermsOf(this.vae, batch, kept);
    this.#check();
    return terms;
  }

  get stepsDone(): number {
    return this.optimizer.step / this.#objective.updates;
  }

  async save(): Promise<EngineState> {
    const arrays = await readArrays(this.#variables());
    this.#check();
    return { step: this.stepsDone, arrays };
  }

  restore({ step, arrays }: EngineState): void {
    const variables = this.#variables();
    const shapes = [...variables].map(([name, { shape }]) => ({ name, shape }));
    const saved = requireShapes(shapes, arrays);
    for (const [name, variable] of variables) {
      const { shape } = variable;
      const values = saved.get(name)!;
      tf.tidy(() => variable.assign(tf.tensor(values, shape, "float32")));
    }
    this.optimizer.step = step * this.#objective.updates;
  }

  /** All that training changes, by name. */
  #variables(): Map<string, tf.Variable> {
    return new Map([
      ...this.vae.parameters,
      ...this.optimizer.variables(),
      ...this.#objective.variables,
    ]);
  }

  /** Frees all but the model. */
  [Symbol.dispose](): void {
    tf.dispose(this.#pending);
    this.#pending = [];
    this.optimizer.dispose();
    for (const variable of this.#objective.variables.values()) {
      variable.dispose();
    }
  }
}
