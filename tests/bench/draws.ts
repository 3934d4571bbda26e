/** L_k of test images by the wasm engine, on one thread and on all. */

import { rowsAtOnce } from "../../src/evaluate/draws.ts";
import { importanceBound } from "../../src/evaluate/importance.ts";
import { openWasm, THREADS, threadsLabel } from "./engines.ts";
import { clocked, type Contender, timeTable } from "./harness.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./report.ts";
import { configOf, type Training } from "./training.ts";

/** As `deno task evaluate` does it: so many images at a time. */
const IMAGES = rowsAtOnce({});

function contender(training: Training, k: number, threads: number): Contender {
  const { dim, values } = training.data.test;
  const examples = {
    dim,
    count: IMAGES,
    values: values.subarray(0, IMAGES * dim),
  };
  return {
    name: `wasm engine, ${threadsLabel(threads)}`,
    runs: IMAGES,
    async open() {
      const engine = await openWasm(training, threads);
      const { vae } = engine;
      return {
        time: (times) =>
          clocked(async () => {
            for (let i = 0; i < times; i++) {
              await importanceBound(vae, examples, { k, seed: 1, engine });
            }
          }),
        close() {
          engine[Symbol.dispose]();
          vae.dispose();
        },
      };
    },
  };
}

/** Milliseconds that L_k of one image takes, in a table whose step it is. */
export async function* timeDraws(
  { data, rounds, k, cores }: Options,
): AsyncGenerator<Entry> {
  const training = { data, config: configOf() };
  const { hidden, latentDim } = training.config;
  const shapes = `${[data.dim, ...hidden, latentDim].join("-")}, L_${k}`;
  const table = await timeTable(
    `${shapes} of one image as a step`,
    THREADS.toReversed().map((threads) => contender(training, k, threads)),
    rounds,
    { sorted: false, cores },
  );
  yield table;
  const [all, one] = table.rows;
  if (all === undefined || one === undefined) return;
  if ("failed" in all || "failed" in one) return;
  yield {
    ...{ figure: "all threads against one", shapes },
    value: one.median / all.median,
    ...{ unit: "times as fast", aim: "at least 1.9" },
  };
}
