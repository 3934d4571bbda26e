/** A program: one worker thread of the wasm engine. */

import { instantiate } from "./module.ts";

interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

// Only the message handler's side of a worker's global scope is needed.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Start>) => void;
  close(): void;
};

scope.onmessage = ({ data: { module, memory } }) => {
  const exports = instantiate(module, memory);
  try {
    exports.serve();
  } catch (error) {
    exports.fail();
    throw error;
  }
  scope.close();
};
