/** Work on the device in pieces that leave room for signals and progress. */

import { setImmediate } from "node:timers/promises";
import { tf } from "../lazy_tfjs.ts";
import { startTfjs } from "../start_tfjs.ts";
import type { Examples } from "../data/dataset.ts";
import type { DataRows } from "../engine/engine.ts";
import { modelAt } from "../engine/evaluate_batches.ts";
import type { Vae } from "../model/vae.ts";
import { gather, gatherConditions } from "../train/batches.ts";
import type { Part } from "./draws.ts";
import type { SavedRows } from "./saved_rows.ts";

/** Options of an evaluation beside the model and the data. */
export interface Control {
  /** ends it early: what waits for it gets the signal's reason */
  readonly signal?: AbortSignal | undefined;
  /** throws when the device has failed: see `Backend` */
  readonly check?: (() => void) | undefined;
  /** told how many rows are done of a part of the evaluation */
  readonly onProgress?:
    | ((what: string, done: number, rows: number) => void)
    | undefined;
  /** the rows that are done, for a process that goes on where another ended */
  readonly saved?: SavedRows | undefined;
}

/** Does a piece of the work, unless a signal came before it. */
export async function inTurn<T>(
  work: () => Promise<T>,
  { signal, check }: Control,
): Promise<T> {
  // Signal handlers run only when the event loop turns.
  await setImmediate();
  signal?.throwIfAborted();
  try {
    return await work();
  } finally {
    check?.();
  }
}

/**
 * The results of pieces of the work in their order. So many of them are begun
 * before the one that is awaited is done.
 */
export async function* inTurns<T>(
  works: Iterable<() => Promise<T>>,
  ahead: number,
  control: Control,
): AsyncGenerator<T> {
  const begun: Promise<T>[] = [];
  for (const work of works) {
    const result = inTurn(work, control);
    // Where an earlier one fails, this is not awaited.
    result.catch(() => {});
    begun.push(result);
    if (begun.length > ahead) yield await begun.shift()!;
  }
  for (const result of begun) yield await result;
}

/** Computes a tensor and reads it back; all others are freed. */
export function compute(
  make: () => tf.Tensor,
  control: Control,
): Promise<Float32Array> {
  return inTurn(async () => {
    await startTfjs();
    const tensor = tf.tidy(make);
    try {
      return await tensor.data<"float32">();
    } finally {
      tensor.dispose();
    }
  }, control);
}

/** Rows as float32 pixels, [B, D]. */
export function pixelsOf(
  examples: Examples,
  { first, count }: Part,
): Float32Array {
  const rows = Uint32Array.from({ length: count }, (_, i) => first + i);
  return gather(examples, rows);
}

/** The same, to be made a tensor where it is needed: [B, D], or with a mask. */
export function uploadOf(examples: Examples, rows: Part): () => tf.Tensor2D {
  const x = pixelsOf(examples, rows);
  return () => tf.tensor2d(x, [rows.count, x.length / rows.count]);
}

/** y of rows, [B, C]; undefined: there is none. */
export function conditionsOf(
  examples: Examples,
  { first, count }: Part,
): Float32Array | undefined {
  const rows = Uint32Array.from({ length: count }, (_, i) => first + i);
  return gatherConditions(examples, rows);
}

/** Rows as engines take them. */
export function dataRowsOf(examples: Examples, rows: Part): DataRows {
  return {
    x: pixelsOf(examples, rows),
    condition: conditionsOf(examples, rows),
    size: rows.count,
  };
}

/** The model at y of rows, where it has one, to be used within `compute`. */
export function modelOf(vae: Vae, examples: Examples, rows: Part): Vae {
  const condition = conditionsOf(examples, rows);
  return modelAt(vae, { condition, size: rows.count });
}
