/**
 * The best diagonal Gaussian q(z) at each datapoint: what an encoder would give
 * whose every datapoint had parameters of its own.
 */

import { exp } from "../elementary.ts";
import { stream } from "../random/stream.ts";
import { requireAtLeast } from "./checks.ts";
import type { InferenceKey } from "./draws.ts";

/** N(mean, diag(exp(logVariance))) at each of B datapoints. */
export interface DiagonalGaussian {
  /** [B, d] */
  readonly mean: Float64Array;
  /** [B, d] */
  readonly logVariance: Float64Array;
}

/**
 * d log p(x, z) / dz at draws of z.
 *
 * @param z [S, B, d]
 * @returns [S, B, d]
 */
export type JointGradient = (
  z: Float32Array,
  samples: number,
) => Promise<Float32Array>;

/** How it is found. */
export interface LocalPosteriorOptions extends InferenceKey {
  /** d */
  readonly latentDim: number;
  /** draws of z at each step, S: even, as each has its mirror image */
  readonly samples: number;
  /** steps of Adam, at least 1 */
  readonly steps: number;
  /** the first step size; it falls to 0 along a line */
  readonly stepSize: number;
}

/** The first part of these streams, after those of the chains. */
const PART = 3 * 2 ** 28;

/**
 * Maximises E_q[log p(x, z) - log q(z)] over q at each datapoint, by Adam.
 *
 * Its gradient is estimated at z = mean + sd e and z = mean - sd e by the path
 * alone, without the score of q, whose mean is zero (Roeder et al. 2017): with
 * g = d log p(x, z) / dz - d log q(z) / dz
 *
 *     by mean         E[g]
 *     by logVariance  E[g e] sd / 2
 *
 * It is unbiased, and zero in every draw where q is p(z|x). Of a quadratic
 * log p(x, z) the mirrored draws give the first without noise.
 *
 * Datapoint b draws from streams of (seed, firstRow + b, step) alone.
 *
 * @param start what q is first, such as the encoder's
 * @throws {RangeError} an option is out of its range
 */
export async function localPosterior(
  gradient: JointGradient,
  start: DiagonalGaussian,
  { seed, firstRow = 0, latentDim, samples, steps, stepSize }:
    LocalPosteriorOptions,
): Promise<DiagonalGaussian> {
  requireAtLeast("steps", steps, 1);
  requireAtLeast("samples", samples, 2);
  if (samples % 2 !== 0) {
    throw new RangeError(`samples is not even: ${samples}`);
  }
  const size = start.mean.length;
  const rows = size / latentDim;
  const mean = new Adam(start.mean);
  const logVariance = new Adam(start.logVariance);
  const z = new Float32Array(samples * size);
  for (let step = 0; step < steps; step++) {
    const sd = logVariance.values.map((value) => exp(value / 2));
    const noise = new Float32Array(samples * size);
    for (let b = 0; b < rows; b++) {
      const drawn = stream(seed, "inference", firstRow + b, PART + step)
        .normals(samples / 2 * latentDim);
      drawn.forEach((e, i) => {
        const draw = Math.floor(i / latentDim);
        const at = b * latentDim + i % latentDim;
        noise[2 * draw * size + at] = e;
        noise[(2 * draw + 1) * size + at] = -e;
      });
    }
    noise.forEach((e, i) => z[i] = mean.values[i % size]! + sd[i % size]! * e);
    const joint = await gradient(z, samples);
    const byMean = new Float64Array(size);
    const byLogVariance = new Float64Array(size);
    noise.forEach((e, i) => {
      const at = i % size;
      const g = (joint[i]! + e / sd[at]!) / samples;
      byMean[at]! += g;
      byLogVariance[at]! += g * e * sd[at]! / 2;
    });
    const rate = stepSize * (1 - step / steps);
    mean.ascend(byMean, rate);
    logVariance.ascend(byLogVariance, rate);
  }
  return { mean: mean.values, logVariance: logVariance.values };
}

/** Adam (D. P. Kingma, J. Ba, 2015), on the host. */
class Adam {
  readonly values: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #powers: [number, number] = [1, 1];

  constructor(start: Float64Array) {
    this.values = start.slice();
    this.#first = new Float64Array(start.length);
    this.#second = new Float64Array(start.length);
  }

  ascend(gradient: Float64Array, rate: number): void {
    const [a, b] = [0.9, 0.999];
    this.#powers = [this.#powers[0] * a, this.#powers[1] * b];
    const [forFirst, forSecond] = this.#powers.map((power) => 1 - power);
    gradient.forEach((g, i) => {
      const first = this.#first[i] = a * this.#first[i]! + (1 - a) * g;
      const second = this.#second[i] = b * this.#second[i]! + (1 - b) * g * g;
      this.values[i]! += rate * first / forFirst! /
        (Math.sqrt(second / forSecond!) + 1e-8);
    });
  }
}
