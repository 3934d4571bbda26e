/** The training that the benchmark times. */

import { loadDataset, type TrainingData } from "../../src/data/load.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { vaeSpec } from "../../src/train/create_vae.ts";
import { configOf as toyConfigOf } from "../train/toys.ts";

/** What is trained, and on which data. */
export interface Training {
  readonly data: TrainingData;
  readonly config: RunConfig;
}

/** 784-400-20, batch 128, tanh, Adam, Bernoulli, L = 1, and changes of it. */
export function configOf(changes: Partial<RunConfig> = {}): RunConfig {
  return toyConfigOf({
    binarize: "dynamic",
    hidden: [400],
    latentDim: 20,
    batchSize: 128,
    learningRate: 1e-3,
    seed: 1,
    ...changes,
  });
}

/** MNIST of the folder, or glyphs where there is none. */
export async function dataOf(
  dataDir: string | undefined,
): Promise<TrainingData> {
  const dataset = dataDir === undefined ? "glyphs" : "mnist";
  return await loadDataset(configOf({ dataset }), { dataDir });
}

/** Such as `784-400-20, batch 128, L=1`. */
export function shapesOf({ data, config }: Training): string {
  const { hidden, latentDim, batchSize, samples } = config;
  const layers = [data.dim, ...hidden, latentDim].join("-");
  return `${layers}, batch ${batchSize}, L=${samples}`;
}

/** The model's shape. */
export function specOf({ data, config }: Training): VaeSpec {
  return vaeSpec(config, { dim: data.dim, image: null });
}

/** The model, at its first parameters. */
export function newVae(training: Training): Vae {
  const spec = specOf(training);
  return new Vae(spec, initialParameters(spec, training.config.seed));
}
