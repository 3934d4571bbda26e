/** A program: one worker thread of the wasm engine. */

import { openBlas } from "./blas.ts";
import { instantiate } from "./module.ts";

interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** the library of products; null: the module's own */
  readonly blas: string | null;
}

// Only the message handler's side of a worker's global scope is needed.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Start>) => void;
  close(): void;
};

scope.onmessage = ({ data: { module, memory, blas } }) => {
  using library = blas === null ? null : openBlas(blas, memory);
  const exports = instantiate(module, memory, library?.gemm);
  try {
    exports.serve();
  } catch (error) {
    exports.fail();
    throw error;
  }
  scope.close();
};
