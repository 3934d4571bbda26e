/**
 * tfjs, loaded where something needs it: `import { tf } from "./lazy_tfjs.ts"`.
 *
 * Loading it and starting its backend take CPU time and 60 MB for nothing where
 * the wasm engine computes. Hence what gets a
 * backend for a command has it started by {@linkcode startTfjs} alone, which
 * every function awaits that computes with tfjs and takes no tensors.
 */

import type * as tfjs from "@tensorflow/tfjs";

/** The package, once it is loaded. */
export let tf: typeof tfjs = new Proxy({} as typeof tfjs, {
  get() {
    throw new Error(
      "tfjs is not loaded: import @elbo/lab/tfjs, or await openBackend()",
    );
  },
});

/** Its types. */
export declare namespace tf {
  type GradSaveFunc = tfjs.GradSaveFunc;
  type Scalar = tfjs.Scalar;
  type Tensor = tfjs.Tensor;
  type Tensor1D = tfjs.Tensor1D;
  type Tensor2D = tfjs.Tensor2D;
  type TensorContainer = tfjs.TensorContainer;
  type Variable = tfjs.Variable;
}

let start: () => Promise<void> = loadTfjs;
let started: Promise<void> | undefined;

/** Takes the package, for a module that has imported it. */
export function setTfjs(loaded: typeof tfjs): void {
  tf = loaded;
}

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
