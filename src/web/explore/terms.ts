/**
 * The terms of log p(x) of one datapoint, by the same draws and the same
 * arithmetic as `deno task evaluate`: the same bits.
 */

import { exp, log } from "../../elementary.ts";
import type { DrawEngine } from "../../engine/draw_engine.ts";
import type { DataRows } from "../../engine/engine.ts";
import { batchOf, DRAWS_AT_ONCE, partsOf } from "../../evaluate/draws.ts";
import { RunningMoments, sumOf } from "../../evaluate/estimates.ts";
import {
  emptyImportanceEstimates,
  RunningWeights,
} from "../../evaluate/importance_weights.ts";
import {
  type ExactElboTerms,
  linearTerms,
} from "../../evaluate/linear_terms.ts";
import {
  exactLogLikelihood,
  type LinearGaussian,
} from "../../model/linear_gaussian.ts";

/** One datapoint: its x, and y of a conditional model. */
export type Datapoint = Pick<DataRows, "x" | "condition">;

/** Which draws: those of a row of the test split under a seed. */
export interface Draws {
  readonly seed: number;
  readonly row: number;
}

/** q(z|x) of a datapoint. */
export interface Posterior {
  readonly mean: Float32Array;
  /** of each latent dimension */
  readonly logVariance: Float32Array;
  /** its part of KL(q(z|x) || p(z)), nats */
  readonly kl: Float32Array;
}

/** The ELBO and its terms, in nats. */
export interface ElboTerms {
  /** (1/S) sum_s log p(x|z_s) */
  readonly reconstruction: number;
  /** KL(q(z|x) || p(z)) */
  readonly kl: number;
  /** reconstruction - kl */
  readonly elbo: number;
  /** standard error of the reconstruction, over its draws */
  readonly error: number;
}

/** L_k of one number of draws, in nats. */
export interface Bound {
  readonly k: number;
  readonly value: number;
}

/** L_K of all draws so far, and how far it can be trusted. */
export interface LastBound extends Bound {
  /** standard error, by the delta method */
  readonly error: number;
  /** effective sample size */
  readonly effectiveSamples: number;
  /** k-hat of the tail of the weights: above 0.7 the bound is too low */
  readonly paretoK: number;
}

/** q(z|x), whose log variance an isotropic covariance has once. */
export async function posteriorOf(
  engine: DrawEngine,
  point: Datapoint,
): Promise<Posterior> {
  const { mean, logVariance, kl } = await engine.encode({ ...point, size: 1 });
  return {
    mean,
    kl,
    logVariance: mean.map((_, j) => logVariance[j % logVariance.length]!),
  };
}

/** The ELBO by S draws of z. */
export async function elboOf(
  engine: DrawEngine,
  point: Datapoint,
  posterior: Posterior,
  { seed, row, samples }: Draws & { readonly samples: number },
): Promise<ElboTerms> {
  const moments = new RunningMoments(1);
  for (const draws of partsOf(samples, DRAWS_AT_ONCE)) {
    const one = { index: 0, first: row, count: 1 };
    const width = posterior.mean.length;
    const { logLikelihood } = await engine.rowTerms(
      batchOf(point, "terms", seed, one, draws, width),
    );
    for (const value of logLikelihood) moments.add([value]);
  }
  const reconstruction = moments.means[0]!;
  const kl = sumOf(posterior.kl);
  return {
    reconstruction,
    kl,
    elbo: reconstruction - kl,
    error: Math.sqrt(moments.squares[0]! / ((samples - 1) * samples)),
  };
}

/** log p(x|z) + log p(z) - log q(z|x) of k draws, a part of them at a time. */
export async function* logWeights(
  engine: DrawEngine,
  point: Datapoint,
  { seed, row, k, from = 0 }: Draws & {
    readonly k: number;
    /** draws that are there already, a whole number of parts */
    readonly from?: number;
  },
): AsyncGenerator<Float32Array> {
  const one = { index: 0, first: row, count: 1 };
  for (const draws of partsOf(k, DRAWS_AT_ONCE)) {
    if (draws.first < from) continue;
    const { logLikelihood, logRatio } = await engine.rowTerms(
      batchOf(point, "importance", seed, one, draws, engine.spec.latentDim),
    );
    yield logLikelihood.map((value, i) => value - logRatio[i]!);
  }
}

/** L_K of all weights. */
export function lastBound(weights: readonly number[]): LastBound {
  const k = weights.length;
  const running = new RunningWeights(1, k);
  for (const weight of weights) running.add([weight]);
  const bound = emptyImportanceEstimates(1);
  running.put(bound, 0);
  return {
    k,
    value: bound.values[0]!,
    error: Math.sqrt(bound.variances[0]!),
    effectiveSamples: bound.effectiveSamples[0]!,
    paretoK: bound.paretoK[0]!,
  };
}

/**
 * L_k for k = 1, 2, 5, 10, ... up to all weights: the mean over the groups of k
 * of log (1/k) sum w. The last k has one group.
 */
export function boundsOf(weights: readonly number[]): Bound[] {
  return stepsUpTo(weights.length).map((k) => {
    const groups = Math.floor(weights.length / k);
    let sum = 0;
    for (let g = 0; g < groups; g++) {
      sum += logMeanExp(weights.slice(g * k, (g + 1) * k));
    }
    return { k, value: sum / groups };
  });
}

/** 1, 2, 5, 10, ..., most */
function stepsUpTo(most: number): number[] {
  const steps: number[] = [];
  for (let unit = 1; unit < most; unit *= 10) {
    steps.push(...[unit, 2 * unit, 5 * unit].filter((k) => k < most));
  }
  return [...steps, most];
}

function logMeanExp(values: readonly number[]): number {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (largest === -Infinity) return largest;
  const sum = values.reduce((sum, value) => sum + exp(value - largest), 0);
  return largest + log(sum / values.length);
}

/** Closed forms of a linear Gaussian decoder, at the encoder's q(z|x). */
export function exactTerms(
  model: LinearGaussian,
): (x: Float32Array, posterior: Posterior) => ExactElboTerms {
  const logLikelihood = exactLogLikelihood(model);
  const termsAt = linearTerms(model);
  return (x, { mean, logVariance }) => {
    const q = { mean, logVariance, lower: null };
    return { ...termsAt(q, x), logLikelihood: logLikelihood(x) };
  };
}
