/**
 * The module: whole training steps of a VAE in a memory that the host lays
 * out. See src/engine/wasm/compile.ts.
 */

import { prepare, runAsThread } from "./program";
import { END_OF_WORKERS, READY } from "../layout";
import {
  awaitEpoch,
  endWorkers,
  hasFailed,
  wakeWorkers,
  workersReady,
} from "./threads";

/**
 * Runs a program with the workers that are ready, up to `most` threads.
 *
 * @returns 0, or 1 if a thread failed
 */
export function run(program: usize, most: i32): i32 {
  const workers = min<i32>(workersReady(), most - 1);
  prepare(program, workers + 1);
  if (hasFailed()) return 1;
  if (workers > 0) wakeWorkers(workers);
  runAsThread(0, workers + 1);
  return hasFailed() ? 1 : 0;
}

/** A worker's life: programs, until the engine ends. */
export function serve(): void {
  // Of no epoch: a worker that starts after the end must see that, too.
  let epoch = 0;
  const worker = atomic.add<i32>(READY, 1);
  while (!hasFailed()) {
    epoch = awaitEpoch(epoch);
    const workers = epoch & 0xff;
    if (workers == END_OF_WORKERS) return;
    if (worker >= workers) continue;
    runAsThread(worker + 1, workers + 1);
  }
}

/** Ends all workers. */
export function end(): void {
  endWorkers();
}

export { fail } from "./threads";
export {
  expMinusOneMinusOf,
  expOf,
  log1pOf,
  logOf,
  sigmoidOf,
  signOf,
  softplusOf,
  tanhOf,
} from "./elementary_arrays";
export { philoxBlocks } from "./philox";
export { normalQuantile } from "./normal_quantile";
export { exp64, log64 } from "./scalar";
// Exported so that they stay functions of their own, which V8 packs one by one
// (deno task wide): else the optimiser puts all of them into one.
export {
  normalsTask,
  pixelsTask,
  rowNormalsTask,
  uniformsTask,
} from "./batch";
export { inferTask } from "./inference";
export { adagradTask, adamTask, sgdTask } from "./optimizers";
export { packTask } from "./pack";
export * from "./pixelwise";
export { posteriorGradientTask } from "./posterior_gradient";
export { productTask, wideTile } from "./product";
export { scaleOutputsTask, sumColumnsTask } from "./rows";
export {
  listColumnsTask,
  listRowsTask,
  sparseProductTask,
  sumSixtyFour,
} from "./sparse_product";
export { finish } from "./finish";
