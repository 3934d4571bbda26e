/** The programs of evaluations, by the shape of the batch, and their memory. */

import { UserError } from "../../errors.ts";
import type { VaeSpec } from "../../model/spec.ts";
import type { Placed } from "../lower.ts";
import type { Purpose } from "../step_plan.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import { GroupBuffers } from "./buffers.ts";
import { compileStep } from "./compile.ts";
import type { CompiledStep, Training } from "./compile.ts";
import { Dispatches } from "./dispatches.ts";
import * as layout from "./layout.ts";
import { bindableBytes } from "./limits.ts";
import { NO_OFFSETS, type Offsets } from "./memory_layout.ts";
import { type Part, readBuffers } from "./read_buffers.ts";
import { Words } from "./step_settings.ts";

/** Parameters on the device. */
export interface PlacedValues {
  readonly buffer: GPUBuffer;
  /** the first word of the model's */
  readonly at: number;
}

/** What evaluations need of a device. */
export type EvaluatingDevice = Pick<WebGpuDevice, "device" | "flush">;

/**
 * Programs of a purpose that are kept: an evaluation's batches may end with a
 * small one.
 */
const KEPT = 2;

/** Of a shape of batches. */
export class Program implements Disposable {
  readonly key: string;
  readonly purpose: Purpose;
  readonly compiled: CompiledStep;
  readonly buffers: GroupBuffers;
  readonly dispatches: Dispatches;
  readonly words: Words;
  readonly #device: EvaluatingDevice;
  /** of the last batch */
  #x: Float32Array | null = null;
  #mask: string | null = null;

  constructor(
    key: string,
    purpose: Purpose,
    compiled: CompiledStep,
    size: number,
    device: EvaluatingDevice,
    values: GPUBuffer,
  ) {
    const { words: matrices, termWords: terms } = compiled.matrices;
    const stepWords = layout.ROWS + layout.STREAM_WORDS * size;
    const sizes = {
      ...{ runs: 1, steps: 1, stepWords, matrices, terms },
      ...{ values: 0, state: 0 },
    };
    const runs = [{ index: 0, turns: [compiled] }];
    this.key = key;
    this.purpose = purpose;
    this.compiled = compiled;
    this.#device = device;
    this.buffers = new GroupBuffers(device.device, sizes, values);
    this.dispatches = new Dispatches(device.device, this.buffers, runs, 1);
    this.words = new Words(stepWords);
  }

  /** Gives it one of its matrices, [rows, columns]. */
  give(name: string, values: Float32Array): void {
    this.buffers.writeMatrix(this.compiled.matrices, NO_OFFSETS, name, values);
  }

  /** Gives it x, unless it has this one. */
  giveX(x: Float32Array): void {
    if (this.#x === x) return;
    this.give("x", x);
    this.#x = x;
  }

  /** Gives it a split, of which its kernels make x. */
  hold(values: Uint8Array | Float32Array): void {
    this.#x = null;
    if (this.buffers.holds(values)) return;
    this.buffers.holdData(values);
    this.dispatches.bind();
  }

  /** Tells it which latent dimensions there are. */
  keep(kept: readonly boolean[] | undefined, latentDim: number): void {
    const mask = Float32Array.from(
      { length: latentDim },
      (_, j) => kept?.[j] === false ? 0 : 1,
    );
    if (this.#mask === `${mask}`) return;
    const at = 4 * this.compiled.matrices.mask;
    this.#device.device.queue.writeBuffer(this.buffers.terms, at, mask);
    this.#mask = `${mask}`;
  }

  /** Runs it. @param makesBatch whether kernels make what was not given */
  submit(makesBatch: boolean): void {
    const { device } = this.#device;
    this.words.integers[layout.MAKES_BATCH] = makesBatch ? 1 : 0;
    this.#device.flush();
    device.queue.writeBuffer(this.buffers.steps, 0, this.words.integers);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.dispatches.record(pass, 1, 1);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /** Ranges of the terms, given their first words and numbers. */
  async read(
    ...ranges: readonly (readonly [number, number])[]
  ): Promise<Float32Array[]> {
    return await this.#copied(ranges.map(([at, count]) => ({
      ...{ buffer: this.buffers.terms, offset: 4 * at, size: 4 * count },
    })));
  }

  /** Matrices by name, without the zeros between their rows. */
  async readMatrices(names: readonly string[]): Promise<Float32Array[]> {
    const { byName } = this.compiled.matrices;
    const placed = names.map((name) => byName.get(name)!);
    const buffer = this.buffers.matrices;
    const all = await this.#copied(placed.map(({ at, rows, stride }) => ({
      ...{ buffer, offset: 4 * at, size: 4 * rows * stride },
    })));
    return all.map((values, i) => withoutGaps(values, placed[i]!));
  }

  async #copied(parts: readonly Part[]): Promise<Float32Array[]> {
    return (await readBuffers(this.#device.device, parts))
      .map((bytes) => new Float32Array(bytes));
  }

  /** Frees its memory. */
  [Symbol.dispose](): void {
    this.buffers.destroy();
    this.dispatches.destroy();
  }
}

/** The rows of a matrix, one after the other. */
function withoutGaps(
  values: Float32Array,
  { rows, columns, stride }: Placed,
): Float32Array {
  if (columns === stride) return values;
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * stride, i * stride + columns);
    out.set(row, i * columns);
  }
  return out;
}

/** Compiles programs when they are needed, and keeps some. */
export class Programs implements Disposable {
  readonly #device: EvaluatingDevice;
  readonly #spec: VaeSpec;
  readonly #training: Omit<Training, "size" | "draws">;
  readonly #values: GPUBuffer;
  readonly #offsets: Offsets;
  /** the one that was used last at the end */
  #programs: Program[] = [];

  /** @param training its objective is that of the sums */
  constructor(
    device: EvaluatingDevice,
    spec: VaeSpec,
    training: Omit<Training, "size" | "draws">,
    { buffer, at }: PlacedValues,
  ) {
    this.#device = device;
    this.#spec = spec;
    this.#training = training;
    this.#values = buffer;
    this.#offsets = { ...NO_OFFSETS, values: at };
  }

  #compile(purpose: Purpose, size: number, draws: number): CompiledStep {
    const training = { ...this.#training, size, draws };
    return compileStep(this.#spec, training, this.#offsets, { purpose });
  }

  /**
   * Datapoints that the device has room for at once.
   *
   * @throws {UserError} one datapoint is beyond the device's limits
   */
  mostOf(purpose: Purpose, size: number, draws: number): number {
    if (this.#programs.some(({ key }) => key === keyOf(purpose, size, draws))) {
      return size;
    }
    const { limits } = this.#device.device;
    const fits = ({ matrices, dispatches }: CompiledStep) =>
      4 * Math.max(matrices.words, matrices.termWords) <=
        bindableBytes(limits) &&
      dispatches.every(({ groups }) =>
        groups <= limits.maxComputeWorkgroupsPerDimension
      );
    let most = size;
    while (!fits(this.#compile(purpose, most, draws))) {
      if (most === 1) {
        throw new UserError(
          `an evaluation of one datapoint with ${draws} draws of z is larger ` +
            "than the adapter's bindings; take --engine reference",
        );
      }
      most = Math.ceil(most / 2);
    }
    return most;
  }

  /** The program of a shape, compiled now or before. */
  load(purpose: Purpose, size: number, draws: number): Program {
    const key = keyOf(purpose, size, draws);
    const found = this.#programs.find((program) => program.key === key);
    const program = found ?? new Program(
      key,
      purpose,
      this.#compile(purpose, size, draws),
      size,
      this.#device,
      this.#values,
    );
    const others = this.#programs.filter((other) => other !== program);
    const alike = others.filter((other) => other.purpose === purpose);
    const tooMany = alike.slice(0, Math.max(0, alike.length + 1 - KEPT));
    for (const old of tooMany) old[Symbol.dispose]();
    this.#programs = [
      ...others.filter((other) => !tooMany.includes(other)),
      program,
    ];
    return program;
  }

  /** Frees the programs. */
  [Symbol.dispose](): void {
    for (const program of this.#programs.splice(0)) program[Symbol.dispose]();
  }
}

function keyOf(purpose: Purpose, size: number, draws: number): string {
  return `${purpose} ${size} ${draws}`;
}
