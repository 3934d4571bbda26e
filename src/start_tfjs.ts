/**
 * Loading tfjs and starting its backend. What gets a backend for a command has
 * it started by {@linkcode startTfjs} alone, which every function awaits that
 * computes with tfjs and takes no tensors.
 */

import { setTfjs, tf } from "./lazy_tfjs.ts";

let start: () => Promise<void> = loadTfjs;
let started: Promise<void> | undefined;

/** Loads the package, and starts nothing. */
export async function loadTfjs(): Promise<void> {
  setTfjs(await import("@tensorflow/tfjs"));
}

/**
 * Says how the backend starts, which waits until something needs tfjs. Where
 * it is loaded already, as a script may use it, it starts now.
 */
export async function startLater(backend: () => Promise<void>): Promise<void> {
  const isLoaded = "tidy" in tf;
  started = undefined;
  start = async () => {
    await loadTfjs();
    await backend();
  };
  if (isLoaded) await startTfjs();
}

/** Loads tfjs and starts its backend, unless that is done. */
export async function startTfjs(): Promise<void> {
  await (started ??= start());
}
