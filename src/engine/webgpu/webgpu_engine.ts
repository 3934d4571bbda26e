/**
 * The webgpu engine: whole training steps in kernels of the project's own, on
 * the device of the tfjs backend. tfjs ops read the model's parameters where the
 * kernels write them. Runs on one adapter and driver have the same bytes.
 */

import { setTimeout } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { fillsOf, OPTIMIZER_ARRAYS } from "../../model/optimizers.ts";
import { type ParameterValues, requireShapes } from "../../model/parameters.ts";
import type { Vae } from "../../model/vae.ts";
import { objectiveOf, trainingColumns } from "../../objective/spec.ts";
import type { StreamAddress } from "../../random/stream.ts";
import type {
  Batch,
  DrawBatch,
  Engine,
  EngineState,
  EvaluationSums,
  RowTerms,
  StepSettings,
  StepTerms,
} from "../engine.ts";
import { evaluateBatches, named } from "../evaluate_batches.ts";
import { rowTermsOf } from "../row_terms.ts";
import { readBuffer } from "../webgpu_device.ts";
import type { Member, RunGroup, Slot } from "./group.ts";
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
  /** steps that were asked for, and those of them that were submitted */
  #stepsDone = 0;
  #stepsGiven = 0;
  /** steps whose terms were read */
  #stepsRead = 0;
  /** actions for when a step was submitted, in the order of the steps */
  readonly #waiting: { readonly step: number; readonly act: () => void }[] = [];
  #isDisposed = false;

  private constructor(
    vae: Vae,
    initial: readonly ParameterValues[],
    slot: Slot,
  ) {
    const { group } = slot;
    this.vae = vae;
    this.#group = group;
    this.#member = slot.join(vae.spec, () => this.#onStep());
    this.#log = new LogReader(
      group.device.device,
      group.buffers.terms,
      4 * (this.#member.offsets.terms +
        this.#member.compiled.matrices.log),
    );
    const fills = fillsOf(group.training.optimizer);
    for (const [i, parameter] of this.#parameters.entries()) {
      this.#write(
        group.buffers.values,
        this.#valuesAt(parameter),
        initial[i]!.values,
      );
      if (!parameter.isTrained) continue;
      for (const [j, value] of fills.entries()) {
        const filled = new Float32Array(parameter.count).fill(value);
        this.#write(group.buffers.state, this.#stateAt(parameter, j), filled);
      }
    }
    this.#share();
  }

  /** Adds a model to a group, with a fresh optimiser. */
  static async create(vae: Vae, slot: Slot): Promise<WebGpuEngine> {
    return new WebGpuEngine(vae, await vae.values(), slot);
  }

  get pending(): number {
    return this.#stepsDone - this.#stepsRead;
  }

  get stepsDone(): number {
    return this.#stepsDone;
  }

  /**
   * One optimiser update, as soon as all runs of the group have asked for one.
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
      settings: this.#settingsOf(batch, settings),
      source: batch.source ?? null,
      batch,
    });
    this.#group.advance();
  }

  async readTerms(): Promise<StepTerms[]> {
    this.#stepsRead = this.#stepsDone;
    const rows = await this.#settled(this.#whenGiven(() => this.#log.read()));
    const columns = trainingColumns(this.#group.training.objective);
    return rows.map(([reconstruction, kl, objective, bound]) => ({
      reconstruction,
      kl,
      objective,
      more: named(columns, [bound]),
    }));
  }

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

  async rowTerms(
    batch: DrawBatch,
    kept?: readonly boolean[],
  ): Promise<RowTerms> {
    await this.#whenGiven(() => {});
    return await this.#settled(rowTermsOf(this.vae, batch, kept));
  }

  async save(): Promise<EngineState> {
    await this.#whenGiven(() => {});
    const step = this.#stepsDone;
    const arrays = await this.#settled(Promise.all(
      this.#arrays().map(async ({ name, shape, buffer, at, count }) => ({
        name,
        shape,
        values: await this.#read(buffer, at, count),
      })),
    ));
    return { step, arrays };
  }

  restore({ step, arrays }: EngineState): void {
    const own = this.#arrays();
    const saved = requireShapes(own, arrays);
    this.#group.device.flush();
    for (const { name, buffer, at } of own) {
      this.#write(buffer, at, saved.get(name)!);
    }
    this.#stepsDone = step;
    this.#stepsGiven = step;
    this.#stepsRead = step;
  }

  /**
   * Leaves the group. The model gets its own copy of the parameters, unless it
   * is freed already.
   */
  [Symbol.dispose](): void {
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

  get #parameters(): readonly PlacedParameter[] {
    return this.#member.compiled.parameters.all;
  }

  #valuesAt({ at }: PlacedParameter): number {
    return this.#member.offsets.values + at;
  }

  #stateAt({ at }: PlacedParameter, i: number): number {
    const { offsets, compiled } = this.#member;
    return offsets.state + i * compiled.parameters.trained + at;
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
    const trained = this.#parameters.filter(({ isTrained }) => isTrained);
    return [
      ...this.#parameters.map((parameter) => ({
        ...parameter,
        ...{ buffer: buffers.values, at: this.#valuesAt(parameter) },
      })),
      ...fillsOf(training.optimizer).flatMap((_, i) =>
        trained.map((parameter) => ({
          ...parameter,
          name: `${OPTIMIZER_ARRAYS}${i + 1}/${parameter.name}`,
          ...{ buffer: buffers.state, at: this.#stateAt(parameter, i) },
        }))
      ),
    ];
  }

  /** The words that the kernels read of a step. */
  #settingsOf(
    { source }: Batch,
    { learningRate, beta, freeBits, capacity }: StepSettings,
  ): Uint32Array {
    const { optimizer } = this.#group.training;
    const words = new Uint32Array(this.#group.buffers.stepWords);
    const floats = new Float32Array(words.buffer);
    words[layout.LOG_ROW] = (this.#stepsDone - 1) % layout.LOG_ROWS;
    if (source !== undefined) {
      const { values, rows, pixels, noise, dream } = source;
      words[layout.MAKES_BATCH] = 1;
      words[layout.IS_BYTES] = values instanceof Uint8Array ? 1 : 0;
      words[layout.DRAWS_PIXELS] = pixels === null ? 0 : 1;
      if (pixels !== null) words.set(wordsOf(pixels), layout.PIXEL_STREAM);
      words.set(wordsOf(noise), layout.NOISE_STREAM);
      if (dream !== undefined) {
        words.set(wordsOf(dream.prior), layout.PRIOR_STREAM);
        words.set(wordsOf(dream.pixels), layout.DREAM_STREAM);
      }
      words.set(rows, layout.ROWS);
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
    return words;
  }

  #onStep(): void {
    this.#log.add(this.#stepsGiven % layout.LOG_ROWS);
    this.#stepsGiven += 1;
    while (this.#waiting[0]?.step === this.#stepsGiven) {
      this.#waiting.shift()!.act();
    }
  }

  /**
   * Acts as soon as all steps that were asked for were submitted: other runs of
   * the group may be behind.
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

  /** The result, or the device's error where it has failed. */
  async #settled<T>(result: Promise<T>): Promise<T> {
    const { device } = this.#group;
    try {
      const given = await result;
      device.check();
      return given;
    } catch (error) {
      // The device reports its error a little later.
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
