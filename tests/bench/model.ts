/** The training that tests/bench/ times. */

import { loadDataset, type TrainingData } from "../../src/data/load.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { Vae } from "../../src/model/vae.ts";
import type { Kernels } from "../../src/engine/wasm/module.ts";
import { WasmEngine } from "../../src/engine/wasm/wasm_engine.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { vaeSpec } from "../../src/train/create_vae.ts";

/** 784-400-20, batch 128, tanh, Adam, Bernoulli, L = 1, and changes of it. */
export function configOf(changes: Partial<RunConfig> = {}): RunConfig {
  return {
    dataset: "glyphs",
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
    samples: 1,
    optimizer: OPTIMIZERS.adam,
    learningRate: 1e-3,
    weightDecay: 0,
    batchSize: 128,
    steps: 1,
    evalEvery: 1,
    evalSamples: 1,
    finalEvaluation: null,
    seed: 1,
    ...changes,
  };
}

/** MNIST of the folder, or glyphs where there is none. */
export async function dataOf(
  dataDir: string | undefined,
): Promise<TrainingData> {
  const dataset = dataDir === undefined ? "glyphs" : "mnist";
  return await loadDataset(configOf({ dataset }), { dataDir });
}

/** Such as `784-400-20, batch 128, L=1`. */
export function shapesOf(
  { hidden, latentDim, batchSize, samples }: RunConfig,
  dim: number,
): string {
  const layers = [dim, ...hidden, latentDim].join("-");
  return `${layers}, batch ${batchSize}, L=${samples}`;
}

/** The model, at its first parameters. */
export function newVae(config: RunConfig, dim: number): Vae {
  const spec = vaeSpec(config, { dim, image: null });
  return new Vae(spec, initialParameters(spec, config.seed));
}

/** The wasm engine, once all of its threads run. */
export async function wasmEngine(
  config: RunConfig,
  dim: number,
  threads: number,
  kernels: Kernels = {},
): Promise<WasmEngine> {
  const vae = newVae(config, dim);
  const engine = await WasmEngine.create(vae, config, threads, kernels);
  while (engine.threads < threads) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return engine;
}

/** Such as `2 threads`. */
export function threadsLabel(threads: number): string {
  return `${threads} thread${threads === 1 ? "" : "s"}`;
}

/** 1 and all cores. */
export const THREADS = [...new Set([1, navigator.hardwareConcurrency])];
