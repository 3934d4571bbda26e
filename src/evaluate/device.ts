/** Work on the device in pieces that leave room for signals and progress. */

import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import type { Examples } from "../data/dataset.ts";
import { gather } from "../train/batches.ts";
import type { Part } from "./draws.ts";

/** What an evaluation may be told beside what it evaluates. */
export interface Control {
  /** ends it early: what waits for it gets the signal's reason */
  readonly signal?: AbortSignal | undefined;
  /** throws when the device has failed: see `Backend` */
  readonly check?: (() => void) | undefined;
  /** told how many rows are done of a part of the evaluation */
  readonly onProgress?:
    | ((what: string, done: number, rows: number) => void)
    | undefined;
}

/** Computes a tensor and reads it back; all others are freed. */
export async function compute(
  make: () => tf.Tensor,
  { signal, check }: Control,
): Promise<Float32Array> {
  // Signal handlers run only when the event loop turns.
  await setImmediate();
  signal?.throwIfAborted();
  const tensor = tf.tidy(make);
  try {
    return await tensor.data<"float32">();
  } finally {
    tensor.dispose();
    check?.();
  }
}

/** Rows as float32 pixels, to be made a tensor [B, D] where it is needed. */
export function uploadOf(
  examples: Examples,
  { first, count }: Part,
): () => tf.Tensor2D {
  const rows = Uint32Array.from({ length: count }, (_, i) => first + i);
  const x = gather(examples, rows);
  return () => tf.tensor2d(x, [count, examples.dim]);
}
