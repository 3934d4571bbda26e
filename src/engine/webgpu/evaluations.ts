/**
 * Evaluations in kernels, at parameters that lie on the device. They are
 * submitted when they are asked for, so that several may be under way.
 */

import type { VaeSpec } from "../../model/spec.ts";
import type {
  Batch,
  DataRows,
  DrawBatch,
  LatentRows,
  RowTerms,
} from "../engine.ts";
import { decoderHeads } from "../network_pass.ts";
import type { Purpose } from "../step_plan.ts";
import type { Training } from "./compile.ts";
import * as layout from "./layout.ts";
import {
  type EvaluatingDevice,
  type PlacedValues,
  type Program,
  Programs,
} from "./programs.ts";
import { writeSource, writeStream } from "./step_settings.ts";

/** Computes with a model's parameters on the device. */
export class Evaluations implements Disposable {
  readonly #spec: VaeSpec;
  readonly #programs: Programs;

  /** @param training its objective is that of the sums */
  constructor(
    device: EvaluatingDevice,
    spec: VaeSpec,
    training: Omit<Training, "size" | "draws">,
    values: PlacedValues,
  ) {
    this.#spec = spec;
    this.#programs = new Programs(device, spec, training, values);
  }

  /**
   * Sums over the datapoints of a batch: of log p(x|z), of IWAE's bound, and of
   * the KL by dimension.
   *
   * @throws {UserError} one datapoint is beyond the device's limits
   */
  async sums(batch: Batch): Promise<Float64Array> {
    const { size, samples, source } = batch;
    const { latentDim } = this.#spec;
    const most = this.#programs.mostOf("evaluate", size, samples);
    const count = 2 + latentDim;
    const parts = rangesOf(size, most).map(([first, end]) => {
      const program = this.#programs.load("evaluate", end - first, samples);
      if (most === size && source && program.buffers.canHold(source.values)) {
        program.hold(source.values);
        writeSource(program.words, 0, source);
        program.submit(true);
      } else {
        this.#give(program, batch, first, end);
        program.submit(false);
      }
      return program.read([program.compiled.matrices.log, count]);
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
    const most = this.#programs.mostOf("draws", size, samples);
    const ranges = rangesOf(size, most);
    const parts = ranges.map(([first, end]) => {
      const program = this.#programs.load("draws", end - first, samples);
      const { words, compiled: { matrices } } = program;
      program.keep(kept, this.#spec.latentDim);
      if (streams === undefined) this.#give(program, batch, first, end);
      else {
        for (let b = first; b < end; b++) {
          const at = layout.ROWS + (b - first) * layout.STREAM_WORDS;
          writeStream(words.integers, at, streams[b]!);
        }
        program.giveX(this.#xOf(batch, first, end));
      }
      program.submit(streams !== undefined);
      const { logProbs, ratios } = matrices.vectors;
      const rows = (end - first) * samples;
      return program.read([logProbs, rows], [ratios, rows]);
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

  /**
   * q(z|x) of rows: the means, the log variances and the KL, [n, d]; of an
   * isotropic one the log variances are [n, 1].
   *
   * @throws {UserError} as above
   */
  async encode(
    rows: Pick<DataRows, "x" | "size">,
  ): Promise<[Float32Array, Float32Array, Float32Array]> {
    const names = ["mean", "log_variance", "kl"];
    const give = (program: Program, first: number, end: number) =>
      program.giveX(this.#xOf(rows, first, end));
    return await this.#forward("encode", rows.size, names, give) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
  }

  /** The decoder's outputs at each z, [n, D]. @throws {UserError} as above */
  async decode(
    { z, size }: Pick<LatentRows, "z" | "size">,
  ): Promise<Float32Array[]> {
    const { latentDim } = this.#spec;
    const names = decoderHeads(this.#spec, "").map(({ output }) => output);
    return await this.#forward(
      "decode",
      size,
      names,
      (program, first, end) =>
        program.give("z", z.subarray(first * latentDim, end * latentDim)),
    );
  }

  /** Frees the programs. */
  [Symbol.dispose](): void {
    this.#programs[Symbol.dispose]();
  }

  /**
   * Matrices of a pass over all rows, by name.
   *
   * @param give gives a program its input, from the first row to the end
   */
  async #forward(
    purpose: Purpose,
    size: number,
    names: readonly string[],
    give: (program: Program, first: number, end: number) => void,
  ): Promise<Float32Array[]> {
    const most = this.#programs.mostOf(purpose, size, 1);
    const parts = await Promise.all(
      rangesOf(size, most).map(([first, end]) => {
        const program = this.#programs.load(purpose, end - first, 1);
        give(program, first, end);
        program.submit(false);
        return program.readMatrices(names);
      }),
    );
    return names.map((_, i) => joined(parts.map((part) => part[i]!)));
  }

  /** Gives a program some datapoints of a batch, and their noise. */
  #give(
    program: Program,
    batch: Pick<DrawBatch, "x" | "noise" | "size" | "samples">,
    first: number,
    end: number,
  ): void {
    program.giveX(this.#xOf(batch, first, end));
    program.give("noise", this.#noiseOf(batch, first, end));
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

  #noiseOf(
    { noise, size, samples }: Pick<DrawBatch, "noise" | "size" | "samples">,
    first: number,
    end: number,
  ): Float32Array {
    if (end - first === size) return noise;
    const { latentDim } = this.#spec;
    const part = new Float32Array(samples * (end - first) * latentDim);
    for (let s = 0; s < samples; s++) {
      const [from, to] = [first, end].map((b) => (s * size + b) * latentDim);
      part.set(noise.subarray(from, to), s * (end - first) * latentDim);
    }
    return part;
  }
}

/** The ranges of 0..total-1 in parts of at most so many. */
function rangesOf(total: number, most: number): [number, number][] {
  return Array.from({ length: Math.ceil(total / most) }, (_, i) => [
    i * most,
    Math.min((i + 1) * most, total),
  ]);
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  if (arrays.length === 1) return arrays[0]!;
  const size = arrays.reduce((sum, { length }) => sum + length, 0);
  const all = new Float32Array(size);
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
