/** How good a trained VAE is, as a table of quantities. */

import { type Examples, firstRows } from "../data/dataset.ts";
import { type DrawEngine, referenceDraws } from "../engine/draw_engine.ts";
import { familyOf } from "../model/likelihood/families.ts";
import { totalLatentDim } from "../model/spec.ts";
import type { Vae } from "../model/vae.ts";
import { termsOf } from "../train/loop.ts";
import { adaptedImportance } from "./adapted_importance.ts";
import { chainLogLikelihood } from "./chain_likelihood.ts";
import type { ChainEstimator, ChainOptions } from "./chain_likelihood.ts";
import { importanceBound } from "./importance.ts";
import {
  type ImportanceEstimates,
  reliabilityOf,
} from "./importance_weights.ts";
import { mutualInformation } from "./mutual_information.ts";
import { posteriorTerms } from "./posterior_terms.ts";
import { type Estimate, meanOverRows } from "./estimates.ts";
import { type Unit, unitsOf } from "./units.ts";

/**
 * Estimators of log p(x): importance sampling with q(z|x), or with a Gaussian
 * that is adapted to p(z|x) of each row; Markov chains.
 */
export const ESTIMATORS = ["importance", "adapted", "ais", "hmc"] as const;

/** One of {@linkcode ESTIMATORS}. */
export type Estimator = typeof ESTIMATORS[number];

/** Whether an estimator is the mean of k importance weights. */
export function hasWeights(
  estimator: Estimator,
): estimator is Exclude<Estimator, ChainEstimator> {
  return estimator === "importance" || estimator === "adapted";
}

/**
 * All quantities, in the order of the table: means over the datapoints in nats,
 * except `bits_per_dim`, counts, k-hats and shares. What ends in the name of
 * another belongs to that one.
 */
export const QUANTITIES = [
  /** reconstruction - kl */
  "elbo",
  /** E_q[log p(x|z)], by S draws */
  "reconstruction",
  /** KL(q(z|x) || p(z)), in closed form; by S draws where z has two layers */
  "kl",
  /** kl, as Alemi et al. (arXiv 1711.00464) call it */
  "rate",
  /** -reconstruction, the same */
  "distortion",
  /** L_k: see `importanceBound` */
  "iwae_bound",
  /** -L_k, an upper bound of -log p(x) */
  "nll",
  /**
   * nll / (D ln 2), in bits, where x has grey levels and p(x|z) is a
   * probability; a density at levels would be no length of a code
   */
  "bits_per_dim",
  /** mean effective sample size of the k weights of L_k: see `reliabilityOf` */
  "ess",
  /** median k-hat of their tails, NaN of fewer than 21 draws */
  "pareto_k",
  /** share of rows with a k-hat above 0.7: there L_k is too low, unnoticed */
  "unreliable_share",
  /** the same as nll with the units that are not active at the prior's mean; one layer */
  "nll_active_units",
  "ess_active_units",
  "pareto_k_active_units",
  "unreliable_share_active_units",
  /** how many units are active: see `unitsOf` */
  "active_units",
  /** I_q(x; z): see `mutualInformation`; one layer */
  "mutual_information",
  /** KL(q(z) || p(z)) = rate - mutual_information; one layer */
  "marginal_kl",
  /** -log p(x) by `adaptedImportance`, for few latent dimensions */
  "nll_adapted",
  "ess_adapted",
  "pareto_k_adapted",
  "unreliable_share_adapted",
  /** -log p(x) by annealed importance sampling */
  "nll_ais",
  /** -log p(x) by Hamiltonian Monte Carlo */
  "nll_hmc",
] as const;

/** Fits of the adapted Gaussian before the draws of the estimate. */
const ADAPTATIONS = 10;

/** One of {@linkcode QUANTITIES}. */
export type Quantity = typeof QUANTITIES[number];

/** What to evaluate. */
export interface EvaluationRequest {
  /** importance samples of L_k, or of the adapted Gaussian, at least 1 */
  readonly k: number;
  /** the largest number of rows, from the first; null: all */
  readonly rows: number | null;
  /** draws of z per datapoint in everything else, S, at least 1 */
  readonly samples: number;
  /** of log p(x) */
  readonly estimators: readonly Estimator[];
}

/** The results of an evaluation. */
export interface Evaluation {
  /** what was evaluated */
  readonly request: EvaluationRequest;
  /** how many datapoints it is about */
  readonly rows: number;
  /** by name, those that the model has and the request wants */
  readonly quantities: ReadonlyMap<Quantity, Estimate>;
  /** the latent dimensions */
  readonly units: readonly Unit[];
}

/** What an evaluation needs beside the request: a seed of the draws of z. */
export interface EvaluationOptions extends EvaluationRequest, ChainOptions {
  /**
   * what computes at the rows and the draws: see `openDrawEngine`. The model
   * itself if absent, and where z has two layers or chains move it
   */
  readonly engine?: DrawEngine | undefined;
}

/**
 * Evaluates a model on data. The error of an {@linkcode Estimate} is the
 * Monte Carlo standard error: that of the draws of z, at these datapoints and
 * parameters. It is 0 where there is a closed form and NaN where it is not
 * known: of one draw, of what is said of importance weights, and of
 * `active_units` where z has two layers. Where
 * it is not known which units are active, see `unitsOf`, what depends on it is
 * NaN.
 * The draws are functions of the seed and the row: the same evaluation on the
 * same engine and backend gives the same bytes.
 */
export async function evaluateVae(
  vae: Vae,
  all: Examples,
  {
    k,
    rows,
    samples,
    estimators,
    engine = referenceDraws(vae),
    ...rest
  }: EvaluationOptions,
): Promise<Evaluation> {
  const examples = firstRows(all, rows ?? Infinity);
  const terms = await posteriorTerms(vae, examples, {
    samples,
    engine,
    ...rest,
  });
  const { klPerUnit, means } = terms;
  const units = unitsOf(klPerUnit, means, totalLatentDim(vae.spec));
  const active = activeOf(units);
  const hasOneLayer = !vae.spec.upper;
  const ofElbo = meanOverRows(terms.elbo);
  const ofReconstruction = meanOverRows(terms.reconstruction);
  const ofKl = meanOverRows(terms.kl);
  const { elbo, reconstruction, kl } = termsOf(
    Math.fround(ofReconstruction.value),
    Math.fround(ofKl.value),
  );
  const found = new Map<Quantity, Estimate>([
    ["elbo", { value: elbo, error: ofElbo.error }],
    ["reconstruction", { ...ofReconstruction, value: reconstruction }],
    ["kl", { ...ofKl, value: kl }],
    ["rate", { ...ofKl, value: kl }],
    ["distortion", { ...ofReconstruction, value: -reconstruction }],
    ["active_units", {
      value: active?.filter((one) => one).length ?? NaN,
      error: hasOneLayer && active !== null ? 0 : NaN,
    }],
  ]);

  if (estimators.includes("importance")) {
    const options = { k, engine, ...rest };
    const weighted = await importanceBound(vae, examples, options);
    const bound = meanOverRows(weighted);
    found.set("iwae_bound", bound);
    putNll(found, "", weighted);
    const { likelihood, dataDim } = vae.spec;
    if (familyOf(likelihood).support === "levels") {
      found.set("bits_per_dim", {
        value: -bound.value / (dataDim * Math.LN2),
        error: bound.error / (dataDim * Math.LN2),
      });
    }
    if (hasOneLayer) {
      const ofKept = active === null
        ? null
        : active.includes(false)
        ? await importanceBound(vae, examples, { ...options, kept: active })
        : weighted;
      putNll(found, "_active_units", ofKept);
    }
  }
  if (estimators.includes("adapted")) {
    const adapted = await adaptedImportance(examples, {
      latentDim: totalLatentDim(vae.spec),
      rounds: ADAPTATIONS,
      k,
      engine,
      ...rest,
    });
    putNll(found, "_adapted", adapted);
  }
  if (hasOneLayer) {
    const information = meanOverRows(
      await mutualInformation(vae, examples, { samples, engine, ...rest }),
    );
    found.set("mutual_information", information);
    found.set("marginal_kl", {
      value: kl - Math.fround(information.value),
      error: information.error,
    });
  }
  for (const estimator of estimators) {
    if (hasWeights(estimator)) continue;
    const rows = await chainLogLikelihood(vae, examples, estimator, rest);
    found.set(NLL_BY[estimator], negative(meanOverRows(rows)));
  }
  const inOrder = QUANTITIES.flatMap((name): [Quantity, Estimate][] => {
    const estimate = found.get(name);
    return estimate === undefined ? [] : [[name, estimate]];
  });
  return {
    request: { k, rows, samples, estimators },
    rows: examples.count,
    quantities: new Map(inOrder),
    units,
  };
}

/** Which units are active; null where one of them is not known. */
function activeOf(units: readonly Unit[]): boolean[] | null {
  const known = units.flatMap(({ active }) => active ?? []);
  return known.length === units.length ? known : null;
}

const NLL_BY: Record<ChainEstimator, Quantity> = {
  ais: "nll_ais",
  hmc: "nll_hmc",
};

/** The end of the names of what belongs to an estimate by importance weights. */
type WeightedSuffix = "" | "_active_units" | "_adapted";

/** @param weighted null: it is not known */
function putNll(
  found: Map<Quantity, Estimate>,
  suffix: WeightedSuffix,
  weighted: ImportanceEstimates | null,
): void {
  const unknown = { value: NaN, error: NaN };
  const nll = weighted === null ? unknown : negative(meanOverRows(weighted));
  const { effectiveSamples, paretoK, unreliableShare } = weighted === null
    ? { effectiveSamples: NaN, paretoK: NaN, unreliableShare: NaN }
    : reliabilityOf(weighted);
  found.set(`nll${suffix}`, nll);
  found.set(`ess${suffix}`, { value: effectiveSamples, error: NaN });
  found.set(`pareto_k${suffix}`, { value: paretoK, error: NaN });
  found.set(`unreliable_share${suffix}`, {
    value: unreliableShare,
    error: NaN,
  });
}

function negative({ value, error }: Estimate): Estimate {
  return { value: -value, error };
}
