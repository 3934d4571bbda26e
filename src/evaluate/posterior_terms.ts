/** What q(z|x) says of each datapoint: the ELBO's terms, the units' means. */

import { tf } from "../lazy_tfjs.ts";
import type { Examples } from "../data/dataset.ts";
import { type DrawEngine, referenceDraws } from "../engine/draw_engine.ts";
import { requireAtLeast } from "../inference/checks.ts";
import { totalLatentDim } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import {
  compute,
  type Control,
  dataRowsOf,
  inTurn,
  modelOf,
  uploadOf,
} from "./device.ts";
import {
  batchOf,
  DRAWS_AT_ONCE,
  noiseOf,
  type Part,
  partsOf,
  rowsAtOnce,
} from "./draws.ts";
import {
  emptyEstimates,
  putMeans,
  type RowEstimates,
  RunningMoments,
  sumOf,
} from "./estimates.ts";

/** Terms of n datapoints, in nats. */
export interface PosteriorTerms {
  /** (1/S) sum_s log p(x|z_s), [n] */
  readonly reconstruction: RowEstimates;
  /** KL(q(z|x) || p(z)), [n]; exact for one layer */
  readonly kl: RowEstimates;
  readonly elbo: RowEstimates;
  /** the KL by latent dimension, [n, d] */
  readonly klPerUnit: RowEstimates;
  /** E_q[u|x] by latent dimension u, [n, d]; exact for one layer */
  readonly means: RowEstimates;
}

export interface PosteriorTermsOptions extends Control {
  /** draws of z per datapoint, S, at least 1; of one no variance is known */
  readonly samples: number;
  readonly seed: number;
  /**
   * what computes the terms of a model of one layer; the model itself if absent
   */
  readonly engine?: DrawEngine | undefined;
}

/**
 * The terms of each row. With one layer, KL and means have closed forms; with
 * two they are means over the same S draws, of log q(z|x) - log p(z) and of the
 * mean of each layer given the draw of the one below.
 */
export async function posteriorTerms(
  vae: Vae,
  examples: Examples,
  { samples, seed, engine = referenceDraws(vae), ...control }:
    PosteriorTermsOptions,
): Promise<PosteriorTerms> {
  requireAtLeast("samples", samples, 1);
  const { count: n } = examples;
  const width = totalLatentDim(vae.spec);
  const terms = {
    reconstruction: emptyEstimates(n),
    kl: emptyEstimates(n),
    elbo: emptyEstimates(n),
    klPerUnit: emptyEstimates(n * width),
    means: emptyEstimates(n * width),
  };
  for (const rows of partsOf(n, rowsAtOnce(engine))) {
    const draws = partsOf(samples, DRAWS_AT_ONCE);
    const part = { rows, draws, width, seed };
    if (vae.spec.upper) await sampled(vae, examples, part, terms, control);
    else await closedForm(examples, part, terms, engine, control);
    control.onProgress?.("ELBO", rows.first + rows.count, n);
  }
  return terms;
}

/** Some rows, and the draws at each of them. */
interface Piece {
  readonly rows: Part;
  readonly draws: readonly Part[];
  readonly width: number;
  readonly seed: number;
}

/** The noise of some of the draws, [S, B, d]. */
function noiseAt({ rows, width, seed }: Piece, draws: Part): Float32Array {
  return noiseOf("terms", seed, rows, draws, width);
}

/** Fills in the terms of some rows of a model of one layer. */
async function closedForm(
  examples: Examples,
  piece: Piece,
  terms: PosteriorTerms,
  engine: DrawEngine,
  control: Control,
): Promise<void> {
  const { rows: { first, count }, width } = piece;
  const pixels = dataRowsOf(examples, piece.rows);
  const { kl: klPerUnit, mean } = await inTurn(
    () => engine.encode(pixels),
    control,
  );
  terms.klPerUnit.values.set(klPerUnit, first * width);
  terms.means.values.set(mean, first * width);

  const reconstruction = new RunningMoments(count);
  for (const draws of piece.draws) {
    const { rows, seed } = piece;
    const batch = batchOf(pixels, "terms", seed, rows, draws, width);
    const { logLikelihood } = await inTurn(
      () => engine.rowTerms(batch),
      control,
    );
    for (const s of drawsOf(draws)) {
      reconstruction.add(at(logLikelihood, s, count));
    }
  }
  putMeans(terms.reconstruction, first, reconstruction);
  putMeans(terms.elbo, first, reconstruction);
  for (let b = 0; b < count; b++) {
    const kl = sumOf(at(klPerUnit, b, width));
    terms.kl.values[first + b] = kl;
    terms.elbo.values[first + b]! -= kl;
  }
}

/** Fills in the terms of some rows of a model of several layers. */
async function sampled(
  vae: Vae,
  examples: Examples,
  piece: Piece,
  terms: PosteriorTerms,
  control: Control,
): Promise<void> {
  const { rows: { first, count }, width } = piece;
  const x = uploadOf(examples, piece.rows);
  const moments = {
    reconstruction: new RunningMoments(count),
    kl: new RunningMoments(count),
    elbo: new RunningMoments(count),
    klPerUnit: new RunningMoments(count * width),
    means: new RunningMoments(count * width),
  };
  for (const draws of piece.draws) {
    const size = draws.count * count;
    const all = await compute(() => {
      const noise = noiseAt(piece, draws);
      const own = modelOf(vae, examples, piece.rows);
      const inference = own.infer(
        x(),
        tf.tensor3d(noise, [draws.count, count, width]),
      );
      const logLikelihood = own.decode(inference.z).logProb(x());
      return tf.concat(
        [logLikelihood, inference.logRatio(), inference.means()]
          .map((values) => tf.reshape(values, [-1])),
      );
    }, control);
    const logLikelihood = all.subarray(0, size);
    const logRatio = all.subarray(size, size * (1 + width));
    const means = all.subarray(size * (1 + width));
    for (const s of drawsOf(draws)) {
      const reconstruction = at(logLikelihood, s, count);
      const ofUnits = at(logRatio, s, count * width);
      const kl = Float64Array.from(
        { length: count },
        (_, b) => sumOf(at(ofUnits, b, width)),
      );
      moments.reconstruction.add(reconstruction);
      moments.kl.add(kl);
      moments.elbo.add(kl.map((value, b) => reconstruction[b]! - value));
      moments.klPerUnit.add(ofUnits);
      moments.means.add(at(means, s, count * width));
    }
  }
  putMeans(terms.reconstruction, first, moments.reconstruction);
  putMeans(terms.kl, first, moments.kl);
  putMeans(terms.elbo, first, moments.elbo);
  putMeans(terms.klPerUnit, first * width, moments.klPerUnit);
  putMeans(terms.means, first * width, moments.means);
}

function drawsOf({ count }: Part): number[] {
  return Array.from({ length: count }, (_, s) => s);
}

function at(values: Float32Array, i: number, width: number): Float32Array {
  return values.subarray(i * width, (i + 1) * width);
}
