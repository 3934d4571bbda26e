/** Small configs and data whose rows can be told apart. */

import type { TrainingData } from "../../src/data/load.ts";
import type { RunConfig } from "../../src/train/config.ts";

/** A config of a small run, on `toyData`. */
export function configOf(overrides: Partial<RunConfig> = {}): RunConfig {
  return {
    dataset: "glyphs",
    dataSeed: 0,
    binarize: "none",
    trainSize: null,
    testSize: null,
    latentDim: 2,
    hidden: [4],
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
    optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    learningRate: 0.01,
    weightDecay: 0,
    batchSize: 4,
    steps: 10,
    evalEvery: 5,
    evalSamples: 1,
    finalEvaluation: null,
    seed: 0,
    ...overrides,
  };
}

/** Rows of the three grey levels (row, 0, 255); at most 256 train rows. */
export function toyData(
  { train = 10, test = 7, drawEachStep = false } = {},
): TrainingData {
  const rows = (count: number) => ({
    count,
    dim: 3,
    values: Uint8Array.from(
      { length: 3 * count },
      (_, i) => [Math.floor(i / 3) % 256, 0, 255][i % 3]!,
    ),
  });
  return {
    name: "toy",
    dim: 3,
    image: null,
    train: rows(train),
    test: rows(test),
    sha256: "",
    drawEachStep,
  };
}

/** The row numbers of a batch of `toyData`. */
export function rowsOf(x: Float32Array): number[] {
  return Array.from(
    { length: x.length / 3 },
    (_, i) => Math.round(255 * x[3 * i]!),
  );
}
