/**
 * How much of the rate tells datapoints apart (M. D. Hoffman and M. J.
 * Johnson: ELBO surgery, 2016). With q(z) = (1/N) sum_n q(z|x_n), the
 * aggregate posterior of the N datapoints that are evaluated,
 *
 *     (1/N) sum_n KL(q(z|x_n) || p(z)) = I_q(x; z) + KL(q(z) || p(z))
 */

import * as tf from "@tensorflow/tfjs";
import type { Examples } from "../data/dataset.ts";
import { requireAtLeast } from "../inference/checks.ts";
import type { Vae } from "../model/vae.ts";
import { compute, type Control, modelOf, uploadOf } from "./device.ts";
import { DRAWS_AT_ONCE, noiseOf, type Part, partsOf } from "./draws.ts";
import {
  emptyEstimates,
  putMeans,
  type RowEstimates,
  RunningLogMeans,
  RunningMoments,
} from "./estimates.ts";
import { partsToDo } from "./row_parts.ts";

/** Rows whose draws, and rows whose posteriors, are on the device at once. */
const ROWS_AT_ONCE = 500;

/** Values of an array of draws, posteriors and latent dimensions. */
const VALUES_AT_ONCE = 2 ** 18;

/** How it is estimated. */
export interface MutualInformationOptions extends Control {
  /** draws of z per datapoint, S, at least 1; of one no variance is known */
  readonly samples: number;
  /** of the draws of z, an integer in 0..2^53-1 */
  readonly seed: number;
}

/**
 * Of each of the N rows (1/S) sum_s log q(z_s|x_n) - log q(z_s) with z_s from
 * q(z|x_n), in nats: their mean is an unbiased estimate of I_q(x; z), for q(z)
 * is exact. It costs S N^2 densities. No value is above log N, which is the
 * most that N datapoints can tell: where the rate is far above it, so is the
 * information about other datapoints.
 *
 * For models of one layer. Of a conditional one q(z|x, y) takes the place of
 * q(z|x): the information is that of z about both.
 */
export async function mutualInformation(
  vae: Vae,
  examples: Examples,
  { samples, seed, ...control }: MutualInformationOptions,
): Promise<RowEstimates> {
  requireAtLeast("samples", samples, 1);
  const information = emptyEstimates(examples.count);
  const parts = partsToDo(control, "q(z)", information, ROWS_AT_ONCE);
  for await (const rows of parts) {
    const moments = new RunningMoments(rows.count);
    for (const draws of partsOf(samples, DRAWS_AT_ONCE)) {
      const { z, logPosterior } = await drawsOf(
        vae,
        examples,
        { seed, rows, draws },
        control,
      );
      const logMarginal = await logAggregate(vae, examples, z, control);
      const ofDraws = logPosterior.map((logQ, i) => logQ - logMarginal[i]!);
      for (let s = 0; s < draws.count; s++) {
        moments.add(ofDraws.subarray(s * rows.count, (s + 1) * rows.count));
      }
    }
    putMeans(information, rows.first, moments);
  }
  return information;
}

/**
 * Whether an estimate is so near log N, the most of N rows, that it says how
 * many rows there were rather than how much z tells: within 1 nat, where the
 * posteriors of other rows are less than a factor e of q(z) in the mean.
 */
export function isSaturated(value: number, rows: number): boolean {
  return value > Math.log(rows) - 1;
}

/** Draws of q(z|x) at some rows, [S B, d], with log q(z|x) there, [S B]. */
async function drawsOf(
  vae: Vae,
  examples: Examples,
  { seed, rows, draws }: {
    readonly seed: number;
    readonly rows: Part;
    readonly draws: Part;
  },
  control: Control,
): Promise<{ z: Float32Array; logPosterior: Float64Array }> {
  const width = vae.spec.latentDim;
  const x = uploadOf(examples, rows);
  const noise = noiseOf("terms", seed, rows, draws, width);
  const both = await compute(() => {
    const shape: [number, number, number] = [draws.count, rows.count, width];
    const posterior = modelOf(vae, examples, rows).encode(x());
    const z = posterior.sample(tf.tensor3d(noise, shape));
    const logPosterior = tf.sum(posterior.logProb(z), -1, true);
    return tf.concat([tf.reshape(z, [-1]), tf.reshape(logPosterior, [-1])]);
  }, control);
  const split = draws.count * rows.count * width;
  return {
    z: both.subarray(0, split),
    logPosterior: Float64Array.from(both.subarray(split)),
  };
}

/** log q(z) at m draws. @param z [m, d] @returns [m] */
async function logAggregate(
  vae: Vae,
  examples: Examples,
  z: Float32Array,
  control: Control,
): Promise<Float64Array> {
  const width = vae.spec.latentDim;
  const m = z.length / width;
  const sums = new RunningLogMeans(m);
  for (const rows of partsOf(examples.count, ROWS_AT_ONCE)) {
    const x = uploadOf(examples, rows);
    const size = Math.ceil(VALUES_AT_ONCE / (rows.count * width));
    sums.add(
      await compute(() => {
        const posterior = modelOf(vae, examples, rows).encode(x());
        return tf.concat(
          partsOf(m, size).map(({ first, count }) =>
            tf.tidy(() => {
              const some = z.subarray(first * width, (first + count) * width);
              // [S, 1, d] against [B, d]: each draw under each posterior.
              const each = tf.tensor3d(some, [count, 1, width]);
              return tf.logSumExp(tf.sum(posterior.logProb(each), -1), -1);
            })
          ),
        );
      }, control),
    );
  }
  return sums.logSums().map((logSum) => logSum - Math.log(examples.count));
}
