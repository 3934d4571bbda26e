/**
 * Minibatches. Each is a function of (config, step) alone: the rows, pixels and
 * noise of any step can be made again without the steps before it.
 */

import { drawPixel } from "../data/binarise.ts";
import type { Examples } from "../data/dataset.ts";
import type { TrainingData } from "../data/load.ts";
import type { Batch, BatchSource } from "../engine/engine.ts";
import {
  float32Uniforms,
  observationNoise,
} from "../model/likelihood/noise.ts";
import { totalLatentDim } from "../model/spec.ts";
import { importanceSamples, traitsOf } from "../objective/spec.ts";
import { addressOf, stream } from "../random/stream.ts";
import { checkData } from "./check_data.ts";
import type { RunConfig } from "./config.ts";

/**
 * Rows of the split as float32 pixels, [rows.length, dim]. Where values may be
 * missing, these are 0, and which are observed follows in each row, 1 or 0:
 * [rows.length, 2 dim].
 */
export function gather(
  { dim, values, masked }: Examples,
  rows: Uint32Array,
): Float32Array {
  if (masked) return gatherMasked({ dim, values }, rows);
  const out = new Float32Array(rows.length * dim);
  const unit = values instanceof Uint8Array ? 255 : 1;
  rows.forEach((row, i) => {
    for (let at = i * dim, from = row * dim; from < (row + 1) * dim;) {
      out[at++] = values[from++]! / unit;
    }
  });
  return out;
}

function gatherMasked(
  { dim, values }: Pick<Examples, "dim" | "values">,
  rows: Uint32Array,
): Float32Array {
  const out = new Float32Array(2 * rows.length * dim);
  rows.forEach((row, i) => {
    for (let j = 0, at = 2 * i * dim; j < dim; j++, at++) {
      const value = values[row * dim + j]!;
      if (Number.isNaN(value)) continue;
      out[at] = value;
      out[at + dim] = 1;
    }
  });
  return out;
}

/** y of rows of the split, [rows.length, C]; undefined: there is none. */
export function gatherConditions(
  { condition }: Examples,
  rows: Uint32Array,
): Float32Array | undefined {
  if (condition === undefined) return undefined;
  const { dim, values } = condition;
  const out = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return out;
}

/** Rows with pixels drawn in {0, 1} by random words, [rows.length, dim]. */
function gatherDrawn(
  { dim, values }: Examples,
  rows: Uint32Array,
  words: Uint32Array,
): Float32Array {
  const out = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    for (let j = 0, at = i * dim; j < dim; j++, at++) {
      out[at] = drawPixel(values[row * dim + j]!, words[at]!);
    }
  });
  return out;
}

/** What x and the noise of a step are made of, beside their streams. */
interface Made {
  readonly train: Examples;
  readonly seed: number;
  readonly step: number;
  readonly latentDim: number;
}

/**
 * The minibatch of a training step. What an engine may make itself is made where
 * it is asked for, by getters of a class: those of an object of its own would be
 * a kilobyte of garbage for each run and step.
 */
class StepBatch implements Batch {
  readonly size: number;
  readonly samples: number;
  readonly source: BatchSource;
  readonly condition: Float32Array | undefined;
  readonly dream?: NonNullable<Batch["dream"]>;
  readonly chain?: NonNullable<Batch["chain"]>;
  readonly #of: Made;

  constructor(
    of: Made,
    { source, samples, dream, chain }: {
      readonly source: BatchSource;
      readonly samples: number;
      readonly dream: Batch["dream"] | undefined;
      readonly chain: Batch["chain"] | undefined;
    },
  ) {
    this.#of = of;
    this.size = source.rows.length;
    this.samples = samples;
    this.source = source;
    this.condition = gatherConditions(of.train, source.rows);
    if (dream !== undefined) this.dream = dream;
    if (chain !== undefined) this.chain = chain;
  }

  get x(): Float32Array {
    const { train, seed, step } = this.#of;
    const { rows, pixels } = this.source;
    if (pixels === null) return gather(train, rows);
    const words = stream(seed, "binarise", step).words(this.size * train.dim);
    return gatherDrawn(train, rows, words);
  }

  get noise(): Float32Array {
    const { seed, step, latentDim } = this.#of;
    return stream(seed, "noise", step)
      .normals(this.samples * this.size * latentDim);
  }
}

/** Makes the minibatches of one run. */
export class Batches {
  readonly #data: TrainingData;
  readonly #config: RunConfig;
  #epoch: { index: number; order: Uint32Array } = {
    index: -1,
    order: new Uint32Array(),
  };

  /**
   * Makes no batch yet.
   *
   * @throws {UserError} the data do not fit the config's likelihood
   */
  constructor(data: TrainingData, config: RunConfig) {
    checkData(data, config);
    this.#data = data;
    this.#config = config;
  }

  /**
   * The minibatch of a training step. Steps walk through permutations of the
   * train split, one per epoch, end to end: a batch may span two epochs. Its x
   * and noise are getters, which a spread leaves out: take them by name.
   *
   * @param step from 1
   */
  training(step: number): Batch {
    const { train, drawEachStep } = this.#data;
    const { seed } = this.#config;
    const samples = this.#config.samples * this.#importanceSamples;
    const dreams = this.#dreamsOf(step);
    const chain = this.#chainOf(step, samples);
    const source: BatchSource = {
      values: train.values,
      rows: this.#rowsOf(step),
      pixels: drawEachStep ? addressOf(seed, "binarise", step) : null,
      noise: addressOf(seed, "noise", step),
      ...(dreams && { dream: dreams.streams }),
      ...(chain && { chain: chain.streams }),
    };
    return new StepBatch(
      { train, seed, step, latentDim: totalLatentDim(this.#config) },
      { source, samples, dream: dreams?.noise, chain: chain?.noise },
    );
  }

  /** The noise of wake-sleep's dreams; null: the objective has none. */
  #dreamsOf(step: number) {
    const { seed, batchSize, latentDim, objective, likelihood } = this.#config;
    if (traitsOf(objective).encoder !== "dreams") return null;
    const prior = stream(seed, "dream", step, 0);
    const pixels = stream(seed, "dream", step, 1);
    const count = batchSize * this.#data.train.dim;
    return {
      noise: {
        get prior() {
          return prior.normals(batchSize * latentDim);
        },
        get pixels() {
          return observationNoise(likelihood, pixels, count);
        },
      },
      streams: { prior: prior.address, pixels: pixels.address },
    };
  }

  /** The noise of Monte Carlo EM's chains; null: the objective has none. */
  #chainOf(step: number, samples: number) {
    const { seed, batchSize, latentDim, objective } = this.#config;
    if (!("transitions" in objective)) return null;
    const { transitions } = objective;
    const momentum = stream(seed, "chain", step, 0);
    const uniforms = stream(seed, "chain", step, 1);
    const moves = transitions * samples * batchSize;
    return {
      noise: {
        transitions,
        get momentum() {
          return momentum.normals(moves * latentDim);
        },
        get uniforms() {
          return float32Uniforms(uniforms, moves);
        },
      },
      streams: { momentum: momentum.address, uniforms: uniforms.address },
    };
  }

  /** The test split in batches, the same at every evaluation of a seed. */
  test(): Generator<Batch> {
    return this.#inOrder(this.#data.test, TEST_PART);
  }

  /** The same of the validation rows. */
  validation(): Generator<Batch> {
    const { validation } = this.#data;
    if (validation === undefined) throw new TypeError("no validation rows");
    return this.#inOrder(validation, VALIDATION_PART);
  }

  *#inOrder(examples: Examples, part: number): Generator<Batch> {
    const { seed, evalSamples } = this.#config;
    const samples = evalSamples * this.#importanceSamples;
    for (let start = 0; start < examples.count; start += TEST_BATCH) {
      const size = Math.min(TEST_BATCH, examples.count - start);
      const rows = Uint32Array.from({ length: size }, (_, i) => start + i);
      const noise = stream(seed, "evaluate", start / TEST_BATCH, part);
      const latentDim = totalLatentDim(this.#config);
      const condition = gatherConditions(examples, rows);
      yield {
        // Made on demand, as in training.
        get x() {
          return gather(examples, rows);
        },
        get noise() {
          return noise.normals(samples * size * latentDim);
        },
        ...(condition && { condition }),
        ...{ size, samples },
        source: {
          ...{ values: examples.values, rows, pixels: null },
          noise: noise.address,
        },
      };
    }
  }

  /** Number of test rows. */
  get testCount(): number {
    return this.#data.test.count;
  }

  /** Number of validation rows; 0: there are none. */
  get validationCount(): number {
    return this.#data.validation?.count ?? 0;
  }

  get #importanceSamples(): number {
    return importanceSamples(this.#config.objective);
  }

  #rowsOf(step: number): Uint32Array {
    const { train } = this.#data;
    const { batchSize } = this.#config;
    const first = (step - 1) * batchSize;
    const rowsFrom = (position: number, count: number) => {
      const epoch = Math.floor(position / train.count);
      const from = position - epoch * train.count;
      return this.#orderOf(epoch).subarray(from, from + count);
    };
    const all = rowsFrom(first, batchSize);
    if (all.length === batchSize) return all;
    const rows = new Uint32Array(batchSize);
    for (let i = 0; i < batchSize;) {
      const own = rowsFrom(first + i, batchSize - i);
      rows.set(own, i);
      i += own.length;
    }
    return rows;
  }

  #orderOf(epoch: number): Uint32Array {
    if (this.#epoch.index !== epoch) {
      const order = stream(this.#config.seed, "order", epoch)
        .permutation(this.#data.train.count);
      this.#epoch = { index: epoch, order };
    }
    return this.#epoch.order;
  }
}

const TEST_BATCH = 500;

/** The parts of the stream of evaluations. */
const [TEST_PART, VALIDATION_PART] = [0, 1];
