/**
 * log p(x) by importance sampling with a Gaussian that is adapted to p(z|x) of
 * each row, where the encoder's q(z|x) is too far from it, as q of data is that
 * the encoder has not learned from. For a few latent dimensions, one layer, and
 * a diagonal posterior (adaptive importance sampling; O. Cappe et al., 2004).
 */

import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { exp, log } from "../elementary.ts";
import type { Examples } from "../data/dataset.ts";
import type { Batch } from "../engine/engine.ts";
import type { DrawEngine } from "../engine/draw_engine.ts";
import { conditionsOf, type Control, inTurn, pixelsOf } from "./device.ts";
import { DRAWS_AT_ONCE, noiseOf, type Part, partsOf } from "./draws.ts";
import {
  emptyImportanceEstimates,
  type ImportanceEstimates,
  RunningWeights,
} from "./importance_weights.ts";
import { partsToDo } from "./row_parts.ts";

const ROWS_AT_ONCE = 50;

/** Draws are divided between the fitted Gaussian and one so much wider. */
const WIDER = 3;

/** The fewest draws that the fit may rest on: weights are tempered for it. */
const EFFECTIVE_DRAWS = DRAWS_AT_ONCE / 5;

/** The most dimensions of z: more than the fewest draws cannot be fitted. */
export const MOST_ADAPTED_DIMS: number = EFFECTIVE_DRAWS - 1;

/** How it is estimated. */
export interface AdaptedImportanceOptions extends Control {
  /** of the draws, an integer in 0..2^53-1 */
  readonly seed: number;
  /** numbers in z, of both layers where there are two, d */
  readonly latentDim: number;
  /** fits of the Gaussian, each to 50 draws, at least 1 */
  readonly rounds: number;
  /** draws of the estimate, in parts of 50 */
  readonly k: number;
  /** what computes the terms at the draws */
  readonly engine: Pick<DrawEngine, "rowTerms">;
}

/** A proposal of one row: N(mean, L L') and N(mean, 9 L L'), half each. */
interface Proposal {
  readonly mean: Float64Array;
  /** lower triangular, [d, d] */
  readonly factor: Matrix;
}

interface WeightedDraws {
  /** [S, d] */
  readonly draws: Float64Array;
  /** log p(x, z) - log g(z), [S] */
  readonly logWeights: Float64Array;
}

/**
 * Of each row log (1/k) sum_i p(x, z_i) / g(z_i) with z_i ~ g, a lower bound on
 * log p(x) on average, and its variance over the draws by the delta method.
 *
 * g is a density of the noise e from which q(z|x) draws z, as mu(x) + sigma(x) e:
 * of e, q(z|x) is N(0, I), so that
 *
 *     log p(x, z) - log g
 *       = [log p(x|z) + log p(z) - log q(z|x)] + log N(e; 0, I) - log g(e)
 *
 * whose bracket is what engines compute. From N(0, 9 I) on, each round fits a
 * Gaussian to the draws of the round before, by their weights to a power below
 * 1 where else too few of them would make up the fit.
 */
export async function adaptedImportance(
  examples: Examples,
  { seed, latentDim, rounds, k, engine, ...control }: AdaptedImportanceOptions,
): Promise<ImportanceEstimates> {
  const estimates = emptyImportanceEstimates(examples.count);
  const parts = partsToDo(control, "adapted", estimates, ROWS_AT_ONCE);
  for await (const rows of parts) {
    const x = pixelsOf(examples, rows);
    const condition = conditionsOf(examples, rows);
    let proposals = Array.from({ length: rows.count }, (): Proposal => ({
      mean: new Float64Array(latentDim),
      factor: Matrix.eye(latentDim).mul(WIDER),
    }));
    const drawn = (draws: Part) => {
      const normals = noiseOf("importance", seed, rows, draws, latentDim);
      return inTurn(
        () => weigh(engine, { x, condition }, proposals, normals),
        control,
      );
    };
    const all = partsOf(rounds * DRAWS_AT_ONCE + k, DRAWS_AT_ONCE);
    for (const draws of all.slice(0, rounds)) {
      proposals = (await drawn(draws)).map((of, b) => fit(of, proposals[b]!));
    }
    const weights = new RunningWeights(rows.count, k);
    for (const draws of all.slice(rounds)) {
      const weighted = await drawn(draws);
      for (let s = 0; s < draws.count; s++) {
        weights.add(weighted.map(({ logWeights }) => logWeights[s]!));
      }
    }
    weights.put(estimates, rows.first);
  }
  return estimates;
}

/** Draws from the proposals of B rows. @param normals [S, B, d] */
async function weigh(
  engine: Pick<DrawEngine, "rowTerms">,
  data: Pick<Batch, "x" | "condition">,
  proposals: readonly Proposal[],
  normals: Float32Array,
): Promise<WeightedDraws[]> {
  const size = proposals.length;
  const d = proposals[0]!.mean.length;
  const samples = normals.length / size / d;
  const noise = new Float32Array(normals.length);
  for (let s = 0; s < samples; s++) {
    for (const [b, { mean, factor }] of proposals.entries()) {
      const at = (s * size + b) * d;
      for (let i = 0; i < d; i++) {
        let e = mean[i]!;
        for (let j = 0; j <= i; j++) {
          e += scaleOf(s) * factor.get(i, j) * normals[at + j]!;
        }
        noise[at + i] = e;
      }
    }
  }
  const terms = await engine.rowTerms({ ...data, noise, size, samples });
  return proposals.map((proposal, b) => {
    const draws = new Float64Array(samples * d);
    const logWeights = new Float64Array(samples);
    for (let s = 0; s < samples; s++) {
      const at = s * size + b;
      const e = noise.subarray(at * d, (at + 1) * d);
      draws.set(e, s * d);
      const square = e.reduce((sum, value) => sum + value ** 2, 0);
      logWeights[s] = terms.logLikelihood[at]! - terms.logRatio[at]! -
        square / 2 - logProposal(proposal, e);
    }
    return { draws, logWeights };
  });
}

/** Every other draw is of the wider Gaussian. */
function scaleOf(draw: number): number {
  return draw % 2 === 0 ? 1 : WIDER;
}

/** log g(e) without the constant d/2 log(2 pi), as N(e; 0, I) is here. */
function logProposal({ mean, factor }: Proposal, e: Float32Array): number {
  const d = mean.length;
  const whitened = new Float64Array(d);
  let [square, logDeterminant] = [0, 0];
  for (let i = 0; i < d; i++) {
    let rest = e[i]! - mean[i]!;
    for (let j = 0; j < i; j++) rest -= factor.get(i, j) * whitened[j]!;
    whitened[i] = rest / factor.get(i, i);
    square += whitened[i]! ** 2;
    logDeterminant += log(factor.get(i, i));
  }
  const narrow = log(0.5) - square / 2;
  const wide = log(0.5) - square / 2 / WIDER ** 2 - d * log(WIDER);
  const largest = Math.max(narrow, wide);
  return largest - logDeterminant +
    log(exp(narrow - largest) + exp(wide - largest));
}

/** The Gaussian of weighted draws; the old one where too few have a weight. */
function fit({ draws, logWeights }: WeightedDraws, old: Proposal): Proposal {
  const d = old.mean.length;
  const weights = temperedWeights(logWeights);
  if (weights === null) return old;
  const mean = new Float64Array(d);
  weights.forEach((w, s) => {
    for (let i = 0; i < d; i++) mean[i]! += w * draws[s * d + i]!;
  });
  // Never so narrow that rounding decides.
  const covariance = Matrix.eye(d).mul(1e-4);
  weights.forEach((w, s) => {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        const product = (draws[s * d + i]! - mean[i]!) *
          (draws[s * d + j]! - mean[j]!);
        covariance.set(i, j, covariance.get(i, j) + w * product);
      }
    }
  });
  const factor = new CholeskyDecomposition(covariance).lowerTriangularMatrix;
  return { mean, factor };
}

/**
 * Weights that sum to 1, to the largest power 1, 1/2, 1/4, ... at which
 * 1 / sum w^2 is at least {@linkcode EFFECTIVE_DRAWS}; null where no more than
 * those are numbers above 0.
 */
function temperedWeights(logWeights: Float64Array): Float64Array | null {
  const finite = logWeights.filter(Number.isFinite);
  // Of more than those a small power makes weights that are nearly alike.
  if (finite.length <= EFFECTIVE_DRAWS) return null;
  const largest = finite.reduce((a, b) => Math.max(a, b));
  for (let power = 1;; power /= 2) {
    const raised = logWeights.map((w) =>
      Number.isFinite(w) ? exp(power * (w - largest)) : 0
    );
    const sum = raised.reduce((a, b) => a + b, 0);
    const weights = raised.map((w) => w / sum);
    const squares = weights.reduce((a, w) => a + w ** 2, 0);
    if (1 / squares >= EFFECTIVE_DRAWS) return weights;
  }
}
