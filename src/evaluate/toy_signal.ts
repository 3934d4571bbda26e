/** Signal, noise and bias of the gradients of the Gaussian toy. */

import { type Estimate, RunningMoments } from "./estimates.ts";
import {
  TOY_DIM,
  TOY_GRADIENTS,
  toyAt,
  type ToyGradient,
  toyGradients,
  toyNoise,
} from "./gaussian_toy.ts";
import { jackknife, merged, signalToNoise } from "./signal_to_noise.ts";

/** Of the draws, for the standard errors. */
const BLOCKS = 10;

/** How the gradients are measured. */
export interface ToyOptions {
  /** of data, parameters and draws, an integer in 0..2^53-1 */
  readonly seed: number;
  /** datapoints that a gradient is the mean over */
  readonly rows: number;
  /** importance samples of each */
  readonly k: number;
  /** gradients, at least ten */
  readonly draws: number;
}

/** What was measured of a gradient g over its draws. */
export interface ToySignal {
  /** mean over the numbers of |E g_i| / sd g_i */
  readonly snr: Estimate;
  /** mean over the numbers of the variance of g_i */
  readonly variance: Estimate;
  /**
   * E g over the mean of the plain gradient of the same parameter, both along
   * the mean of `encoder-dreg`, which has the least noise: 1 where the two have
   * one mean
   */
  readonly relative: Estimate;
}

/**
 * Measures the gradients of the toy near its optimum, all from the same draws.
 * Standard errors are those of the jackknife over ten blocks of draws.
 *
 * A gradient that is zero in all draws, as `encoder-rws-dreg` at k = 1, has a
 * signal to noise of NaN.
 */
export function toySignal(
  { seed, rows, k, draws }: ToyOptions,
): Record<ToyGradient, ToySignal> {
  const toy = toyAt(seed, rows);
  const blocks = Array.from({ length: BLOCKS }, () => newBlock());
  for (let draw = 0; draw < draws; draw++) {
    const noise = toyNoise(toy, { seed, k, draw });
    const gradients = toyGradients(toy, noise, k);
    for (const name of TOY_GRADIENTS) {
      blocks[draw % BLOCKS]![name].add(gradients[name]);
    }
  }
  return byGradient((name) => {
    const [variance, relative] = jackknife(blocks, (blocks) => {
      const { squares, count } = merged(blocks.map((block) => block[name]));
      const total = squares.reduce((sum, value) => sum + value, 0);
      return [total / (count - 1) / TOY_DIM, relativeMean(blocks, name)];
    });
    const { elementwise } = signalToNoise(blocks.map((block) => block[name]));
    return { snr: elementwise, variance: variance!, relative: relative! };
  });
}

type Block = Record<ToyGradient, RunningMoments>;

function newBlock(): Block {
  return byGradient(() => new RunningMoments(TOY_DIM));
}

function byGradient<T>(of: (name: ToyGradient) => T): Record<ToyGradient, T> {
  return Object.fromEntries(
    TOY_GRADIENTS.map((name) => [name, of(name)]),
  ) as Record<ToyGradient, T>;
}

/** See {@linkcode ToySignal.relative}. */
function relativeMean(blocks: readonly Block[], name: ToyGradient): number {
  const meansOf = (name: ToyGradient) =>
    merged(blocks.map((block) => block[name])).means;
  const plain = name === "decoder" ? "decoder" : "encoder";
  const along = name === "decoder"
    ? meansOf("decoder")
    : meansOf("encoder-dreg");
  const size = (means: Float64Array) =>
    means.reduce((sum, mean, i) => sum + mean * along[i]!, 0);
  return size(meansOf(name)) / size(meansOf(plain));
}
