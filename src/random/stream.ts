/** Keyed streams of random numbers: (seed, purpose, step) names all of them. */

import { fillPhilox } from "./philox.ts";
import { normalQuantile } from "./normal_quantile.ts";

/**
 * The purposes of streams. Each draws its own numbers, so that, for example,
 * more Monte Carlo samples never change the order of the data.
 */
export const PURPOSES = {
  /** initial parameters; part: index of the parameter */
  init: 1,
  /** order of the training data; step: epoch */
  order: 2,
  /** pixels drawn from grey levels; step: training step, or row of the data */
  binarise: 3,
  /** reparameterisation noise; step: training step */
  noise: 4,
  /**
   * noise of evaluations; step: batch of the rows, never the step; part: 0 of
   * the test split, 1 of the validation rows
   */
  evaluate: 5,
  /** draws from the prior */
  generate: 6,
  /** synthetic data; step: row, part: quantity that is drawn */
  data: 7,
  /** Markov chains that estimate log p(x); step: row, part: see inference/ */
  inference: 8,
  /** noise of gradients at fixed parameters; step: draw */
  gradient: 9,
  /** dreams of wake-sleep; step: training step, part: 0 prior, 1 pixels */
  dream: 10,
  /** chains of Monte Carlo EM; step as above, part: 0 momentum, 1 acceptance */
  chain: 11,
  /**
   * draws of z in evaluations of trained models; step: row, part: see evaluate/
   */
  estimate: 12,
} as const;

/** A stream's purpose; see {@linkcode PURPOSES}. */
export type Purpose = keyof typeof PURPOSES;

/** Philox's key and the counter's upper three words: a stream's address. */
export interface StreamAddress {
  /** the seed's lower and upper word */
  readonly key: readonly [number, number];
  /** the words after the index of the block */
  readonly counter: readonly [number, number, number];
}

/**
 * An immutable stream: element i of each kind of draw is a function of the
 * key and i alone. Reading twice gives the same numbers, and uniforms and
 * normals of one stream share their bits: use a stream for one thing.
 */
export interface Stream {
  /** for code that draws the same numbers elsewhere, as on a GPU */
  readonly address: StreamAddress;
  /** n unsigned 32-bit words. */
  words(n: number): Uint32Array;
  /** n doubles in (0, 1): (word + 1/2) / 2^32. */
  uniforms(n: number): Float64Array;
  /** n draws from N(0, 1), rounded to float32. */
  normals(n: number): Float32Array;
  /** A permutation of 0..n-1, by Fisher and Yates. */
  permutation(n: number): Uint32Array;
}

/** The largest seed and step: integers that a double holds exactly. */
export const MAX_SEED: number = Number.MAX_SAFE_INTEGER;

const TWO_32 = 2 ** 32;

/**
 * The address of a stream, for those who do not draw from it here; arguments and
 * errors are those of {@linkcode stream}.
 */
export function addressOf(
  seed: number,
  purpose: Purpose,
  step = 0,
  part = 0,
): StreamAddress {
  requireInteger("seed", seed, MAX_SEED);
  requireInteger("step", step, MAX_SEED);
  requireInteger("part", part, TWO_32 - 1);
  return {
    key: [seed % TWO_32, Math.floor(seed / TWO_32)],
    counter: [
      step % TWO_32,
      part,
      PURPOSES[purpose] * 2 ** 24 + Math.floor(step / TWO_32),
    ],
  };
}

function requireInteger(name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return;
  throw new RangeError(`${name} is not an integer in 0..${max}: ${value}`);
}

/**
 * The stream of (seed, purpose, step, part).
 *
 * The seed is the 64-bit key of Philox; the counter holds, in this order, the
 * block of four words, the step, the part, and the purpose (bits 24 and up)
 * beside the upper bits of the step.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { stream } from "./stream.ts";
 *
 * const noise = stream(1, "noise", 20).normals(3); // of step 20, for seed 1
 * assertEquals(stream(1, "noise", 20).normals(5).subarray(0, 3), noise);
 * ```
 *
 * @param seed an integer in 0..2^53-1; 0 is a seed like any other
 * @param step an integer in 0..2^53-1
 * @param part an integer in 0..2^32-1
 * @throws {RangeError} a number that is not such an integer
 */
export function stream(
  seed: number,
  purpose: Purpose,
  step = 0,
  part = 0,
): Stream {
  const address = addressOf(seed, purpose, step, part);
  const { key, counter } = address;

  function words(n: number): Uint32Array {
    const out = new Uint32Array(n);
    fillPhilox(out, 0, counter, key);
    return out;
  }

  function uniforms(n: number): Float64Array {
    const out = new Float64Array(n);
    const drawn = words(n);
    for (let i = 0; i < n; i++) out[i] = (drawn[i]! + 0.5) / TWO_32;
    return out;
  }

  function normals(n: number): Float32Array {
    const out = new Float32Array(n);
    const drawn = words(n);
    for (let i = 0; i < n; i++) {
      out[i] = normalQuantile((drawn[i]! + 0.5) / TWO_32);
    }
    return out;
  }

  function permutation(n: number): Uint32Array {
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) order[i] = i;
    const drawn = words(n);
    for (let i = n - 1; i > 0; i--) {
      // floor(word * (i + 1) / 2^32): uniform to within (i + 1) / 2^32.
      const j = Math.floor(drawn[i]! * (i + 1) / TWO_32);
      const other = order[j]!;
      order[j] = order[i]!;
      order[i] = other;
    }
    return order;
  }

  return { address, words, uniforms, normals, permutation };
}
