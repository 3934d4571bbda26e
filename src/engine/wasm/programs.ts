/** The programs of a model, by the shape of the batch, and their memory. */

import { fillsOf } from "../../model/optimizers.ts";
import type { VaeSpec } from "../../model/spec.ts";
import type { StepDraws } from "../../objective/objective.ts";
import { importanceSamples } from "../../objective/spec.ts";
import type { StreamAddress } from "../../random/stream.ts";
import type {
  Batch,
  BatchSource,
  DataRows,
  DrawBatch,
  LatentRows,
  TrainingSpec,
} from "../engine.ts";
import { CONDITION, type Purpose } from "../step_plan.ts";
import { compile } from "./compile.ts";
import type { CompiledProgram, ProgramContext } from "./compile.ts";
import * as layout from "./layout.ts";
import { placeParameters, writeMatrix } from "./memory_layout.ts";
import type { WasmModule } from "./module.ts";

/** What of a batch decides on its program, and y. */
type Sized = Pick<Batch, "condition" | "size" | "samples">;

/** Compiles programs when they are needed. They share their memory. */
export class Programs {
  readonly #module: WasmModule;
  readonly #context: ProgramContext;
  readonly #compiled = new Map<string, CompiledProgram>();
  /** the program that is in memory */
  #written: CompiledProgram | null = null;

  constructor(module: WasmModule, context: ProgramContext) {
    this.#module = module;
    this.#context = context;
  }

  /** Loads the program of batches of a size. */
  #loadProgram(batch: Sized, purpose: Purpose): CompiledProgram {
    const { size, samples } = batch;
    const key = `${purpose} ${size} ${samples}`;
    let program = this.#compiled.get(key);
    if (program === undefined) {
      program = compile(this.#context, size, samples, purpose);
      this.#module.reserve(program.end);
      this.#compiled.set(key, program);
    }
    const { buffer } = this.#module;
    // Another may have run in between.
    if (this.#written !== program) program.write(buffer);
    this.#written = program;
    writeConditions(buffer, program, batch);
    return program;
  }

  /** Loads draws of z and their program. @throws {UserError} memory is short */
  loadDraws(batch: DrawBatch): CompiledProgram {
    const program = this.#loadProgram(batch, "draws");
    const { matrices, streams } = program;
    const { buffer } = this.#module;
    const view = new DataView(buffer);
    const makesNoise = batch.streams !== undefined;
    view.setUint32(layout.MAKES_BATCH, makesNoise ? 1 : 0, true);
    writeMatrix(buffer, matrices.get("x")!, batch.x);
    batch.streams?.forEach((stream, i) =>
      writeStream(view, streams + i * layout.STREAM_BYTES, stream)
    );
    if (!makesNoise) writeMatrix(buffer, matrices.get("noise")!, batch.noise);
    return program;
  }

  /** Loads rows and the encoder's program. @throws {UserError} as above */
  loadRows({ x, condition, size }: DataRows): CompiledProgram {
    const program = this.#loadProgram(
      { condition, size, samples: 1 },
      "encode",
    );
    const { buffer } = this.#module;
    new DataView(buffer).setUint32(layout.MAKES_BATCH, 0, true);
    writeMatrix(buffer, program.matrices.get("x")!, x);
    return program;
  }

  /** Loads z and the decoder's program. @throws {UserError} as above */
  loadLatents({ z, condition, size }: LatentRows): CompiledProgram {
    const program = this.#loadProgram(
      { condition, size, samples: 1 },
      "decode",
    );
    writeMatrix(this.#module.buffer, program.matrices.get("z")!, z);
    return program;
  }

  /** Loads a batch and its program. @throws {UserError} memory is short */
  load(batch: Batch, purpose: "train" | "evaluate"): CompiledProgram {
    const program = this.#loadProgram(batch, purpose);
    const { source } = batch;
    const { buffer } = this.#module;
    const view = new DataView(buffer);
    view.setUint32(layout.MAKES_BATCH, source === undefined ? 0 : 1, true);
    if (source === undefined) {
      writeMatrix(buffer, program.matrices.get("x")!, batch.x);
      for (const [name, , values] of drawsOf(program, batch)) {
        writeMatrix(buffer, program.matrices.get(name)!, values);
      }
    } else {
      const { pixels, values } = source;
      const isBytes = values instanceof Uint8Array;
      view.setUint32(layout.IS_BYTES, isBytes ? 1 : 0, true);
      view.setUint32(layout.DRAWS_PIXELS, pixels === null ? 0 : 1, true);
      if (pixels !== null) writeStream(view, layout.PIXEL_STREAM, pixels);
      for (const [, address, stream] of drawsOf(program, source)) {
        writeStream(view, address, stream);
      }
      this.#writeRows(source, program.rows);
    }
    return program;
  }

  /** Copies a batch's rows of the data, as they are. */
  #writeRows({ values, rows }: BatchSource, address: number): void {
    const { dataDim } = this.#context.spec;
    const { buffer } = this.#module;
    const count = rows.length * dataDim;
    const to = values instanceof Uint8Array
      ? new Uint8Array(buffer, address, count)
      : new Float32Array(buffer, address, count);
    rows.forEach((row, i) =>
      to.set(values.subarray(row * dataDim, (row + 1) * dataDim), i * dataDim)
    );
  }
}

/** Writes y of a conditional model: by datapoint, and by draw of z. */
function writeConditions(
  buffer: ArrayBufferLike,
  { matrices }: CompiledProgram,
  { condition, samples }: Sized,
): void {
  const ofRows = matrices.get(CONDITION.ofRows);
  if (ofRows === undefined) return;
  if (condition === undefined) throw new Error("the batch has no condition");
  writeMatrix(buffer, ofRows, condition);
  const ofDraws = new Float32Array(samples * condition.length);
  for (let s = 0; s < samples; s++) {
    ofDraws.set(condition, s * condition.length);
  }
  writeMatrix(buffer, matrices.get(CONDITION.ofDraws)!, ofDraws);
}

/** Random numbers of a batch: their matrix, and the address of their stream. */
function drawsOf<T>(
  { matrices }: CompiledProgram,
  { noise, dream, chain }: StepDraws<T>,
): (readonly [matrix: string, address: number, draws: T])[] {
  const draws = [
    ["noise", layout.NOISE_STREAM, noise],
    ["dream/z", layout.PRIOR_STREAM, dream?.prior],
    ["dream/noise", layout.DREAM_STREAM, dream?.pixels],
    ["chain/momenta", layout.MOMENTUM_STREAM, chain?.momentum],
    ["chain/uniforms", layout.ACCEPTANCE_STREAM, chain?.uniforms],
  ] as const;
  return draws.flatMap(([matrix, address, own]) => {
    if (!matrices.has(matrix)) return [];
    if (own === undefined) throw new Error(`the batch has no ${matrix}`);
    return [[matrix, address, own] as const];
  });
}

function writeStream(
  view: DataView,
  address: number,
  { key, counter }: StreamAddress,
): void {
  [...key, ...counter].forEach((word, i) =>
    view.setUint32(address + 4 * i, word, true)
  );
}

/** Rows that the decoder works on at a time in an evaluation, about. */
const EVALUATION_ROWS = 4096;

/** Datapoints that are evaluated at a time. */
export function evaluationSize(draws: number): number {
  return Math.max(1, Math.floor(EVALUATION_ROWS / draws));
}

/** A training with its sizes: a run's config will do. */
export interface TrainingSize extends TrainingSpec {
  /** B */
  readonly batchSize: number;
  /** L of a training step */
  readonly samples: number;
  /** L of an evaluation */
  readonly evalSamples: number;
}

/**
 * Bytes of the module's memory that a training needs. Nothing is allocated, so
 * that a run that needs too many is refused before it begins.
 *
 * @throws {UserError} 32-bit addresses do not reach so far
 */
export function bytesNeeded(
  spec: VaeSpec,
  training: TrainingSize,
): number {
  const { objective, optimizer, batchSize, samples, evalSamples } = training;
  const parameters = placeParameters(spec, fillsOf(optimizer).length);
  const context = {
    ...{ spec, optimizer, weightDecay: 0, objective, parameters },
    updatesApart: training.clipGradient !== undefined,
  };
  const k = importanceSamples(objective);
  const evaluated = evaluationSize(evalSamples * k);
  const programs = [
    compile(context, batchSize, samples * k, "train"),
    compile(context, evaluated, evalSamples * k, "evaluate"),
  ];
  return Math.max(...programs.map(({ end }) => end));
}
