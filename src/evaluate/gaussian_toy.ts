/**
 * The toy of Rainforth et al. (2018, arXiv 1802.04537, section 4), in which
 * gradients of importance-weighted bounds are cheap: z ~ N(mu, I),
 * x|z ~ N(z, I) and q(z|x) = N(A x + b, 2/3 I), in 20 dimensions.
 */

import { exp } from "../elementary.ts";
import { stream } from "../random/stream.ts";

/** Numbers in x and in z. */
export const TOY_DIM = 20;
/** sd of q(z|x) */
const SD = Math.sqrt(2 / 3);
/** d s_i / d e_i, see {@linkcode toyGradients} */
const SLOPE = 1 / SD - 2 * SD;
/** sd of what the parameters are away from their optimum */
const PERTURBATION = 0.01;
/** First part of the random streams; no data set has parts as high. */
const PART = 200;

/** Gradients of the toy, of the decoder's mu and of the encoder's b. */
export const TOY_GRADIENTS = [
  /** of mu: the bound's */
  "decoder",
  /** of b: the bound's, as all of reparameterised draws gives it */
  "encoder",
  /** the same without the score of q (Roeder et al. 2017) */
  "encoder-stl",
  /** the same, doubly reparameterised (Tucker et al. 2018) */
  "encoder-dreg",
  /** of b: that of reweighted wake-sleep, the wake phase */
  "encoder-rws",
  /** the same, doubly reparameterised */
  "encoder-rws-dreg",
] as const;

/** One of {@linkcode TOY_GRADIENTS}. */
export type ToyGradient = typeof TOY_GRADIENTS[number];

/** Data and parameters. */
export interface Toy {
  /** [N, D] */
  readonly x: Float32Array;
  /** [D] */
  readonly mu: Float64Array;
  /** A x + b of each row, [N, D] */
  readonly means: Float64Array;
}

/**
 * Draws data, and parameters near the optimum on them: mu = mean x, A = I/2 and
 * b = mu/2, each off by draws of N(0, 0.01^2).
 *
 * @param seed an integer in 0..2^53-1
 * @param rows N
 */
export function toyAt(seed: number, rows: number): Toy {
  const normals = (step: number, n: number) =>
    stream(seed, "data", step, PART).normals(n);
  const center = normals(0, TOY_DIM);
  const [z, e] = [normals(1, rows * TOY_DIM), normals(2, rows * TOY_DIM)];
  const x = z.map((value, i) => center[i % TOY_DIM]! + value + e[i]!);
  const best = new Float64Array(TOY_DIM);
  x.forEach((value, i) => best[i % TOY_DIM]! += value / rows);

  const off = (part: number, n: number) =>
    stream(seed, "init", 0, PART + part).normals(n)
      .map((value) => PERTURBATION * value);
  const [offMu, offB, offA] = [
    off(0, TOY_DIM),
    off(1, TOY_DIM),
    off(2, TOY_DIM * TOY_DIM),
  ];
  const means = new Float64Array(rows * TOY_DIM);
  for (let n = 0; n < rows; n++) {
    const row = x.subarray(n * TOY_DIM, (n + 1) * TOY_DIM);
    for (let i = 0; i < TOY_DIM; i++) {
      let mean = (row[i]! + best[i]!) / 2 + offB[i]!;
      row.forEach((value, j) => mean += offA[i * TOY_DIM + j]! * value);
      means[n * TOY_DIM + i] = mean;
    }
  }
  return { x, mu: best.map((value, i) => value + offMu[i]!), means };
}

/** The noise of one draw of the gradients, [N, k, D]. */
export function toyNoise(
  { x }: Toy,
  { seed, k, draw }: { seed: number; k: number; draw: number },
): Float32Array {
  return stream(seed, "gradient", draw, PART).normals(x.length * k);
}

/**
 * One draw of each gradient, a mean over the rows of [D] numbers.
 *
 * With z_i = m + sd e_i, m = A x + b, w_i = p(x, z_i) / q(z_i|x) and
 * v_i = w_i / sum_j w_j, the bound L_k = log (1/k) sum_i w_i has
 *
 *     decoder   sum_i v_i (z_i - mu)
 *     encoder   sum_i v_i (mu + x - 2 z_i)
 *
 * as log q(z_i|x) is the same whatever b is. Its parts are the path's, through
 * z_i at a fixed log q, whose slope is s_i = mu + x - 2 z_i + e_i / sd, and the
 * score's, -sum_i v_i e_i / sd. Hence
 *
 *     stl       sum_i v_i s_i
 *     dreg      sum_i v_i^2 s_i
 *     rws       sum_i v_i e_i / sd
 *     rws-dreg  sum_i (v_i - v_i^2) s_i
 *
 * (Tucker et al. 2018, who give dreg(a) = sum_i (a v_i + (1 - 2a) v_i^2) s_i:
 * a = 0 is that of the bound and a = 1 that of reweighted wake-sleep). So the
 * bias of stl is the gradient of reweighted wake-sleep. All are linear in
 * sum_i v_i e_i, sum_i v_i^2 e_i and sum_i v_i^2.
 *
 * @param noise e, [N, k, D]
 */
export function toyGradients(
  toy: Toy,
  noise: Float32Array,
  k: number,
): Record<ToyGradient, Float64Array> {
  const { x, mu, means } = toy;
  const rows = x.length / TOY_DIM;
  const gradients = Object.fromEntries(
    TOY_GRADIENTS.map((name) => [name, new Float64Array(TOY_DIM)]),
  ) as Record<ToyGradient, Float64Array>;
  const [once, twice] = [new Float64Array(TOY_DIM), new Float64Array(TOY_DIM)];
  for (let n = 0; n < rows; n++) {
    const weights = rowWeights(toy, noise, n, k);
    const squares = weights.reduce((sum, v) => sum + v * v, 0);
    once.fill(0);
    twice.fill(0);
    weights.forEach((v, s) => {
      const at = (n * k + s) * TOY_DIM;
      for (let i = 0; i < TOY_DIM; i++) {
        once[i]! += v * noise[at + i]!;
        twice[i]! += v * v * noise[at + i]!;
      }
    });
    for (let i = 0; i < TOY_DIM; i++) {
      const mean = means[n * TOY_DIM + i]!;
      const toCentre = mu[i]! + x[n * TOY_DIM + i]! - 2 * mean;
      const plain = toCentre - 2 * SD * once[i]!;
      const rws = once[i]! / SD;
      const dreg = squares * toCentre + SLOPE * twice[i]!;
      const rest = (1 - squares) * toCentre + SLOPE * (once[i]! - twice[i]!);
      const add = (name: ToyGradient, value: number) =>
        gradients[name][i]! += value / rows;
      add("decoder", mean + SD * once[i]! - mu[i]!);
      add("encoder", plain);
      add("encoder-stl", plain + rws);
      add("encoder-dreg", dreg);
      add("encoder-rws", rws);
      add("encoder-rws-dreg", rest);
    }
  }
  return gradients;
}

/** v_i of one row, [k]. */
function rowWeights(
  { x, mu, means }: Toy,
  noise: Float32Array,
  row: number,
  k: number,
): Float64Array {
  const logWeights = new Float64Array(k);
  for (let s = 0; s < k; s++) {
    let twice = 0;
    for (let i = 0; i < TOY_DIM; i++) {
      const e = noise[(row * k + s) * TOY_DIM + i]!;
      const z = means[row * TOY_DIM + i]! + SD * e;
      twice += e * e - (z - mu[i]!) ** 2 - (x[row * TOY_DIM + i]! - z) ** 2;
    }
    logWeights[s] = twice / 2;
  }
  const largest = logWeights.reduce((a, b) => Math.max(a, b));
  const weights = logWeights.map((value) => exp(value - largest));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}
