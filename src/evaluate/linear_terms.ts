/** The decoder as a linear Gaussian model, and the exact terms of its ELBO. */

import { exp } from "../elementary.ts";
import type { Encoding } from "../engine/engine.ts";
import { klBetweenGaussians } from "../model/full_gaussian.ts";
import { klToStandardNormal1d } from "../model/kl.ts";
import {
  exactPosterior,
  exactReconstruction,
  type LinearGaussian,
} from "../model/linear_gaussian.ts";
import type { Vae } from "../model/vae.ts";

/**
 * The decoder of a VAE as a linear Gaussian model.
 *
 * @throws {RangeError} the decoder is not linear, or not Gaussian with one
 *   variance, there are two layers of latent variables, or it is conditional
 */
export async function linearDecoder(vae: Vae): Promise<LinearGaussian> {
  const { hidden, latentDim, dataDim, likelihood, upper, masked } = vae.spec;
  const { conditionDim } = vae.spec;
  const noiseVariance = await vae.spread();
  const isLinear = hidden.length === 0 &&
    likelihood.family === "gaussian" && likelihood.mean === "linear";
  if (upper) throw new RangeError("the prior of z1 is not N(0, I)");
  if (masked) throw new RangeError("rows with missing values differ in size");
  if (conditionDim) throw new RangeError("the decoder's mean depends on y");
  if (!isLinear || noiseVariance === null) {
    throw new RangeError("the decoder is not linear and Gaussian");
  }
  const parameters = await vae.values();
  const valuesOf = (name: string) =>
    parameters.find((parameter) => parameter.name === name)!.values;
  const weight = valuesOf("decoder/output/weight"); // [d, D]
  return {
    weights: Array.from(
      { length: dataDim },
      (_, i) =>
        Array.from({ length: latentDim }, (_, j) => weight[j * dataDim + i]!),
    ),
    offset: [...valuesOf("decoder/output/bias")],
    noiseVariance,
  };
}

/** Means over rows, in nats: logLikelihood = elbo + posteriorKl. */
export interface ExactElboTerms {
  /** reconstruction - kl */
  readonly elbo: number;
  /** E_q[log p(x|z)] */
  readonly reconstruction: number;
  /** KL(q(z|x) || p(z)) */
  readonly kl: number;
  /** KL(q(z|x) || p(z|x)), the gap */
  readonly posteriorKl: number;
  /** log p(x) under the model */
  readonly logLikelihood: number;
}

/** Those of them that need no covariance of all of x. */
export type LinearTerms = Omit<ExactElboTerms, "logLikelihood">;

/** q(z|x) of rows. */
type Posteriors = Pick<Encoding, "mean" | "logVariance" | "lower">;

/**
 * (q, x) -> the terms at the posteriors of rows, in closed form.
 *
 * @returns takes x as [n, D], row-major
 * @throws {RangeError} as of `exactPosterior`
 */
export function linearTerms(
  model: LinearGaussian,
): (posteriors: Posteriors, x: Float32Array) => LinearTerms {
  const posterior = exactPosterior(model);
  const reconstructionOf = exactReconstruction(model);
  const dataDim = model.offset.length;
  const latentDim = model.weights[0]!.length;
  return (posteriors, x) => {
    const n = x.length / dataDim;
    const sums = { reconstruction: 0, kl: 0, posteriorKl: 0 };
    for (let row = 0; row < n; row++) {
      const observed = x.subarray(row * dataDim, (row + 1) * dataDim);
      const { mean, variance, lower } = rowOf(posteriors, row, latentDim);
      const q = { mean, covariance: covarianceOf(variance, lower) };
      sums.reconstruction += reconstructionOf(q, observed);
      sums.posteriorKl += klBetweenGaussians(q, posterior(observed));
      mean.forEach((m, j) => sums.kl += klToStandardNormal1d(m, variance[j]!));
      for (const entry of lower.flat()) sums.kl += 0.5 * entry * entry;
    }
    const reconstruction = sums.reconstruction / n;
    const kl = sums.kl / n;
    return {
      elbo: reconstruction - kl,
      reconstruction,
      kl,
      posteriorKl: sums.posteriorKl / n,
    };
  };
}

/** q(z|x) of one datapoint: L_jj^2, and L below its diagonal. */
function rowOf(
  { mean, logVariance, lower }: Posteriors,
  row: number,
  d: number,
) {
  const variances = logVariance.length / (mean.length / d);
  const indices = Array.from({ length: d }, (_, j) => j);
  return {
    mean: [...mean.subarray(row * d, (row + 1) * d)],
    variance: indices.map((j) =>
      exp(logVariance[row * variances + j % variances]!)
    ),
    lower: indices.map((j) =>
      indices.map((k) => lower?.[(row * d + j) * d + k] ?? 0)
    ),
  };
}

/** L L', on whose diagonal are the variances themselves, not their roots. */
function covarianceOf(
  variance: readonly number[],
  lower: readonly (readonly number[])[],
): number[][] {
  const factor = lower.map((row, j) =>
    row.map((entry, k) => j === k ? Math.sqrt(variance[j]!) : entry)
  );
  return factor.map((a, j) =>
    factor.map((b, k) =>
      a.reduce(
        (sum, entry, i) =>
          sum + (i === j && i === k ? variance[i]! : entry * b[i]!),
        0,
      )
    )
  );
}
