/**
 * The wasm engine: whole training steps in one WebAssembly module, on the
 * threads of the CPU. Its bits are the same on every machine and for every
 * number of threads, since it uses basic arithmetic only and computes each sum
 * in one order.
 */

// The engine's methods are asynchronous for WebGPU; this one has nothing to
// await, and throws through its promises all the same.
// deno-lint-ignore-file require-await

import { power } from "../../elementary.ts";
import { fillsOf, OPTIMIZER_ARRAYS } from "../../model/optimizers.ts";
import { type ParameterValues, requireShapes } from "../../model/parameters.ts";
import { outputsOf, sharedName } from "../../model/likelihood/families.ts";
import {
  isTrained,
  type ParameterShape,
  type VaeSpec,
} from "../../model/spec.ts";
import type { Vae } from "../../model/vae.ts";
import {
  evaluationColumns,
  FIRST_STEP_SIZE,
  HMC_STEP_SIZE,
  type ObjectiveSpec,
  trainingColumns,
} from "../../objective/spec.ts";
import type { DrawEngine } from "../draw_engine.ts";
import {
  type Batch,
  type DataRows,
  type DrawBatch,
  type Encoding,
  type Engine,
  type EngineState,
  type EvaluationSums,
  type LatentRows,
  named,
  type RowTerms,
  type StepSettings,
  type StepTerms,
  type TrainingSpec,
} from "../engine.ts";
import type { Placed } from "../lower.ts";
import { observationsOf } from "../observations.ts";
import { requireSupport } from "../supported.ts";
import * as layout from "./layout.ts";
import { placeParameters, readMatrix, writeMatrix } from "./memory_layout.ts";
import type { PlacedParameters } from "./memory_layout.ts";
import { type Kernels, WasmModule } from "./module.ts";
import type { CompiledProgram } from "./compile.ts";
import { clipInMemory } from "./clip.ts";
import { evaluationSize, Programs } from "./programs.ts";
import { SUPPORTED } from "./supported.ts";

/** Trains one VAE on the CPU. */
export class WasmEngine implements Engine, DrawEngine {
  /** which the caller frees; `evaluate` and `save` bring it up to date */
  readonly vae: Vae;
  readonly #options: TrainingSpec;
  readonly #module: WasmModule;
  readonly #parameters: PlacedParameters;
  readonly #programs: Programs;
  #stepsDone = 0;
  #pending: StepTerms[] = [];

  private constructor(
    vae: Vae,
    initial: readonly ParameterValues[],
    options: TrainingSpec,
    module: WasmModule,
  ) {
    const { optimizer, weightDecay = 0 } = options;
    const fills = fillsOf(optimizer);
    this.vae = vae;
    this.#options = options;
    this.#parameters = placeParameters(vae.spec, fills.length);
    this.#module = module;
    this.#module.reserve(this.#parameters.end);
    this.#programs = new Programs(this.#module, {
      spec: vae.spec,
      optimizer,
      weightDecay,
      objective: options.objective,
      parameters: this.#parameters,
      updatesApart: options.clipGradient !== undefined,
    });
    if (hasChains(options.objective)) {
      this.#write(STEP_SIZE, Float32Array.of(FIRST_STEP_SIZE));
    }
    for (const { name, values } of initial) {
      this.#write(this.#parameters.byName.get(name)!.value, values);
    }
    for (const { state } of this.#parameters.all) {
      for (const [i, placed] of state.entries()) {
        const filled = new Float32Array(placed.rows * placed.columns)
          .fill(fills[i]!);
        this.#write(placed, filled);
      }
    }
  }

  /**
   * @param threads by default one for each core
   * @throws {UserError} the engine lacks a part of the training, or the machine
   *   what the engine needs
   */
  static async create(
    vae: Vae,
    options: TrainingSpec,
    threads: number = navigator.hardwareConcurrency,
    kernels: Kernels = {},
  ): Promise<WasmEngine> {
    requireSupport(SUPPORTED, { ...vae.spec, ...options });
    const initial = await vae.values();
    const module = new WasmModule(threads, kernels);
    try {
      return new WasmEngine(vae, initial, options, module);
    } catch (error) {
      module.dispose(); // its workers would keep the process
      throw error;
    }
  }

  get spec(): VaeSpec {
    return this.vae.spec;
  }

  get pending(): number {
    return this.#pending.length;
  }

  get stepsDone(): number {
    return this.#stepsDone;
  }

  /** Threads that would take part in a step now: workers need time to start. */
  get threads(): number {
    return this.#module.threads;
  }

  /** Bytes of the module's memory. */
  get memoryBytes(): number {
    return this.#module.buffer.byteLength;
  }

  /** One training step, done when this returns. */
  step(batch: Batch, settings: StepSettings): void {
    const program = this.#programs.load(batch, "train");
    const { objective: spec } = this.#options;
    if (program.chains !== null) this.#moveChains(program.chains);
    this.#stepsDone += 1;
    this.#update(program, settings, 1);
    const columns = trainingColumns(spec);
    const [reconstruction, kl, objective, ...values] = new Float32Array(
      this.#module.buffer,
      program.log,
      3 + columns.length,
    ) as unknown as [number, number, number, ...number[]];
    const more = named(columns, values);
    this.#pending.push({ reconstruction, kl, objective, more });
    for (let i = 2; i <= updatesOf(spec); i++) {
      this.#update(program, settings, i);
    }
  }

  /** The i-th update of a step. @param i from 1 */
  #update(program: CompiledProgram, settings: StepSettings, i: number): void {
    const updates = updatesOf(this.#options.objective);
    this.#writeSettings(settings, (this.#stepsDone - 1) * updates + i);
    this.#module.run(program.address);
    if (program.update === null) return;
    const gradients = this.#trained().map(({ gradient }) => gradient);
    const { clipGradient } = this.#options;
    clipInMemory(this.#module.buffer, gradients, clipGradient!);
    this.#module.run(program.update);
  }

  #trained(): PlacedParameters["all"] {
    return this.#parameters.all
      .filter(({ name }) => isTrained(this.spec, name));
  }

  #moveChains(programs: Required<CompiledProgram>["chains"] & object): void {
    const { objective } = this.#options;
    if (!hasChains(objective)) throw new Error(`no chains: ${objective.name}`);
    const run = (program: number) => this.#module.run(program);
    run(programs.start);
    for (let i = 0; i < objective.transitions; i++) {
      run(programs.momentum);
      for (let j = 0; j < objective.leapfrogSteps; j++) run(programs.leap);
      run(programs.accept);
    }
  }

  readTerms(): Promise<StepTerms[]> {
    const pending = this.#pending;
    this.#pending = [];
    return Promise.resolve(pending);
  }

  /** Those of the last update, clipped where they are. */
  gradients(): ParameterValues[] {
    return this.#trained().map(({ name, shape, gradient }) => ({
      name,
      shape,
      values: readMatrix(this.#module.buffer, gradient),
    }));
  }

  async evaluate(batches: Iterable<Batch>): Promise<EvaluationSums> {
    const { latentDim } = this.vae.spec;
    const sums = new Float64Array(2 + latentDim);
    for (const batch of batches) {
      for (const part of this.#partsOf(batch)) {
        const program = this.#programs.load(part, "evaluate");
        this.#module.run(program.address);
        new Float64Array(this.#module.buffer, program.log, sums.length)
          .forEach((value, i) => sums[i]! += value);
      }
    }
    this.#publish();
    const [reconstruction, bound] = sums as unknown as [number, number];
    return {
      reconstruction,
      kl: [...sums.subarray(2)],
      more: named(evaluationColumns(this.#options.objective), [bound]),
    };
  }

  async rowTerms(
    batch: DrawBatch,
    kept?: readonly boolean[],
  ): Promise<RowTerms> {
    const program = this.#programs.loadDraws(batch);
    const { buffer } = this.#module;
    new Int32Array(buffer, program.mask, this.vae.spec.latentDim)
      .forEach((_, j, mask) => mask[j] = kept?.[j] === false ? 0 : -1);
    this.#module.run(program.address);
    const read = (at: number) =>
      new Float32Array(buffer, at, batch.samples * batch.size).slice();
    const { logProbs, ratios } = program.vectors;
    return { logLikelihood: read(logProbs), logRatio: read(ratios) };
  }

  async encode(rows: DataRows): Promise<Encoding> {
    const program = this.#run(this.#programs.loadRows(rows));
    const read = (name: string) => this.#read(program, name);
    return {
      mean: read("mean"),
      logVariance: read("log_variance"),
      lower: null,
      kl: read("kl"),
    };
  }

  async decode(
    rows: LatentRows,
    noise?: Float32Array,
  ): Promise<Float32Array> {
    const program = this.#run(this.#programs.loadLatents(rows));
    const { likelihood } = this.spec;
    const isSpread = outputsOf(likelihood) > 1;
    const name = sharedName(likelihood);
    const shared = this.#parameters.byName.get(name ?? "")?.value;
    return observationsOf(likelihood, {
      output: this.#read(program, "output"),
      ...isSpread && { output2: this.#read(program, "output_log_variance") },
      ...shared && { shared: readMatrix(this.#module.buffer, shared)[0]! },
      ...noise && { noise },
    });
  }

  /** The noise itself: there is one layer. */
  samplePrior(noise: Float32Array): Promise<Float32Array> {
    return Promise.resolve(noise);
  }

  #run(program: CompiledProgram): CompiledProgram {
    this.#module.run(program.address);
    return program;
  }

  #read({ matrices }: CompiledProgram, name: string): Float32Array {
    return readMatrix(this.#module.buffer, matrices.get(name)!);
  }

  async save(): Promise<EngineState> {
    this.#module.check();
    this.#publish();
    const arrays = this.#arrays().map(({ name, shape, placed }) => ({
      name,
      shape,
      values: readMatrix(this.#module.buffer, placed),
    }));
    return { step: this.#stepsDone, arrays };
  }

  restore({ step, arrays }: EngineState): void {
    const own = this.#arrays();
    const saved = requireShapes(own, arrays);
    for (const { name, placed } of own) this.#write(placed, saved.get(name)!);
    this.#stepsDone = step;
    this.#publish();
  }

  /** Ends the threads and frees the unread terms, not the model. */
  [Symbol.dispose](): void {
    this.#pending = [];
    this.#module.dispose();
  }

  /** All that training changes, by the names of a checkpoint. */
  #arrays(): (ParameterShape & { readonly placed: Placed })[] {
    const { all } = this.#parameters;
    const trained = all.filter(({ state }) => state.length > 0);
    return [
      ...all.map(({ value, ...array }) => ({ ...array, placed: value })),
      ...fillsOf(this.#options.optimizer).flatMap((_, i) =>
        trained.map(({ name, shape, state }) => ({
          ...{ name: `${OPTIMIZER_ARRAYS}${i + 1}/${name}`, shape },
          placed: state[i]!,
        }))
      ),
      ...(hasChains(this.#options.objective)
        ? [{ name: HMC_STEP_SIZE, shape: [], placed: STEP_SIZE }]
        : []),
    ];
  }

  /** The batch in pieces of bounded size, alike for all numbers of rows. */
  *#partsOf(batch: Batch): Generator<Batch> {
    const { dataDim, latentDim } = this.vae.spec;
    const { x, condition, noise, size, samples } = batch;
    const { conditionDim = 0 } = this.vae.spec;
    const most = evaluationSize(samples);
    for (let first = 0; first < size; first += most) {
      const count = Math.min(most, size - first);
      const part = new Float32Array(samples * count * latentDim);
      for (let s = 0; s < samples; s++) {
        const from = (s * size + first) * latentDim;
        part.set(
          noise.subarray(from, from + count * latentDim),
          s * count * latentDim,
        );
      }
      yield {
        x: x.subarray(first * dataDim, (first + count) * dataDim),
        condition: condition?.subarray(
          first * conditionDim,
          (first + count) * conditionDim,
        ),
        noise: part,
        size: count,
        samples,
      };
    }
  }

  /** @param updates of the parameters, with the one to come */
  #writeSettings(settings: StepSettings, updates: number): void {
    const { learningRate, beta, freeBits, capacity } = settings;
    const { optimizer } = this.#options;
    const view = new DataView(this.#module.buffer);
    view.setFloat64(layout.BETA, beta, true);
    view.setFloat64(layout.FREE_BITS, freeBits ?? NaN, true);
    view.setFloat64(layout.CAPACITY, capacity ?? NaN, true);
    view.setFloat32(layout.LEARNING_RATE, learningRate, true);
    if (optimizer.name === "adam") {
      const { beta1, beta2 } = optimizer;
      const unbias = (beta: number) => 1 / (1 - power(beta, updates));
      view.setFloat32(layout.UNBIAS_FIRST, unbias(beta1), true);
      view.setFloat32(layout.UNBIAS_SECOND, unbias(beta2), true);
    }
  }

  #write(placed: Placed, values: Float32Array): void {
    writeMatrix(this.#module.buffer, placed, values);
  }

  /** Brings the model's parameters up to date. */
  #publish(): void {
    this.vae.assign(this.#parameters.all.map(({ name, shape, value }) => ({
      ...{ name, shape },
      values: readMatrix(this.#module.buffer, value),
    })));
  }
}

const STEP_SIZE: Placed = {
  at: layout.STEP_SIZE,
  rows: 1,
  columns: 1,
  stride: 4,
};

/** Whether the encoder learns from chains, whose settings the objective has. */
function hasChains<O extends ObjectiveSpec>(
  objective: O,
): objective is Extract<O, { readonly transitions: number }> {
  return "transitions" in objective;
}

function updatesOf(objective: ObjectiveSpec): number {
  return hasChains(objective) ? objective.updates : 1;
}
