/**
 * The toy of Rainforth et al. 2018 (arXiv 1802.04537, section 4), on which
 * their theorem can be seen: z ~ N(mu, I), x|z ~ N(z, I), and
 * q(z|x) = N(A x + b, 2/3 I), whose covariance is too wide by a third. All
 * gradients have closed forms, given the draws of z.
 */

import { RunningMoments } from "../evaluate/running_moments.ts";
import {
  type SignalToNoise,
  signalToNoise,
} from "../evaluate/signal_to_noise.ts";
import { stream } from "../random/stream.ts";

/** How the signal to noise is measured. */
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

/** Gradients of L_k that are told apart. */
export const TOY_GRADIENTS = [
  /** of mu, the decoder's parameter */
  "decoder",
  /** of b, the encoder's */
  "encoder",
  /** of b, doubly reparameterised (Tucker et al. 2018) */
  "encoder-dreg",
] as const;

/** One of {@linkcode TOY_GRADIENTS}. */
export type ToyGradient = typeof TOY_GRADIENTS[number];

/** Numbers in x and in z. */
const D = 20;
/** sd of q(z|x) */
const SD = Math.sqrt(2 / 3);
/** sd of what the parameters are away from their optimum */
const PERTURBATION = 0.01;
/** of the draws, for the standard errors */
const BLOCKS = 10;
/** The parts of the streams; no data set has parts as high. */
const PART = 200;

/**
 * Signal to noise of the gradients of L_k over draws of z, at parameters near
 * their optimum: mu = mean x, A = I/2 and b = mu/2, each off by draws of
 * N(0, 0.01^2). See {@linkcode SignalToNoise} for its two measures.
 *
 * With w_i = p(x, z_i) / q(z_i|x) and v_i = w_i / sum_j w_j, and since
 * ln q(z_i|x) is the same whatever b is where z_i = A x + b + sd e_i,
 *
 *     d/dmu = sum_i v_i (z_i - mu)
 *     d/db  = sum_i v_i (mu + x - 2 z_i)
 *     dreg  = sum_i v_i^2 (mu + x - 2 z_i + e_i / sd)
 */
export function toySignalToNoise(
  { seed, rows, k, draws }: ToyOptions,
): Record<ToyGradient, SignalToNoise> {
  const toy = toyAt(seed, rows);
  const blocks = TOY_GRADIENTS.map(() =>
    Array.from({ length: BLOCKS }, () => new RunningMoments(D))
  );
  for (let draw = 0; draw < draws; draw++) {
    const noise = stream(seed, "gradient", draw, PART).normals(rows * k * D);
    toyGradients(toy, noise, k).forEach((gradient, i) =>
      blocks[i]![draw % BLOCKS]!.add(gradient)
    );
  }
  const [decoder, encoder, dreg] = blocks.map((block) => signalToNoise(block));
  return {
    decoder: decoder!,
    encoder: encoder!,
    "encoder-dreg": dreg!,
  };
}

/** Data and parameters. */
export interface Toy {
  /** [N, D] */
  readonly x: Float32Array;
  /** [D] */
  readonly mu: Float64Array;
  /** A x + b of each row, [N, D] */
  readonly means: Float64Array;
}

/** Draws data, and parameters near the optimum on them. */
export function toyAt(seed: number, rows: number): Toy {
  const normals = (step: number, n: number) =>
    stream(seed, "data", step, PART).normals(n);
  const center = normals(0, D);
  const [z, e] = [normals(1, rows * D), normals(2, rows * D)];
  const x = z.map((value, i) => center[i % D]! + value + e[i]!);
  const best = new Float64Array(D);
  x.forEach((value, i) => best[i % D]! += value / rows);

  const off = (part: number, n: number) =>
    stream(seed, "init", 0, PART + part).normals(n)
      .map((value) => PERTURBATION * value);
  const [offMu, offB, offA] = [off(0, D), off(1, D), off(2, D * D)];
  const means = new Float64Array(rows * D);
  for (let n = 0; n < rows; n++) {
    for (let i = 0; i < D; i++) {
      let mean = (x[n * D + i]! + best[i]!) / 2 + offB[i]!;
      for (let j = 0; j < D; j++) mean += offA[i * D + j]! * x[n * D + j]!;
      means[n * D + i] = mean;
    }
  }
  return { x, mu: best.map((value, i) => value + offMu[i]!), means };
}

/**
 * Means over the rows of the gradients of L_k, in the order of
 * {@linkcode TOY_GRADIENTS}, [D] each.
 *
 * @param noise e, [N, k, D]
 */
export function toyGradients(
  { x, mu, means }: Toy,
  noise: Float32Array,
  k: number,
): Float64Array[] {
  const rows = x.length / D;
  const gradients = TOY_GRADIENTS.map(() => new Float64Array(D));
  const [decoder, encoder, dreg] = gradients as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const logWeights = new Float64Array(k);
  for (let n = 0; n < rows; n++) {
    for (let s = 0; s < k; s++) {
      logWeights[s] = logWeight({ x, mu, means }, noise, n, n * k + s);
    }
    const largest = logWeights.reduce((a, b) => Math.max(a, b));
    let total = 0;
    for (let s = 0; s < k; s++) total += Math.exp(logWeights[s]! - largest);
    for (let s = 0; s < k; s++) {
      const v = Math.exp(logWeights[s]! - largest) / total;
      for (let i = 0; i < D; i++) {
        const e = noise[(n * k + s) * D + i]!;
        const z = means[n * D + i]! + SD * e;
        const slope = mu[i]! + x[n * D + i]! - 2 * z;
        decoder[i]! += v * (z - mu[i]!) / rows;
        encoder[i]! += v * slope / rows;
        dreg[i]! += v * v * (slope + e / SD) / rows;
      }
    }
  }
  return gradients;
}

/** ln p(x, z) - ln q(z|x) but for a constant, at one draw of one row. */
function logWeight(
  { x, mu, means }: Toy,
  noise: Float32Array,
  row: number,
  draw: number,
): number {
  let sum = 0;
  for (let i = 0; i < D; i++) {
    const e = noise[draw * D + i]!;
    const z = means[row * D + i]! + SD * e;
    sum += e * e - (z - mu[i]!) ** 2 - (x[row * D + i]! - z) ** 2;
  }
  return sum / 2;
}

/** The slope of a line through points, by least squares. */
export function fittedSlope(
  points: readonly (readonly [number, number])[],
): number {
  const mean = (values: number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(([x]) => x));
  const y = mean(points.map(([, y]) => y));
  const covariance = mean(points.map((p) => (p[0] - x) * (p[1] - y)));
  return covariance / mean(points.map((p) => (p[0] - x) ** 2));
}
