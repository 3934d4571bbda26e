/**
 * Why the ELBO is below log p(x) (C. Cremer, X. Li, D. Duvenaud: Inference
 * suboptimality in variational autoencoders, 2018, arXiv 1801.03558): with q*
 * the best diagonal Gaussian of each datapoint
 *
 *     log p(x) - L[q] = (log p(x) - L[q*]) + (L[q*] - L[q])
 *
 * the approximation gap, of the family of q, and the amortisation gap, of the
 * encoder.
 */

import { exp } from "../elementary.ts";
import { tf } from "../lazy_tfjs.ts";
import type { Examples } from "../data/dataset.ts";
import type { DrawEngine } from "../engine/draw_engine.ts";
import type { DataRows } from "../engine/engine.ts";
import {
  type DiagonalGaussian,
  type JointGradient,
  localPosterior,
} from "../inference/local_posterior.ts";
import { logJoint } from "../inference/joint_density.ts";
import type { Vae } from "../model/vae.ts";
import {
  compute,
  type Control,
  dataRowsOf,
  inTurn,
  modelOf,
  uploadOf,
} from "./device.ts";
import { DRAWS_AT_ONCE, noiseOf, type Part, partsOf } from "./draws.ts";
import {
  emptyEstimates,
  putMeans,
  type RowEstimates,
  RunningMoments,
} from "./estimates.ts";
import {
  emptyImportanceEstimates,
  type ImportanceEstimates,
  RunningWeights,
} from "./importance_weights.ts";

const ROWS_AT_ONCE = 50;

/** How the gaps are estimated. */
export interface InferenceGapsOptions extends Control {
  /** of the draws, an integer in 0..2^53-1 */
  readonly seed: number;
  /** draws of z at each step by which q* is found: even */
  readonly samples: number;
  /** those steps, at least 1 */
  readonly steps: number;
  /** the first step size; it falls to 0 along a line */
  readonly stepSize: number;
  /** draws of z by which the bounds are estimated, at least 2 */
  readonly k: number;
  /** what computes the terms at the draws */
  readonly engine: Pick<DrawEngine, "encode" | "rowTerms">;
}

/** Estimates of each row, in nats. */
export interface InferenceGaps {
  /** with the encoder's q(z|x) */
  readonly amortised: GaussianBounds;
  /** with q*, the best of each row */
  readonly optimised: GaussianBounds;
}

/** The bounds that a Gaussian q gives. */
export interface GaussianBounds {
  /** E_q[log p(x|z)] - KL(q || p(z)) */
  readonly elbo: RowEstimates;
  /** L_k with draws of q, on average a lower bound on log p(x) */
  readonly importance: ImportanceEstimates;
}

/**
 * Bounds of each row with the encoder's q and with the best q, found from the
 * encoder's on by {@linkcode localPosterior}. Both have the same noise, which
 * depends on (seed, row, draw) alone, and is not that of the optimisation.
 *
 * Gradients are computed by tfjs, and the bounds by the engine.
 *
 * @throws {RangeError} there are two layers of latent variables, or q is no
 *   diagonal Gaussian
 */
export async function inferenceGaps(
  vae: Vae,
  examples: Examples,
  { k, seed, samples, steps, stepSize, engine, ...control }:
    InferenceGapsOptions,
): Promise<InferenceGaps> {
  const { latentDim, posterior, upper } = vae.spec;
  if (upper || posterior !== "diagonal") {
    throw new RangeError("q(z|x) is no diagonal Gaussian of one layer");
  }
  const found = {
    amortised: emptyBounds(examples.count),
    optimised: emptyBounds(examples.count),
  };
  for (const rows of partsOf(examples.count, ROWS_AT_ONCE)) {
    const data = dataRowsOf(examples, rows);
    const encoding = await inTurn(() => engine.encode(data), control);
    const start = {
      mean: Float64Array.from(encoding.mean),
      logVariance: Float64Array.from(encoding.logVariance),
    };
    const best = await localPosterior(
      jointGradient(vae, examples, rows, control),
      start,
      {
        ...{ seed, firstRow: rows.first, latentDim, samples, steps },
        stepSize,
      },
    );
    const put = (q: DiagonalGaussian, bounds: GaussianBounds) =>
      putBounds(bounds, { q, start, data, rows, k, seed, engine, control });
    await put(start, found.amortised);
    await put(best, found.optimised);
    control.onProgress?.("gaps", rows.first + rows.count, examples.count);
  }
  return found;
}

function emptyBounds(n: number): GaussianBounds {
  return { elbo: emptyEstimates(n), importance: emptyImportanceEstimates(n) };
}

/** d log p(x, z) / dz at rows, on the tfjs backend. */
export function jointGradient(
  vae: Vae,
  examples: Examples,
  rows: Part,
  control: Control = {},
): JointGradient {
  const { latentDim } = vae.spec;
  const upload = uploadOf(examples, rows);
  return (z, samples) =>
    compute(() => {
      const x = upload();
      const own = modelOf(vae, examples, rows);
      const density = {
        ...{ count: rows.count, latentDim },
        logPrior: (z: tf.Tensor) => own.logPrior(z),
        logLikelihood: (z: tf.Tensor) => own.logLikelihood(x, z),
      };
      const at = tf.tensor3d(z, [samples, rows.count, latentDim]);
      return tf.grad((z: tf.Tensor) => tf.sum(logJoint(density, z)))(at);
    }, control);
}

interface BoundsRequest
  extends Pick<InferenceGapsOptions, "k" | "seed" | "engine"> {
  readonly q: DiagonalGaussian;
  /** the encoder's, whose noise engines take */
  readonly start: DiagonalGaussian;
  readonly data: DataRows;
  readonly rows: Part;
  readonly control: Control;
}

/**
 * Engines compute log p(x|z) and log q(z|x) - log p(z) at z = mu + sigma e of
 * the encoder. A draw m + s n of another q has e = (m + s n - mu) / sigma, and
 *
 *     log q(z|x) = -|e|^2 / 2 - sum_j log sigma_j + constant
 *
 * with the same constant as that of log q(z), which has n and s.
 */
async function putBounds(
  bounds: GaussianBounds,
  { q, start, data, rows, k, seed, engine, control }: BoundsRequest,
): Promise<void> {
  const size = q.mean.length;
  const d = size / rows.count;
  const [sd, sigma] = [q, start].map(({ logVariance }) =>
    logVariance.map((value) => exp(value / 2))
  ) as [Float64Array, Float64Array];
  const sumOfRow = (b: number, of: (at: number) => number) => {
    let sum = 0;
    for (let at = b * d; at < (b + 1) * d; at++) sum += of(at);
    return sum;
  };
  const kl = new Float64Array(rows.count);
  const scale = new Float64Array(rows.count);
  for (let b = 0; b < rows.count; b++) {
    kl[b] = sumOfRow(
      b,
      (at) => (sd[at]! ** 2 + q.mean[at]! ** 2 - 1 - q.logVariance[at]!) / 2,
    );
    scale[b] = sumOfRow(
      b,
      (at) => (q.logVariance[at]! - start.logVariance[at]!) / 2,
    );
  }
  const elbos = new RunningMoments(rows.count);
  const weights = new RunningWeights(rows.count, k);
  for (const draws of partsOf(k, DRAWS_AT_ONCE)) {
    const normals = noiseOf("importance", seed, rows, draws, d);
    const noise = normals.map((n, i) => {
      const at = i % size;
      return (q.mean[at]! + sd[at]! * n - start.mean[at]!) / sigma[at]!;
    });
    const { logLikelihood, logRatio } = await inTurn(
      () => engine.rowTerms({ ...data, noise, samples: draws.count }),
      control,
    );
    for (let s = 0; s < draws.count; s++) {
      const elbo = new Float64Array(rows.count);
      const logWeight = new Float64Array(rows.count);
      for (let b = 0; b < rows.count; b++) {
        const at = s * rows.count + b;
        elbo[b] = logLikelihood[at]! - kl[b]!;
        logWeight[b] = logLikelihood[at]! - logRatio[at]! + scale[b]! +
          sumOfRow(
            b,
            (j) =>
              (normals[s * size + j]! ** 2 - noise[s * size + j]! ** 2) / 2,
          );
      }
      elbos.add(elbo);
      weights.add(logWeight);
    }
  }
  putMeans(bounds.elbo, rows.first, elbos);
  weights.put(bounds.importance, rows.first);
}
