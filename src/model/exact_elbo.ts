/** The ELBO of a linear Gaussian VAE and its gap to ln p(x), exactly. */

import { encode } from "./generate.ts";
import { klBetweenGaussians } from "./full_gaussian.ts";
import { klToStandardNormal1d } from "./kl.ts";
import {
  exactLogLikelihood,
  exactPosterior,
  exactReconstruction,
  type LinearGaussian,
} from "./linear_gaussian.ts";
import type { Vae } from "./vae.ts";

/** Means over rows, in nats: logLikelihood = elbo + posteriorKl. */
export interface ExactElboTerms {
  /** reconstruction - kl */
  readonly elbo: number;
  /** E_q[ln p(x|z)] */
  readonly reconstruction: number;
  /** KL(q(z|x) || p(z)) */
  readonly kl: number;
  /** KL(q(z|x) || p(z|x)), the gap */
  readonly posteriorKl: number;
  /** ln p(x) under the model */
  readonly logLikelihood: number;
}

/**
 * The decoder of a VAE as a linear Gaussian model.
 *
 * @throws {RangeError} the decoder is not linear, or not Gaussian with one
 *   variance
 */
export async function linearDecoder(vae: Vae): Promise<LinearGaussian> {
  const { hidden, latentDim, dataDim, likelihood } = vae.spec;
  const noiseVariance = await vae.decoderVariance();
  const isLinear = hidden.length === 0 &&
    likelihood.family === "gaussian" && likelihood.mean === "linear";
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

/**
 * All terms of ln p(x) = ELBO + KL(q(z|x) || p(z|x)) for a VAE whose decoder
 * is linear and Gaussian, in closed form: no draws of z.
 *
 * @param x [n, D], row-major
 * @throws {RangeError} the decoder is not linear, or not Gaussian with one
 *   variance
 */
export async function exactElboTerms(
  vae: Vae,
  x: Float32Array,
): Promise<ExactElboTerms> {
  const { latentDim, dataDim } = vae.spec;
  const model = await linearDecoder(vae);
  const logLikelihood = exactLogLikelihood(model);
  const posterior = exactPosterior(model);
  const { mean, logVariance } = await encode(vae, x);
  const n = x.length / dataDim;
  const variances = logVariance.length / n;

  const sums = { reconstruction: 0, kl: 0, posteriorKl: 0, logLikelihood: 0 };
  for (let row = 0; row < n; row++) {
    const observed = x.subarray(row * dataDim, (row + 1) * dataDim);
    const q = {
      mean: [...mean.subarray(row * latentDim, (row + 1) * latentDim)],
      variance: Array.from(
        { length: latentDim },
        (_, j) => Math.exp(logVariance[row * variances + j % variances]!),
      ),
    };
    sums.reconstruction += exactReconstruction(model, q, observed);
    sums.posteriorKl += klBetweenGaussians(
      { mean: q.mean, covariance: diagonal(q.variance) },
      posterior(observed),
    );
    sums.logLikelihood += logLikelihood(observed);
    q.mean.forEach((m, j) =>
      sums.kl += klToStandardNormal1d(m, q.variance[j]!)
    );
  }
  const reconstruction = sums.reconstruction / n;
  const kl = sums.kl / n;
  return {
    elbo: reconstruction - kl,
    reconstruction,
    kl,
    posteriorKl: sums.posteriorKl / n,
    logLikelihood: sums.logLikelihood / n,
  };
}

/** The diagonal matrix of the values. */
function diagonal(values: readonly number[]): number[][] {
  return values.map((value, i) => values.map((_, j) => i === j ? value : 0));
}
