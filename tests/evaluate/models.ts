/** VAEs of which every quantity of an evaluation is known. */

import type { Examples } from "../../src/data/dataset.ts";
import {
  exactLogLikelihood,
  exactPosterior,
  type LinearGaussian,
} from "../../src/model/linear_gaussian.ts";
import { parameterShapes, type VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";

/** A VAE of affine maps. Parameters that are not given are zero. */
export function affineVae(
  { dataDim, latentDim, noiseVariance }: {
    readonly dataDim: number;
    readonly latentDim: number;
    readonly noiseVariance: number;
  },
  arrays: Readonly<Record<string, readonly number[]>>,
): Vae {
  const spec: VaeSpec = {
    dataDim,
    latentDim,
    hidden: [],
    activation: "tanh",
    posterior: "diagonal",
    likelihood: { family: "gaussian", variance: noiseVariance, mean: "linear" },
    initialisation: "glorot",
  };
  const all: Readonly<Record<string, readonly number[]>> = {
    ...arrays,
    "decoder/log_variance": [Math.log(noiseVariance)],
  };
  return new Vae(
    spec,
    parameterShapes(spec).map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = all[name] ?? new Array<number>(size).fill(0);
      return { name, shape, values: Float32Array.from(values) };
    }),
  );
}

/**
 * Of four values from three latent ones, of which the third is not used. The
 * columns of W are orthogonal, so that p(z|x) is diagonal.
 */
export const MODEL: LinearGaussian = {
  weights: [[1, 0.4, 0], [1, -0.4, 0], [1, 0.4, 0], [1, -0.4, 0]],
  offset: [0.3, -0.2, 0.1, 0],
  noiseVariance: 0.5,
};

/**
 * {@linkcode MODEL} with q(z|x) beside p(z|x): means that are off by `shift`
 * deviations, and variances times `widen`, of the first two latent dimensions.
 */
export function besidePosterior(
  { shift = 0, widen = 1 }: { shift?: number; widen?: number } = {},
): Vae {
  const { weights, offset, noiseVariance } = MODEL;
  const posterior = exactPosterior(MODEL);
  const { covariance } = posterior(offset);
  const variances = covariance.map((row, j) => row[j]!);
  // The posterior's mean is affine in x: its columns are those of unit steps.
  const gain = offset.map((_, i) =>
    posterior(offset.map((m, other) => m + Number(other === i))).mean
  );
  const used = [true, true, false];
  return affineVae({ dataDim: 4, latentDim: 3, noiseVariance }, {
    "encoder/mean/weight": gain.flat(),
    "encoder/mean/bias": variances.map((variance, j) =>
      (used[j]! ? shift * Math.sqrt(variance) : 0) -
      offset.reduce((sum, m, i) => sum + m * gain[i]![j]!, 0)
    ),
    "encoder/log_variance/bias": variances.map((variance, j) =>
      Math.log(variance * (used[j]! ? widen : 1))
    ),
    "decoder/output/weight": [0, 1, 2].flatMap((j) =>
      weights.map((row) => row[j]!)
    ),
    "decoder/output/bias": offset,
  });
}

/** Rows of standard normal values. */
export function examplesOf(count: number, dim = 4): Examples {
  const values = new Float32Array(count * dim);
  for (let row = 0; row < count; row++) {
    values.set(stream(5, "data", row).normals(dim), row * dim);
  }
  return { count, dim, values };
}

/** ln p(x) at each row of {@linkcode MODEL} with some of its units. */
export function exactOf(
  { count, dim, values }: Examples,
  units: readonly number[] = [0, 1, 2],
): number[] {
  const logLikelihood = exactLogLikelihood({
    ...MODEL,
    weights: MODEL.weights.map((row) => units.map((j) => row[j]!)),
  });
  return Array.from(
    { length: count },
    (_, row) => logLikelihood(values.subarray(row * dim, (row + 1) * dim)),
  );
}

/** The mean of numbers. */
export function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) /
    values.length;
}
