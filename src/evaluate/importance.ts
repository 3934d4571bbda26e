/**
 * log p(x) by importance sampling with q(z|x): the bound L_k of Burda et al.
 * (arXiv 1509.00519, equation 8), in memory that does not depend on k.
 */

import type { Examples } from "../data/dataset.ts";
import type { RowTerms } from "../engine/engine.ts";
import { type DrawEngine, referenceDraws } from "../engine/draw_engine.ts";
import { requireAtLeast } from "../inference/checks.ts";
import { totalLatentDim } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import { type Control, dataRowsOf, inTurns } from "./device.ts";
import { batchOf, DRAWS_AT_ONCE, partsOf, rowsAtOnce } from "./draws.ts";
import {
  emptyImportanceEstimates,
  type ImportanceEstimates,
  RunningWeights,
} from "./importance_weights.ts";
import { partsToDo } from "./row_parts.ts";

/** How the bound is estimated. */
export interface ImportanceOptions extends Control {
  /** importance samples, at least 1 */
  readonly k: number;
  /** of the draws of z, an integer in 0..2^53-1 */
  readonly seed: number;
  /**
   * the latent dimensions that stay, for a model of one layer; all if absent.
   * The others are put at the prior's mean, 0, where x is decoded, and leave
   * p(z) and q(z|x): the bound is that of log E_p(z)[p(x|z)] over what stays.
   */
  readonly kept?: readonly boolean[];
  /** what computes the terms at the draws; the model itself if absent */
  readonly engine?: Pick<DrawEngine, "rowTerms" | "pace"> | undefined;
}

/**
 * Of each row
 *
 *     log (1/k) sum_i p(x|z_i) p(z_i) / q(z_i|x),  z_i ~ q(z|x)
 *
 * in nats, whose mean over draws is L_k <= log p(x), and its variance over the
 * draws by the delta method. As an estimate of log p(x) it is too low by about
 * half that variance where the weights are well-behaved, and by more where few
 * of them make up the sum; the variance is then too small, too. The effective
 * sample sizes and k-hats tell.
 *
 * Draws depend on (seed, row, i) alone: those of a smaller k are the first of
 * a larger one.
 */
export async function importanceBound(
  vae: Vae,
  examples: Examples,
  { k, seed, kept, engine = referenceDraws(vae), ...control }:
    ImportanceOptions,
): Promise<ImportanceEstimates> {
  requireAtLeast("k", k, 1);
  const bound = emptyImportanceEstimates(examples.count);
  const width = totalLatentDim(vae.spec);
  const what = kept === undefined ? "L_k" : "L_k of active units";
  const atOnce = rowsAtOnce(engine);
  for await (const rows of partsToDo(control, what, bound, atOnce)) {
    const pixels = dataRowsOf(examples, rows);
    const weights = new RunningWeights(rows.count, k);
    const works = partsOf(k, DRAWS_AT_ONCE).map((draws) => () =>
      engine.rowTerms(
        batchOf(pixels, "importance", seed, rows, draws, width),
        kept,
      )
    );
    for await (
      const terms of inTurns(works, engine.pace?.ahead ?? 0, control)
    ) {
      const logWeights = logWeightsOf(terms);
      for (let at = 0; at < logWeights.length; at += rows.count) {
        weights.add(logWeights.subarray(at, at + rows.count));
      }
    }
    weights.put(bound, rows.first);
  }
  return bound;
}

/** log p(x|z) + log p(z) - log q(z|x) at the draws, [S, B], in float32. */
function logWeightsOf({ logLikelihood, logRatio }: RowTerms): Float32Array {
  return logLikelihood.map((value, i) => value - logRatio[i]!);
}
