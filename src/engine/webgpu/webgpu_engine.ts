/**
 * The webgpu engine: whole training steps in kernels of the project's own, on
 * the device of the tfjs backend. tfjs ops read the model's parameters where the
 * kernels write them. Runs on one adapter and driver have the same bytes.
 */

import { setTimeout } from "node:timers/promises";
import { tf } from "../../lazy_tfjs.ts";
import { fillsOf, OPTIMIZER_ARRAYS } from "../../model/optimizers.ts";
import { type ParameterValues, requireShapes } from "../../model/parameters.ts";
import type { Vae } from "../../model/vae.ts";
import { evaluationColumns, trainingColumns } from "../../objective/spec.ts";
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
} from "../engine.ts";
import { Pace } from "../pace.ts";
import { readBuffer } from "./read_buffers.ts";
import { Evaluations } from "./evaluations.ts";
import type { Member, RunGroup, Slot } from "./group.ts";
import { LOG_COLUMNS } from "./layout.ts";
import { LogReader } from "./log_reader.ts";
import type { PlacedParameter } from "./memory_layout.ts";
import { logRowOf } from "./step_settings.ts";

/** Trains one VAE on the GPU, alone or beside the other runs of a group. */
export class WebGpuEngine implements Engine {
  /** the model, which the caller frees; its parameters are the engine's own */
  readonly vae: Vae;
  readonly #group: RunGroup;
  readonly #member: Member;
  readonly #log: LogReader;
  #ownEvaluations: Evaluations | null = null;
  /** steps that were asked for, those of them that the group has taken, and
   * those of these that were submitted */
  #stepsDone = 0;
  #stepsTaken = 0;
  #stepsGiven = 0;
  /** steps whose terms were read */
  #stepsRead = 0;
  /** actions for when a step can be submitted, in the order of the steps */
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
    const pace = new Pace();
    this.#member = slot.join(vae.spec, {
      pace,
      onTaken: () => this.#onTaken(),
      onGiven: () => this.#onGiven(),
    });
    this.#log = new LogReader(
      group.device.device,
      group.buffers.terms,
      4 * (this.#member.offsets.terms +
        this.#member.compiled.matrices.log),
      pace,
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
   * One optimiser update, when all runs of the group have asked for one. It may
   * be held back until the steps of a submit have come together; whatever
   * looks at the run, tfjs ops on its parameters too, submits it first.
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
    this.#member.recorded.push({ step: this.#stepsDone, batch, settings });
    this.#group.advance();
  }

  async readTerms(): Promise<StepTerms[]> {
    this.#stepsRead = this.#stepsDone;
    const blocks = await this.#settled(this.#whenGiven(() => this.#log.read()));
    const columns = trainingColumns(this.#group.training.objective);
    const none = {};
    const terms: StepTerms[] = [];
    for (const rows of blocks) {
      for (let at = 0; at < rows.length; at += LOG_COLUMNS) {
        terms.push({
          reconstruction: rows[at]!,
          kl: rows[at + 1]!,
          objective: rows[at + 2]!,
          more: columns.length === 0 ? none : named(columns, [rows[at + 3]!]),
        });
      }
    }
    return terms;
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

  async evaluate(batches: Iterable<Batch>): Promise<EvaluationSums> {
    await this.#whenGiven(() => {});
    const evaluations = this.#evaluations;
    const all = Array.from(batches, (batch) => evaluations.sums(batch));
    // Batches are added in float64, so that their number does not matter.
    const sums = new Float64Array(2 + this.vae.spec.latentDim);
    for (const own of await this.#settled(Promise.all(all))) {
      own.forEach((value, i) => sums[i]! += value);
    }
    const [reconstruction, bound, ...kl] = sums as Iterable<number> as [
      number,
      number,
      ...number[],
    ];
    const columns = evaluationColumns(this.#group.training.objective);
    return { reconstruction, kl, more: named(columns, [bound]) };
  }

  async rowTerms(
    batch: DrawBatch,
    kept?: readonly boolean[],
  ): Promise<RowTerms> {
    await this.#whenGiven(() => {});
    return await this.#settled(this.#evaluations.rowTerms(batch, kept));
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
    this.#group.flush();
    this.#group.device.flush();
    for (const { name, buffer, at } of own) {
      this.#write(buffer, at, saved.get(name)!);
    }
    this.#stepsDone = step;
    this.#stepsTaken = step;
    this.#stepsGiven = step;
    this.#stepsRead = step;
  }

  /**
   * Leaves the group. The model gets its own copy of the parameters, unless it
   * is freed already or the device has failed: then nothing can be copied, and
   * an error here would hide the cause.
   */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#group.device.works()) {
      tf.tidy(() => {
        for (const variable of this.vae.parameters.values()) {
          // 1 times a number is the number, to the bit.
          if (!variable.isDisposed) variable.assign(tf.mul(variable, 1));
        }
      });
    }
    this.#group.device.flush();
    this.#log.dispose();
    this.#ownEvaluations?.[Symbol.dispose]();
    this.#group.leave(this.#member);
  }

  /** of this run's parameters, made when they are first needed */
  get #evaluations(): Evaluations {
    const { device, training, buffers } = this.#group;
    const values = {
      buffer: buffers.values,
      at: this.#member.offsets.values,
    };
    return this.#ownEvaluations ??= new Evaluations(
      device,
      this.vae.spec,
      training,
      values,
    );
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

  /** The group holds a step, and submits it with those to come. */
  #onTaken(): void {
    this.#stepsTaken += 1;
    if (this.#waiting[0]?.step !== this.#stepsTaken) return;
    this.#group.flush();
    while (this.#waiting[0]?.step === this.#stepsTaken) {
      this.#waiting.shift()!.act();
    }
  }

  /** A step was submitted. */
  #onGiven(): void {
    this.#stepsGiven += 1;
    this.#log.add(logRowOf(this.#stepsGiven));
  }

  /**
   * Acts when all steps that were asked for are submitted, which they are as
   * soon as the other runs of the group have recorded theirs.
   */
  #whenGiven<T>(act: () => T | Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    if (this.#stepsTaken === this.#stepsDone) {
      this.#group.flush();
      resolve(act());
    } else {
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
    const part = { buffer, offset: 4 * at, size: 4 * count };
    return new Float32Array(await readBuffer(device, part));
  }
}
