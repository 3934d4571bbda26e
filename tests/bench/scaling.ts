/** How a step's time grows with each size of a training: without cliffs. */

import { THREADS, wasmContender } from "./engines.ts";
import { type Contender, timeTable } from "./harness.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./report.ts";
import { configOf, shapesOf, specOf, type Training } from "./training.ts";

const THREADS_MOST = THREADS.at(-1)!;

/** One size after the other, all others as usual. */
const SIZES = {
  "batch": [16, 32, 64, 128, 512, 1024, 4096]
    .map((batchSize) => ({ batchSize })),
  "latent": [2, 10, 20, 50, 100, 200, 500]
    .map((latentDim) => ({ latentDim })),
  "hidden": [50, 100, 200, 400, 1000, 2000]
    .map((units) => ({ hidden: [units] })),
  "L": [1, 2, 5, 10, 25, 50].map((samples) => ({ samples })),
} as const;

/**
 * Multiplications, each with an addition, of a step's products: forward, for
 * the weights, and for the inputs of all layers but the encoder's first. Those
 * with zeros of x, which the engine leaves out, count.
 */
function multiplyAdds(training: Training): number {
  const { dataDim, latentDim, hidden: [units] } = specOf(training);
  const { batchSize, samples } = training.config;
  const width = units as number;
  const encoder = 2 * dataDim * width + 3 * width * 2 * latentDim;
  const decoder = 3 * (latentDim * width + width * dataDim);
  return batchSize * (encoder + samples * decoder);
}

/**
 * A table for each size: a step on all cores, and the CPU's time for each
 * multiplication in it, which is about the same for all.
 */
export async function* timeScaling(
  { data, rounds, cores }: Options,
): AsyncGenerator<Entry> {
  for (const [name, changes] of Object.entries(SIZES)) {
    const contenders = changes.map((change): Contender => {
      const training = { data, config: configOf(change) };
      return {
        ...wasmContender(training, THREADS_MOST),
        name: shapesOf(training),
        multiplyAdds: multiplyAdds(training),
      };
    });
    yield await timeTable(`wasm engine, by ${name}`, contenders, rounds, {
      sorted: false,
      cores,
    });
  }
}
