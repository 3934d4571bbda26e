/** q(z|x) of all rows of a split, a part at a time. */

import type { Examples } from "../data/dataset.ts";
import { type DrawEngine, referenceDraws } from "../engine/draw_engine.ts";
import type { Encoding } from "../engine/engine.ts";
import type { Vae } from "../model/vae.ts";
import { exp, log } from "../elementary.ts";
import { type Control, dataRowsOf, inTurn } from "./device.ts";
import { type Part, partsOf } from "./draws.ts";

/** Rows that are encoded at once. */
const ROWS_AT_ONCE = 500;

/** q(z|x) of n rows; with two layers q(z1|x), of a conditional model at y. */
export interface EncodedRows {
  /** latent dimensions, d */
  readonly dim: number;
  /** mu(x), [n, d], row-major */
  readonly mean: Float32Array;
  /** the logarithm of each latent dimension's variance, [n, d] */
  readonly logVariance: Float32Array;
  /** the closed form of KL(q(z|x) || p(z)) by latent dimension, [n, d], nats */
  readonly kl: Float32Array;
}

/** What encodes rows. */
export interface EncodingOptions extends Control {
  /** see `openDrawEngine`; the model itself if absent */
  readonly engine?: DrawEngine | undefined;
}

/** q(z|x) of the rows, a part after the other. */
export async function* encodings(
  vae: Vae,
  examples: Examples,
  { engine = referenceDraws(vae), ...control }: EncodingOptions,
): AsyncGenerator<Encoding & { readonly rows: Part }> {
  for (const rows of partsOf(examples.count, ROWS_AT_ONCE)) {
    const batch = dataRowsOf(examples, rows);
    yield { ...await inTurn(() => engine.encode(batch), control), rows };
  }
}

/**
 * Encodes rows. Under a `full` covariance L L' the variances are those of its
 * diagonal, sum_k L_jk^2.
 */
export async function encodeRows(
  vae: Vae,
  examples: Examples,
  options: EncodingOptions = {},
): Promise<EncodedRows> {
  const dim = vae.spec.latentDim;
  const size = examples.count * dim;
  const mean = new Float32Array(size);
  const logVariance = new Float32Array(size);
  const kl = new Float32Array(size);
  for await (const { rows, ...encoding } of encodings(vae, examples, options)) {
    const from = rows.first * dim;
    mean.set(encoding.mean, from);
    logVariance.set(marginalLogVariances(encoding, dim), from);
    kl.set(encoding.kl, from);
    const done = rows.first + rows.count;
    options.onProgress?.("q(z|x)", done, examples.count);
  }
  return { dim, mean, logVariance, kl };
}

/** log of the variance of each latent dimension, [n, d]. */
function marginalLogVariances(
  { mean, logVariance, lower }: Encoding,
  dim: number,
): Float32Array {
  const each = logVariance.length / (mean.length / dim);
  return mean.map((_, i) => {
    const [row, j] = [Math.floor(i / dim), i % dim];
    const own = logVariance[row * each + j % each]!;
    if (lower === null) return own;
    let variance = exp(own);
    for (let k = 0; k < j; k++) variance += lower[i * dim + k]! ** 2;
    return log(variance);
  });
}
