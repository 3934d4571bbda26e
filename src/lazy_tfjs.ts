/**
 * tfjs, loaded where something needs it: `import { tf } from "./lazy_tfjs.ts"`.
 *
 * Loading it and starting its backend take CPU time and 60 MB for nothing where
 * the wasm engine computes, and a page has none: see start_tfjs.ts.
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

/** Takes the package, for a module that has imported it. */
export function setTfjs(loaded: typeof tfjs): void {
  tf = loaded;
}
