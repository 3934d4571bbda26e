/** What q(z|x) says of each datapoint: the ELBO's terms, the units' means. */

import * as tf from "@tensorflow/tfjs";
import type { Examples } from "../data/dataset.ts";
import { requireAtLeast } from "../inference/checks.ts";
import type { Vae } from "../model/vae.ts";
import { compute, type Control, uploadOf } from "./device.ts";
import { DRAWS_AT_ONCE, noiseOf, partsOf } from "./draws.ts";
import {
  emptyEstimates,
  putMeans,
  type RowEstimates,
} from "./row_estimates.ts";
import { RunningMoments } from "./running_moments.ts";

/** Rows that are decoded at once, {@linkcode DRAWS_AT_ONCE} draws of each. */
const ROWS_AT_ONCE = 50;

/** Terms of n datapoints, in nats. */
export interface PosteriorTerms {
  /** (1/S) sum_s ln p(x|z_s) */
  readonly reconstruction: RowEstimates;
  /** KL(q(z|x) || p(z)) by latent dimension, in closed form, [n, d] */
  readonly klPerUnit: Float64Array;
  /** E_q[u|x] by latent dimension u, [n, d] */
  readonly means: Float64Array;
}

/** How the terms are had. */
export interface PosteriorTermsOptions extends Control {
  /** draws of z per datapoint, S, at least 1; of one no variance is known */
  readonly samples: number;
  /** of the draws of z, an integer in 0..2^53-1 */
  readonly seed: number;
}

/** The terms of each row; see {@linkcode PosteriorTerms}. */
export async function posteriorTerms(
  vae: Vae,
  examples: Examples,
  { samples, seed, ...control }: PosteriorTermsOptions,
): Promise<PosteriorTerms> {
  requireAtLeast("samples", samples, 1);
  const { count: n } = examples;
  const width = vae.spec.latentDim;
  const reconstruction = emptyEstimates(n);
  const klPerUnit = new Float64Array(n * width);
  const means = new Float64Array(n * width);
  for (const rows of partsOf(n, ROWS_AT_ONCE)) {
    const x = uploadOf(examples, rows);
    const ofUnits = await compute(() => {
      const posterior = vae.encode(x());
      return tf.stack([posterior.kl(), posterior.mean]);
    }, control);
    klPerUnit.set(ofUnits.subarray(0, rows.count * width), rows.first * width);
    means.set(ofUnits.subarray(rows.count * width), rows.first * width);

    const moments = new RunningMoments(rows.count);
    for (const draws of partsOf(samples, DRAWS_AT_ONCE)) {
      const noise = noiseOf("terms", seed, rows, draws, width);
      const shape: [number, number, number] = [draws.count, rows.count, width];
      const logLikelihood = await compute(() => {
        const { z } = vae.infer(x(), tf.tensor3d(noise, shape));
        return vae.decode(z).logProb(x());
      }, control);
      for (let s = 0; s < draws.count; s++) {
        moments.add(
          logLikelihood.subarray(s * rows.count, (s + 1) * rows.count),
        );
      }
    }
    putMeans(reconstruction, rows.first, moments);
    control.onProgress?.("ELBO", rows.first + rows.count, n);
  }
  return { reconstruction, klPerUnit, means };
}
