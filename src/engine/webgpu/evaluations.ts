/**
 * Evaluations in kernels, at parameters that lie on the device. They are
 * submitted when they are asked for, so that several may be under way.
 */

import { UserError } from "../../errors.ts";
import type { VaeSpec } from "../../model/spec.ts";
import type { Batch, DrawBatch, RowTerms } from "../engine.ts";
import type { Purpose } from "../step_plan.ts";
import { readBuffers, type WebGpuDevice } from "../webgpu_device.ts";
import { GroupBuffers } from "./buffers.ts";
import { compileStep } from "./compile.ts";
import type { CompiledStep, Training } from "./compile.ts";
import { Dispatches } from "./dispatches.ts";
import * as layout from "./layout.ts";
import { bindableBytes } from "./limits.ts";
import { NO_OFFSETS, type Offsets } from "./memory_layout.ts";
import { Words, writeSource, writeStream } from "./step_settings.ts";

/** Parameters on the device. */
export interface PlacedValues {
  readonly buffer: GPUBuffer;
  /** the first word of the model's */
  readonly at: number;
}

/** Programs that are kept: an evaluation's batches may end with a small one. */
const PROGRAMS = 2;

/** Of a shape of batches. */
interface Program {
  readonly key: string;
  readonly compiled: CompiledStep;
  readonly buffers: GroupBuffers;
  readonly dispatches: Dispatches;
  readonly words: Words;
  /** of the last batch */
  x: Float32Array | null;
  mask: string | null;
}

export class Evaluations implements Disposable {
  readonly #device: WebGpuDevice;
  readonly #spec: VaeSpec;
  readonly #training: Omit<Training, "size" | "draws">;
  readonly #values: GPUBuffer;
  readonly #offsets: Offsets;
  /** the one that was used last at the end */
  #programs: Program[] = [];

  /** @param training its objective is that of the sums */
  constructor(
    device: WebGpuDevice,
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

  /**
   * Sums over the datapoints of a batch: of log p(x|z), of IWAE's bound, and of
   * the KL by dimension.
   *
   * @throws {UserError} one datapoint is beyond the device's limits
   */
  async sums(batch: Batch): Promise<Float64Array> {
    const { size, samples } = batch;
    const { latentDim } = this.#spec;
    const most = this.#mostOf("evaluate", size, samples);
    const count = 2 + latentDim;
    const parts = rangesOf(size, most).map(([first, end]) => {
      const program = this.#load("evaluate", end - first, samples);
      const { source } = batch;
      if (most === size && source && program.buffers.canHold(source.values)) {
        if (!program.buffers.holds(source.values)) {
          program.buffers.holdData(source.values);
          program.dispatches.bind();
        }
        program.words.integers[layout.MAKES_BATCH] = 1;
        writeSource(program.words, 0, source);
        program.x = null;
      } else this.#give(program, this.#partOf(batch, first, end));
      this.#submit(program);
      const { log } = program.compiled.matrices;
      return this.#read(program, [[log, count]]);
    });
    const sums = new Float64Array(count);
    for (const [own] of await Promise.all(parts)) {
      own!.forEach((value, i) => sums[i]! += value);
    }
    return sums;
  }

  /** See `Engine`. @throws {UserError} as above */
  async rowTerms(
    batch: DrawBatch,
    kept?: readonly boolean[],
  ): Promise<RowTerms> {
    const { size, samples, streams } = batch;
    const most = this.#mostOf("draws", size, samples);
    const ranges = rangesOf(size, most);
    const parts = ranges.map(([first, end]) => {
      const program = this.#load("draws", end - first, samples);
      const { words, compiled: { matrices } } = program;
      this.#keep(program, kept);
      if (streams === undefined) {
        this.#give(program, this.#partOf(batch, first, end));
      } else {
        words.integers[layout.MAKES_BATCH] = 1;
        for (let b = first; b < end; b++) {
          const at = layout.ROWS + (b - first) * layout.STREAM_WORDS;
          writeStream(words.integers, at, streams[b]!);
        }
        this.#writeX(program, this.#xOf(batch, first, end));
      }
      this.#submit(program);
      const { logProbs, ratios } = matrices.vectors;
      const rows = (end - first) * samples;
      return this.#read(program, [[logProbs, rows], [ratios, rows]]);
    });
    const terms = await Promise.all(parts);
    if (terms.length === 1) {
      const [[logLikelihood, logRatio]] = terms as [
        [Float32Array, Float32Array],
      ];
      return { logLikelihood, logRatio };
    }
    const [logLikelihood, logRatio] = [0, 1].map((which) => {
      const all = new Float32Array(size * samples);
      terms.forEach((own, i) => {
        const [first, end] = ranges[i]!;
        const count = end - first;
        for (let s = 0; s < samples; s++) {
          const ofDraw = own[which]!.subarray(s * count, (s + 1) * count);
          all.set(ofDraw, s * size + first);
        }
      });
      return all;
    }) as [Float32Array, Float32Array];
    return { logLikelihood, logRatio };
  }

  /** Frees the programs. */
  [Symbol.dispose](): void {
    for (const program of this.#programs.splice(0)) free(program);
  }

  #compile(purpose: Purpose, size: number, draws: number): CompiledStep {
    const training = { ...this.#training, size, draws };
    return compileStep(this.#spec, training, this.#offsets, { purpose });
  }

  /** Datapoints that the device has room for at once. */
  #mostOf(purpose: Purpose, size: number, draws: number): number {
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
  #load(purpose: Purpose, size: number, draws: number): Program {
    const key = keyOf(purpose, size, draws);
    const found = this.#programs.find((program) => program.key === key);
    const program = found ?? this.#make(key, purpose, size, draws);
    this.#programs = [
      ...this.#programs.filter((other) => other !== program),
      program,
    ];
    if (this.#programs.length > PROGRAMS) free(this.#programs.shift()!);
    return program;
  }

  #make(key: string, purpose: Purpose, size: number, draws: number): Program {
    const { device } = this.#device;
    const compiled = this.#compile(purpose, size, draws);
    const { words: matrices, termWords: terms } = compiled.matrices;
    const stepWords = layout.ROWS + layout.STREAM_WORDS * size;
    const buffers = new GroupBuffers(
      device,
      {
        ...{ runs: 1, steps: 1, stepWords, matrices, terms },
        ...{ values: 0, state: 0 },
      },
      this.#values,
    );
    const runs = [{ index: 0, turns: [compiled] }];
    const dispatches = new Dispatches(device, buffers, runs, 1);
    const words = new Words(stepWords);
    return { key, compiled, buffers, dispatches, words, x: null, mask: null };
  }

  /** Gives a program x and its noise. */
  #give(program: Program, { x, noise }: Pick<Batch, "x" | "noise">): void {
    const { buffers, compiled, words } = program;
    words.integers[layout.MAKES_BATCH] = 0;
    this.#writeX(program, x);
    buffers.writeMatrix(compiled.matrices, NO_OFFSETS, "noise", noise);
  }

  #writeX(program: Program, x: Float32Array): void {
    if (program.x === x) return;
    program.buffers.writeMatrix(program.compiled.matrices, NO_OFFSETS, "x", x);
    program.x = x;
  }

  /** Tells a program which latent dimensions there are. */
  #keep(program: Program, kept: readonly boolean[] | undefined): void {
    const mask = Float32Array.from(
      { length: this.#spec.latentDim },
      (_, j) => kept?.[j] === false ? 0 : 1,
    );
    if (program.mask === `${mask}`) return;
    const at = 4 * program.compiled.matrices.mask;
    this.#device.device.queue.writeBuffer(program.buffers.terms, at, mask);
    program.mask = `${mask}`;
  }

  #submit({ buffers, dispatches, words }: Program): void {
    const { device } = this.#device;
    this.#device.flush();
    device.queue.writeBuffer(buffers.steps, 0, words.integers);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    dispatches.record(pass, 1, 1);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /** Ranges of the terms, given their first words and numbers. */
  async #read(
    { buffers }: Program,
    ranges: readonly (readonly [number, number])[],
  ): Promise<Float32Array[]> {
    const { device } = this.#device;
    const parts = ranges.map(([at, count]) => ({
      ...{ buffer: buffers.terms, offset: 4 * at, size: 4 * count },
    }));
    return (await readBuffers(device, parts))
      .map((bytes) => new Float32Array(bytes));
  }

  #xOf(
    { x, size }: Pick<DrawBatch, "x" | "size">,
    first: number,
    end: number,
  ): Float32Array {
    if (end - first === size) return x;
    const { dataDim } = this.#spec;
    return x.subarray(first * dataDim, end * dataDim);
  }

  /** Some datapoints of a batch, and their noise. */
  #partOf(
    batch: Pick<DrawBatch, "x" | "noise" | "size" | "samples">,
    first: number,
    end: number,
  ): { x: Float32Array; noise: Float32Array } {
    const { noise, size, samples } = batch;
    const x = this.#xOf(batch, first, end);
    if (end - first === size) return { x, noise };
    const { latentDim } = this.#spec;
    const part = new Float32Array(samples * (end - first) * latentDim);
    for (let s = 0; s < samples; s++) {
      const [from, to] = [first, end].map((b) => (s * size + b) * latentDim);
      part.set(noise.subarray(from, to), s * (end - first) * latentDim);
    }
    return { x, noise: part };
  }
}

function keyOf(purpose: Purpose, size: number, draws: number): string {
  return `${purpose} ${size} ${draws}`;
}

/** The ranges of 0..total-1 in parts of at most so many. */
function rangesOf(total: number, most: number): [number, number][] {
  return Array.from({ length: Math.ceil(total / most) }, (_, i) => [
    i * most,
    Math.min((i + 1) * most, total),
  ]);
}

function free({ buffers, dispatches }: Program): void {
  buffers.destroy();
  dispatches.destroy();
}
