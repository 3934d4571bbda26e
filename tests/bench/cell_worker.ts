/**
 * A program: one cell of tests/bench/cells.ts. It is sent the data, then
 * numbers of steps, and answers each when they are done.
 */

import type { TrainingData } from "../../src/data/load.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { Batches } from "../../src/train/batches.ts";
import { wasmContender } from "./contenders.ts";
import { configOf } from "./model.ts";

// Only the message handler's side of a worker's global scope is needed.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<TrainingData | number>) => void;
  postMessage(done: true): void;
};

async function open(data: TrainingData) {
  await openBackend("cpu");
  const config = configOf();
  const batches = new Batches(data, config);
  return await wasmContender(1, 0, batches, config, data.dim);
}

let contender: ReturnType<typeof open> | undefined;
scope.onmessage = async ({ data }) => {
  if (typeof data !== "number") {
    contender = open(data);
    return;
  }
  await (await contender!).run(data);
  scope.postMessage(true);
};
