/** A program: one worker thread of the wasm engine. */

import { serveThread, type Start } from "./thread.ts";

// Only the message handler's side of a worker's global scope is needed.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Start>) => void;
  close(): void;
};

scope.onmessage = ({ data }) => {
  serveThread(data);
  scope.close();
};
