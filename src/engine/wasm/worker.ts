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
  instantiate(module, memory).serve();
  scope.close();
};
