/** What training needs of a browser. */

import type { Host } from "../engine/host.ts";

/** What the page gives to the script that trains. */
interface Given {
  /** the wasm engine's module */
  readonly engine: Uint8Array<ArrayBuffer>;
  /** Starts the page's script as a worker that serves the engine. */
  startThread(name: string): Worker;
}

let given: Given | undefined;

/** Takes what the page has; training needs it. */
export function giveHost(what: Given): void {
  given = what;
}

function needed(): Given {
  if (given === undefined) throw new Error("the page gave no engine");
  return given;
}

const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.onmessage = () => waiting.shift()!();

/** A browser, after {@linkcode giveHost}. */
export const host: Host = {
  engineBytes: () => needed().engine,
  startThread: (name) => needed().startThread(name),
  // Browsers have no flags for operations of 256 bits.
  prefersWideTiles: () => false,
  // A timer would take 4 ms.
  turn: () =>
    new Promise<void>((heard) => {
      waiting.push(heard);
      port2.postMessage(null);
    }),
};
