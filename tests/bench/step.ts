/**
 * A program: milliseconds per training step, of all contenders in turn, so
 * that what else the machine does meets all of them.
 *
 *     deno task bench [--json] [--samples 1,5] [--rounds N] [--data-dir DIR]
 *
 * Engines of the laboratory make their minibatches, noise and binarised pixels
 * at every step; PyTorch is given its minibatches. `--samples` beyond 1 times
 * the wasm engine alone.
 */

import { parseArgs } from "node:util";
import { loadDataset } from "../../src/data/load.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { findBlas } from "../../src/engine/wasm/blas.ts";
import type { Kernels } from "../../src/engine/wasm/module.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import {
  type Contender,
  tfjsContender,
  torchContender,
  wasmContender,
} from "./contenders.ts";

const { values: flags } = parseArgs({
  options: {
    "json": { type: "boolean", default: false },
    "samples": { type: "string", default: "1" },
    "rounds": { type: "string", default: "15" },
    "data-dir": { type: "string" },
  },
});
const rounds = Number(flags.rounds);
const dataDir = flags["data-dir"];

function configWith(samples: number): RunConfig {
  return {
    dataset: dataDir === undefined ? "glyphs" : "mnist",
    dataSeed: 0,
    binarize: "dynamic",
    trainSize: null,
    testSize: null,
    latentDim: 20,
    hidden: [400],
    activation: "tanh",
    posterior: "diagonal",
    upper: null,
    likelihood: { family: "bernoulli" },
    initialisation: "glorot",
    outputBias: "init",
    objective: { name: "elbo" },
    beta: 1,
    freeBits: null,
    capacity: null,
    samples,
    optimizer: OPTIMIZERS.adam,
    learningRate: 1e-3,
    batchSize: 128,
    steps: 1,
    evalEvery: 1,
    evalSamples: 1,
    finalEvaluation: null,
    seed: 1,
  };
}

const base = configWith(1);
const data = await loadDataset(base, { dataDir });
const { dim } = data;
const cores = navigator.hardwareConcurrency;
const backend = await openBackend("wasm");
const blas = findBlas("auto")?.library;
/** The portable one first; OpenBLAS where it is installed. */
const KERNELS: readonly Kernels[] = [
  {},
  { fastMath: true },
  ...blas === undefined ? [] : [{ blas }, { blas, fastMath: true }],
];

async function contendersFor(samples: number): Promise<Contender[]> {
  const config = configWith(samples);
  const batches = new Batches(data, config);
  const steps = Math.max(1, Math.round(20 / samples));
  const threads = [...new Set([1, cores])];
  const all: (Contender | null)[] = [];
  for (const count of threads) {
    for (const kernels of KERNELS) {
      all.push(
        await wasmContender(count, steps, batches, config, dim, kernels),
      );
    }
  }
  if (samples === 1) {
    for (const count of threads) {
      all.push(await torchContender(count, steps, batches, config, dim));
    }
    all.push(tfjsContender(backend.name, 2, batches, config, dim));
  }
  return all.filter((contender) => contender !== null);
}

/** The value that a part of the others lies below. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(part * (sorted.length - 1))]!;
}

function print(
  shapes: string,
  timings: ReadonlyMap<string, readonly number[]>,
): void {
  if (!flags.json) console.log(`\n${shapes}: ms per step`);
  for (const [contender, values] of timings) {
    const [fastest, median, slowest] = [0, 0.5, 1].map((part) =>
      quantile(values, part)
    ) as [number, number, number];
    if (flags.json) {
      console.log(JSON.stringify({
        contender,
        shapes,
        rounds,
        median,
        fastest,
        slowest,
      }));
    } else {
      console.log(
        `  ${contender.padEnd(44)} median ${median.toFixed(2).padStart(8)}` +
          `  fastest ${fastest.toFixed(2).padStart(8)}` +
          `  slowest ${slowest.toFixed(2).padStart(8)}`,
      );
    }
  }
}

if (!flags.json) {
  console.log(`${cores} cores, ${Deno.build.target}, ${data.name}`);
}
for (const samples of flags.samples.split(",").map(Number)) {
  const contenders = await contendersFor(samples);
  const timings = new Map(
    contenders.map(({ name }) => [name, [] as number[]]),
  );
  for (const { run, steps } of contenders) await run(steps);
  for (let round = 0; round < rounds; round++) {
    for (const { name, run, steps } of contenders) {
      timings.get(name)!.push(await run(steps));
    }
  }
  const { hidden, latentDim, batchSize } = base;
  const shapes = `${dim}-${hidden}-${latentDim}, batch ${batchSize}, ` +
    `L=${samples}`;
  print(shapes, timings);
  for (const contender of contenders) await contender.close();
}
