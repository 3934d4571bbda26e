/**
 * Synthetic data from a linear Gaussian model, whose log-likelihood is exact.
 *
 * x = W z + mu + s e with z and e standard normal (probabilistic PCA: M. E.
 * Tipping and C. M. Bishop, 1999), hence x ~ N(mu, W W^T + s^2 I). A VAE with
 * linear maps can attain this density, and its bound can be tight: W may be
 * rotated so that its columns are orthogonal, which makes the posterior of z
 * diagonal. So every estimate of log p(x) can be compared with the exact value.
 */

import { UserError } from "../errors.ts";
import type { LinearGaussian } from "../model/linear_gaussian.ts";
import { stream } from "../random/stream.ts";
import {
  type Dataset,
  type Examples,
  hashSplits,
  makeRows,
} from "./dataset.ts";

/** Options of {@linkcode linearGaussian}. */
export interface LinearGaussianOptions {
  /** seed of the model and the rows; 0 if absent */
  readonly seed?: number;
  /** train rows; 10000 if absent */
  readonly train?: number;
  /** test rows; 2000 if absent */
  readonly test?: number;
  /** values in a row; 16 if absent */
  readonly dim?: number;
  /** numbers in z; 4 if absent */
  readonly latentDim?: number;
  /** s^2, above 0; 0.25 if absent */
  readonly noiseVariance?: number;
}

/**
 * The parts of the "data" streams; the step is the row. Each split has parts
 * of its own, so that its rows do not depend on the size of either split.
 */
const PARTS = {
  weights: 1,
  offset: 2,
  train: { latent: 3, noise: 4 },
  test: { latent: 5, noise: 6 },
} as const;

/**
 * A data set drawn from a linear Gaussian model, and the model itself, whose
 * weights and offset are drawn from N(0, 1).
 *
 * Values are float32. They come from sums and products in a fixed order of
 * portable draws, so a seed gives the same bytes on every machine.
 *
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { meanExactLogLikelihood } from "../model/linear_gaussian.ts";
 * import { linearGaussian } from "./linear_gaussian.ts";
 *
 * const { test, generator } = await linearGaussian({ dim: 8, latentDim: 2 });
 * const x = Float32Array.from(test.values);
 * const logLikelihood = meanExactLogLikelihood(generator, x); // mean log p(x)
 * assertAlmostEquals(logLikelihood, -9.586, 1e-3);
 * ```
 *
 * @param source.signal ends it, with its reason
 * @throws {UserError} a count that is not a positive integer, or a variance
 *   that is not a positive number
 * @throws {RangeError} a seed that {@linkcode stream} rejects
 */
export async function linearGaussian(
  options: LinearGaussianOptions = {},
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Dataset & { readonly generator: LinearGaussian }> {
  const {
    seed = 0,
    train: trainCount = 10000,
    test: testCount = 2000,
    dim = 16,
    latentDim = 4,
    noiseVariance = 0.25,
  } = options;
  checkCounts({ train: trainCount, test: testCount, dim, latentDim });
  checkVariance(noiseVariance);

  const weights = Array.from(
    { length: dim },
    (_, i) => [...stream(seed, "data", i, PARTS.weights).normals(latentDim)],
  );
  const offset = [...stream(seed, "data", 0, PARTS.offset).normals(dim)];
  const generator = { weights, offset, noiseVariance };

  const split = (count: number, part: Part) =>
    draw(generator, latentDim, seed, count, part, signal);
  const train = await split(trainCount, PARTS.train);
  const test = await split(testCount, PARTS.test);
  return {
    name: "linear-gaussian",
    dim,
    image: null,
    train,
    test,
    sha256: await hashSplits(train, test),
    generator,
  };
}

/** Parts of the stream that a split is drawn from. */
interface Part {
  readonly latent: number;
  readonly noise: number;
}

/** `count` rows of W z + mu + s e. */
async function draw(
  { weights, offset, noiseVariance }: LinearGaussian,
  latentDim: number,
  seed: number,
  count: number,
  part: Part,
  signal: AbortSignal | undefined,
): Promise<Examples> {
  const dim = offset.length;
  const scale = Math.sqrt(noiseVariance);
  const values = new Float32Array(count * dim);
  await makeRows(count, signal, (row) => {
    const latent = stream(seed, "data", row, part.latent).normals(latentDim);
    const noise = stream(seed, "data", row, part.noise).normals(dim);
    for (let i = 0; i < dim; i++) {
      let mean = offset[i]!;
      for (const [j, z] of latent.entries()) mean += weights[i]![j]! * z;
      values[row * dim + i] = mean + scale * noise[i]!;
    }
  });
  return { count, dim, values };
}

function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (Number.isSafeInteger(count) && count >= 1) continue;
    throw new UserError(
      `linear-gaussian: ${name} is ${count}; give an integer of at least 1`,
    );
  }
}

function checkVariance(noiseVariance: number): void {
  if (noiseVariance > 0 && Number.isFinite(noiseVariance)) return;
  throw new UserError(
    `linear-gaussian: noiseVariance is ${noiseVariance}; ` +
      "give a number above 0",
  );
}
