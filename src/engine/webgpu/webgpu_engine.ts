/**
 * The webgpu engine: whole training steps in kernels of the project's own, on
 * the device of the tfjs backend. The model's parameters are the engine's: tfjs
 * ops read them where the kernels write them. One adapter and driver give the
 * same bytes run after run.
 */

import { setTimeout } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { OPTIMIZER_ARRAYS as STATE_NAMES } from "../../model/optimizers.ts";
import { type ParameterValues, requireShapes } from "../../model/parameters.ts";
import type { Vae } from "../../model/vae.ts";
import { objectiveOf } from "../../objective/objectives.ts";
import { trainingColumns } from "../../objective/spec.ts";
import type { StreamAddress } from "../../random/stream.ts";
import type {
  Batch,
  Engine,
  EngineState,
  EvaluationSums,
  StepSettings,
  StepTerms,
} from "../engine.ts";
import { evaluateBatches } from "../evaluate_batches.ts";
import { readBuffer } from "../webgpu_device.ts";
import { OPTIMIZER_ARRAYS } from "./compile.ts";
import type { Member, Place, RunGroup } from "./group.ts";
import * as layout from "./layout.ts";
import { LogReader } from "./log_reader.ts";
import type { PlacedParameter } from "./memory_layout.ts";

/** Trains one VAE on the GPU, alone or beside the other runs of a group. */
export class WebGpuEngine implements Engine {
  /** the model, which the caller frees; its parameters are the engine's own */
  readonly vae: Vae;
  readonly #group: RunGroup;
  readonly #member: Member;
  readonly #log: LogReader;
  /** steps that were asked for, and of those the ones the device was given */
  #stepsDone = 0;
  #stepsGiven = 0;
  /** steps whose terms were read */
  #stepsRead = 0;
  /** what is done as soon as the device was given a step, in their order */
  readonly #waiting: { readonly step: number; readonly act: () => void }[] = [];
  #isDisposed = false;

  private constructor(
    vae: Vae,
    initial: readonly ParameterValues[],
    place: Place,
  ) {
    const { group } = place;
    this.vae = vae;
    this.#group = group;
    this.#member = place.join(vae.spec, () => this.#onStep());
    this.#log = new LogReader(
      group.device.device,
      group.buffers.terms,
      4 * (this.#member.origin.terms +
        this.#member.compiled.matrices.terms.log),
    );
    const { optimizer } = group.training;
    for (const [i, parameter] of this.#parameters.entries()) {
      this.#write(
        group.buffers.values,
        this.#valuesAt(parameter),
        initial[i]!.values,
      );
      if (optimizer.name === "adagrad" && parameter.isTrained) {
        const filled = new Float32Array(parameter.count)
          .fill(optimizer.initialAccumulator);
        this.#write(group.buffers.state, this.#stateAt(parameter, 0), filled);
      }
    }
    this.#share();
  }

  /** Takes a model into a group, with a fresh optimiser. */
  static async create(vae: Vae, place: Place): Promise<WebGpuEngine> {
    return new WebGpuEngine(vae, await vae.values(), place);
  }

  /** Number of steps whose terms are not read yet. */
  get pending(): number {
    return this.#stepsDone - this.#stepsRead;
  }

  /** Updates asked for: the step that the parameters are those after. */
  get stepsDone(): number {
    return this.#stepsDone;
  }

  /**
   * One optimiser update, as soon as the runs of the group have all asked for
   * one.
   *
   * @throws {RangeError} the batch is not of the shape that training has, or
   *   made of other data than those of the group's other runs
   * @throws {UserError} the device cannot hold the data
   * @throws {Error} the device has failed
   */
  step(batch: Batch, settings: StepSettings): void {
    const { device, training, buffers } = this.#group;
    device.check();
    if (batch.size !== training.size || batch.samples !== training.draws) {
      throw new RangeError(
        `a batch of ${batch.size} x ${batch.samples} draws instead of ` +
          `${training.size} x ${training.draws}`,
      );
    }
    if (batch.source !== undefined) buffers.checkData(batch.source.values);
    this.#stepsDone += 1;
    this.#member.recorded.push({
      told: this.#toldOf(batch, settings),
      source: batch.source ?? null,
      batch,
    });
    this.#group.advance();
  }

  /** Reads the terms of all pending steps, in order. */
  async readTerms(): Promise<StepTerms[]> {
    this.#stepsRead = this.#stepsDone;
    const rows = await this.#settled(this.#whenGiven(() => this.#log.read()));
    const columns = trainingColumns(this.#group.training.objective);
    return rows.map(([reconstruction, kl, objective, bound]) => ({
      reconstruction,
      kl,
      objective,
      more: Object.fromEntries(columns.map((name) => [name, bound])),
    }));
  }

  /** The gradients of loss = -objective in the last step, by parameter. */
  async gradients(): Promise<ParameterValues[]> {
    await this.#whenGiven(() => {});
    const { gradients } = this.#group.buffers;
    return await Promise.all(
      this.#parameters.filter(({ isTrained }) => isTrained).map(
        async (parameter) => ({
          name: parameter.name,
          shape: parameter.shape,
          values: await this.#read(
            gradients,
            this.#valuesAt(parameter),
            parameter.count,
          ),
        }),
      ),
    );
  }

  /** Sums of the terms over the datapoints of each batch, by tfjs ops. */
  async evaluate(batches: Iterable<Batch>): Promise<EvaluationSums> {
    await this.#whenGiven(() => {});
    const { objective } = this.#group.training;
    return await this.#settled(
      evaluateBatches(this.vae, objectiveOf(objective), objective, batches),
    );
  }

  /** Copies everything that the next step depends on to the host. */
  async save(): Promise<EngineState> {
    await this.#whenGiven(() => {});
    const step = this.#stepsDone;
    const arrays = await this.#settled(Promise.all(
      [...this.#arrays()].map(async ([name, { shape, buffer, at, count }]) => ({
        name,
        shape,
        values: await this.#read(buffer, at, count),
      })),
    ));
    return { step, arrays };
  }

  /**
   * Goes on from a state: the steps that follow are, to the bit, those that
   * followed when it was saved.
   *
   * @throws {RangeError} it is the state of another model or optimiser
   */
  restore({ step, arrays }: EngineState): void {
    const own = this.#arrays();
    const shapes = [...own].map(([name, { shape }]) => ({ name, shape }));
    requireShapes(shapes, arrays);
    const saved = new Map(arrays.map((array) => [array.name, array]));
    this.#group.device.flush();
    for (const [name, { buffer, at }] of own) {
      this.#write(buffer, at, saved.get(name)!.values);
    }
    this.#stepsDone = step;
    this.#stepsGiven = step;
    this.#stepsRead = step;
  }

  /**
   * Leaves the group. The model gets parameters of its own, unless it is freed
   * already.
   */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    tf.tidy(() => {
      for (const variable of this.vae.parameters.values()) {
        // 1 times a number is the number, to the bit.
        if (!variable.isDisposed) variable.assign(tf.mul(variable, 1));
      }
    });
    this.#group.device.flush();
    this.#log.dispose();
    this.#group.leave(this.#member);
  }

  /** See {@linkcode WebGpuEngine.dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  get #parameters(): readonly PlacedParameter[] {
    return this.#member.compiled.parameters.all;
  }

  #valuesAt({ at }: PlacedParameter): number {
    return this.#member.origin.values + at;
  }

  #stateAt({ at }: PlacedParameter, i: number): number {
    const { origin, compiled } = this.#member;
    return origin.state + i * compiled.parameters.trained + at;
  }

  /** Lets the model's variables be the engine's arrays. */
  #share(): void {
    const { device, buffers } = this.#group;
    for (const parameter of this.#parameters) {
      const offset = 4 * this.#valuesAt(parameter);
      const shape = [...parameter.shape];
      tf.tidy(() =>
        this.vae.parameters.get(parameter.name)!.assign(
          device.share(buffers.values, offset, shape),
        )
      );
    }
  }

  /** All that training changes, by the names of a checkpoint. */
  #arrays() {
    const { buffers, training } = this.#group;
    const states = OPTIMIZER_ARRAYS[training.optimizer.name];
    return new Map([
      ...this.#parameters.map((parameter) =>
        [parameter.name, {
          ...parameter,
          buffer: buffers.values,
          at: this.#valuesAt(parameter),
        }] as const
      ),
      ...Array.from({ length: states }, (_, i) => i).flatMap((i) =>
        this.#parameters.filter(({ isTrained }) => isTrained).map(
          (parameter) =>
            [`${STATE_NAMES}${i + 1}/${parameter.name}`, {
              ...parameter,
              buffer: buffers.state,
              at: this.#stateAt(parameter, i),
            }] as const,
        )
      ),
    ]);
  }

  /** What the kernels are told of a step. */
  #toldOf(
    { source }: Batch,
    { learningRate, beta, freeBits, capacity }: StepSettings,
  ): Uint32Array {
    const { optimizer } = this.#group.training;
    const told = new Uint32Array(this.#group.buffers.stepWords);
    const floats = new Float32Array(told.buffer);
    told[layout.LOG_ROW] = (this.#stepsDone - 1) % layout.LOG_ROWS;
    if (source !== undefined) {
      const { values, rows, pixels, noise, dream } = source;
      told[layout.MAKES_BATCH] = 1;
      told[layout.IS_BYTES] = values instanceof Uint8Array ? 1 : 0;
      told[layout.DRAWS_PIXELS] = pixels === null ? 0 : 1;
      if (pixels !== null) told.set(wordsOf(pixels), layout.PIXEL_STREAM);
      told.set(wordsOf(noise), layout.NOISE_STREAM);
      if (dream !== undefined) {
        told.set(wordsOf(dream.prior), layout.PRIOR_STREAM);
        told.set(wordsOf(dream.pixels), layout.DREAM_STREAM);
      }
      told.set(rows, layout.ROWS);
    }
    floats[layout.BETA] = beta;
    floats[layout.FREE_BITS] = freeBits ?? LOWEST;
    floats[layout.CAPACITY] = capacity ?? 0;
    floats[layout.HAS_CAPACITY] = capacity === null ? 0 : 1;
    floats[layout.LEARNING_RATE] = learningRate;
    if (optimizer.name === "adam") {
      const { beta1, beta2 } = optimizer;
      floats[layout.UNBIAS_FIRST] = 1 / (1 - beta1 ** this.#stepsDone);
      floats[layout.UNBIAS_SECOND] = 1 / (1 - beta2 ** this.#stepsDone);
    }
    return told;
  }

  #onStep(): void {
    this.#log.add(this.#stepsGiven % layout.LOG_ROWS);
    this.#stepsGiven += 1;
    while (this.#waiting[0]?.step === this.#stepsGiven) {
      this.#waiting.shift()!.act();
    }
  }

  /**
   * Does something as soon as the device was given all steps that were asked
   * for: runs of the group may be behind.
   */
  #whenGiven<T>(act: () => T | Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    if (this.#stepsGiven === this.#stepsDone) resolve(act());
    else {
      const step = this.#stepsDone;
      this.#waiting.push({ step, act: () => resolve(act()) });
    }
    return promise;
  }

  /** What the device gives, unless it has failed: then its error. */
  async #settled<T>(result: Promise<T>): Promise<T> {
    const { device } = this.#group;
    try {
      const given = await result;
      device.check();
      return given;
    } catch (error) {
      // What the device has to say of it comes a little later.
      await Promise.race([device.device.lost, setTimeout(100)]);
      device.check();
      throw error;
    }
  }

  #write(buffer: GPUBuffer, at: number, values: Float32Array): void {
    const { queue } = this.#group.device.device;
    queue.writeBuffer(buffer, 4 * at, Float32Array.from(values));
  }

  async #read(
    buffer: GPUBuffer,
    at: number,
    count: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { device } = this.#group.device;
    return new Float32Array(
      await readBuffer(device, buffer, 4 * at, 4 * count),
    );
  }
}

/** Below every KL. */
const LOWEST = -3.4e38;

function wordsOf({ key, counter }: StreamAddress): number[] {
  return [...key, ...counter];
}
