/**
 * A program: one cell of tests/bench/cells.ts. It is sent the data, then
 * numbers of steps, and answers each when they are done.
 */

import type { TrainingData } from "../../src/data/load.ts";
import { wasmContender } from "./engines.ts";
import type { Trainer } from "./harness.ts";
import { configOf } from "./training.ts";

// Only the message handler's side of a worker's global scope is needed.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<TrainingData | number>) => void;
  postMessage(done: true): void;
};

let trainer: Promise<Trainer> | undefined;
scope.onmessage = async ({ data }) => {
  if (typeof data !== "number") {
    trainer = wasmContender({ data, config: configOf() }, 1).open();
    return;
  }
  await (await trainer!).time(data);
  scope.postMessage(true);
};
