/** The settings of a run's step, as the kernels read them. */

import type { OptimizerSpec } from "../../model/optimizers.ts";
import type { StreamAddress } from "../../random/stream.ts";
import type { Batch, BatchSource, StepSettings } from "../engine.ts";
import * as layout from "./layout.ts";

/** A step that a run has asked for. */
export interface RecordedStep {
  /** from 1 */
  readonly step: number;
  readonly batch: Batch;
  readonly settings: StepSettings;
}

/** Words that are both integers and floats. */
export class Words {
  readonly integers: Uint32Array<ArrayBuffer>;
  readonly floats: Float32Array<ArrayBuffer>;

  constructor(count: number) {
    this.integers = new Uint32Array(count);
    this.floats = new Float32Array(this.integers.buffer);
  }
}

/**
 * Writes the settings of a step.
 *
 * @param at the first of their words
 * @param command which of the arguments of a dispatch are its: `commandOf`
 */
export function writeSettings(
  words: Words,
  at: number,
  command: number,
  { step, batch: { source }, settings }: RecordedStep,
  optimizer: OptimizerSpec,
): void {
  const { integers, floats } = words;
  integers[at + layout.RUN] = command;
  integers[at + layout.LOG_ROW] = logRowOf(step);
  integers[at + layout.MAKES_BATCH] = source === undefined ? 0 : 1;
  if (source !== undefined) writeSource(words, at, source);
  const { learningRate, beta, freeBits, capacity } = settings;
  floats[at + layout.BETA] = beta;
  floats[at + layout.FREE_BITS] = freeBits ?? LOWEST;
  floats[at + layout.CAPACITY] = capacity ?? 0;
  floats[at + layout.HAS_CAPACITY] = capacity === null ? 0 : 1;
  floats[at + layout.LEARNING_RATE] = learningRate;
  if (optimizer.name === "adam") {
    const { beta1, beta2 } = optimizer;
    floats[at + layout.UNBIAS_FIRST] = 1 / (1 - beta1 ** step);
    floats[at + layout.UNBIAS_SECOND] = 1 / (1 - beta2 ** step);
  }
}

/** Writes what the kernels make a batch of. @param at as above */
export function writeSource(
  { integers }: Words,
  at: number,
  { values, rows, pixels, noise, dream }: BatchSource,
): void {
  const write = (offset: number, stream: StreamAddress) =>
    writeStream(integers, at + offset, stream);
  integers[at + layout.IS_BYTES] = values instanceof Uint8Array ? 1 : 0;
  integers[at + layout.DRAWS_PIXELS] = pixels === null ? 0 : 1;
  if (pixels !== null) write(layout.PIXEL_STREAM, pixels);
  write(layout.NOISE_STREAM, noise);
  if (dream !== undefined) {
    write(layout.PRIOR_STREAM, dream.prior);
    write(layout.DREAM_STREAM, dream.pixels);
  }
  integers.set(rows, at + layout.ROWS);
}

/** Writes a stream's address. */
export function writeStream(
  integers: Uint32Array,
  at: number,
  { key, counter }: StreamAddress,
): void {
  // `set` takes ten times as long for so few.
  integers[at] = key[0];
  integers[at + 1] = key[1];
  integers[at + 2] = counter[0];
  integers[at + 3] = counter[1];
  integers[at + 4] = counter[2];
}

/** The row of the log that a step's terms go to. */
export function logRowOf(step: number): number {
  return (step - 1) % layout.LOG_ROWS;
}

/** Below every KL. */
const LOWEST = -3.4e38;
