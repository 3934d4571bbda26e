/** Milliseconds per training step, of all who can train it. */

import type { TrainingData } from "../../src/data/load.ts";
import { type BackendChoice, openBackend } from "../../src/engine/backend.ts";
import { findBlas } from "../../src/engine/wasm/blas.ts";
import type { Kernels } from "../../src/engine/wasm/module.ts";
import { Batches } from "../../src/train/batches.ts";
import {
  alternate,
  type Contender,
  tfjsContender,
  type Timings,
  wasmContender,
  wasmName,
} from "./contenders.ts";
import { jaxContender } from "./jax_step.ts";
import { configOf, shapesOf, THREADS } from "./model.ts";
import { type Figure, medianOf } from "./report.ts";
import { torchContenders } from "./torch.ts";

const CORES = THREADS.at(-1)!;

/** The steps of a round: fewer, the longer they take. */
function stepsOf(samples: number): number {
  return Math.max(1, Math.round(20 / samples));
}

/** The portable ones first; OpenBLAS where it is installed. */
function kernelsWith(blas: string | undefined): Kernels[] {
  const own = [{}, { fastMath: true }];
  return blas === undefined
    ? own
    : [...own, { blas }, { blas, fastMath: true }];
}

/**
 * Times a step with L draws of z: of the wasm engine and PyTorch, and for
 * L = 1 of the others, and of kernels that are not portable, too.
 *
 * Engines of the laboratory make their minibatches, noise and binarised pixels
 * at every step; PyTorch is given its minibatches.
 */
export async function timeSteps(
  data: TrainingData,
  { samples, rounds, backend: choice, withJax }: {
    samples: number;
    rounds: number;
    backend: BackendChoice;
    withJax: boolean;
  },
): Promise<{ shapes: string; timings: Timings }> {
  const config = configOf({ samples });
  const batches = new Batches(data, config);
  const { dim } = data;
  const steps = stepsOf(samples);
  const backend = await openBackend(choice);
  const contenders: Contender[] = [];
  const blas = findBlas("auto")?.library;
  for (const threads of THREADS) {
    for (const kernels of samples === 1 ? kernelsWith(blas) : [{}]) {
      contenders.push(
        await wasmContender(threads, steps, batches, config, dim, kernels),
      );
    }
  }
  contenders.push(...await torchContenders(steps, batches, config, dim));
  if (samples === 1) {
    contenders.push(tfjsContender(backend.name, 2, batches, config, dim));
    if (withJax) {
      contenders.push(await jaxContender("wasm", 5, batches, config, dim));
    }
  }
  return {
    shapes: shapesOf(config, dim),
    timings: await alternate(contenders, rounds),
  };
}

/** How the wasm engine stands against the others. */
export function comparisons(shapes: string, timings: Timings): Figure[] {
  const own = medianOf(timings, wasmName(CORES));
  const medians = (start: string) =>
    [...timings.keys()].filter((name) => name.startsWith(start))
      .map((name) => medianOf(timings, name));
  const torch = Math.min(...medians("PyTorch"));
  const tfjs = Math.min(...medians("tfjs wasm"));
  const figures: Figure[] = [];
  if (Number.isFinite(torch)) {
    figures.push({
      figure: "wasm engine against PyTorch at its best",
      shapes,
      value: own / torch,
      unit: "of its time",
      aim: "at most 1",
    });
  }
  const blas = Math.min(...medians("wasm engine, OpenBLAS"));
  if (Number.isFinite(torch) && Number.isFinite(blas)) {
    figures.push({
      figure: "wasm engine with OpenBLAS against PyTorch at its best",
      shapes,
      value: blas / torch,
      unit: "of its time",
      aim: "at most 0.5",
    });
  }
  if (Number.isFinite(tfjs)) {
    figures.push({
      figure: "wasm engine against tfjs's wasm backend",
      shapes,
      value: tfjs / own,
      unit: "times as fast",
      aim: "at least 15",
    });
  }
  if (CORES > 1) {
    figures.push({
      figure: `${CORES} threads against one`,
      shapes,
      value: medianOf(timings, wasmName(1)) / own,
      unit: "times as fast",
      aim: "at least 1.7 for 2",
    });
  }
  return figures;
}

/**
 * What L = 25 costs, in parts of one encoder and 25 decoders. A decoder is
 * what each draw from 1 to 5 adds.
 *
 * @param medians milliseconds per step, by L
 */
export function costOfDraws(
  medians: ReadonlyMap<number, number>,
  shapes: string,
): Figure[] {
  const [one, five, many] = [1, 5, 25].map((L) => medians.get(L));
  if (one === undefined || five === undefined || many === undefined) return [];
  const decoder = (five - one) / 4;
  return [{
    figure: "a step at L=25 against one encoder and 25 decoders",
    shapes,
    value: many / (one + 24 * decoder),
    unit: "of their time",
    aim: "at most 1",
  }];
}
