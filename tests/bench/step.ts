/** Milliseconds per training step, of all who can train it on the CPU. */

import { openBackend } from "../../src/engine/backend.ts";
import { tfjsContender, THREADS, wasmContender } from "./engines.ts";
import { cpuTorch } from "./frameworks.ts";
import { type Contender, timeTable } from "./harness.ts";
import { jaxContender } from "./jax_step.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./report.ts";
import { configOf, shapesOf } from "./training.ts";

/**
 * A table for every number of draws L; tfjs and jax-js for L = 1 alone. The
 * rows of one thread tell best, by their CPU time, what a change does to the
 * engine on a machine that others use, too.
 *
 * Engines of the laboratory make their minibatches, noise and binarised pixels
 * at every step; PyTorch is given its minibatches.
 */
export async function* timeSteps(options: Options): AsyncGenerator<Entry> {
  const { data, rounds, backend, jaxJs, pythons, cores } = options;
  const medians = new Map<number, number>();
  for (const samples of options.samples ?? [1, 5, 25, 50]) {
    const training = { data, config: configOf({ samples }) };
    const contenders: Contender[] = [
      ...THREADS.toReversed()
        .map((threads) => wasmContender(training, threads)),
      ...await cpuTorch(pythons.torch, training),
      ...samples > 1 ? [] : [{
        ...tfjsContender(backend, training, () => openBackend(backend)),
        aim: "at least 15",
      }],
      ...samples === 1 && jaxJs ? [jaxContender("wasm", training)] : [],
    ];
    const table = await timeTable(shapesOf(training), contenders, rounds, {
      cores,
    });
    yield table;
    const medianOf = (prefix: string) =>
      table.rows.flatMap((row) =>
        "median" in row && row.contender.startsWith(prefix) ? [row.median] : []
      ).at(0);
    const [own, alone] = [THREADS.at(-1)!, 1]
      .map((threads) => medianOf(wasmContender(training, threads).name));
    if (own === undefined) continue;
    medians.set(samples, own);
    const shapes = shapesOf(training);
    const torch = medianOf("PyTorch");
    if (torch !== undefined) {
      yield {
        ...{ figure: "wasm engine against PyTorch at its best", shapes },
        ...{ value: own / torch, unit: "of its time" },
        aim: samples === 1 ? "at most 0.5" : "at most 0.7",
      };
    }
    if (alone !== undefined && THREADS.length > 1) {
      yield {
        ...{ figure: "all threads against one", shapes },
        ...{ value: alone / own, unit: "times as fast", aim: "at least 1.8" },
      };
    }
  }
  // A decoder is what each draw from 1 to 5 adds.
  const [one, five, many] = [1, 5, 25].map((L) => medians.get(L));
  if (one === undefined || five === undefined || many === undefined) return;
  yield {
    figure: "a step at L=25 against one encoder and 25 decoders",
    shapes: shapesOf({ data, config: configOf({ samples: 25 }) }),
    value: many / (one + 24 * (five - one) / 4),
    unit: "of their time",
    aim: "at most 1",
  };
}
