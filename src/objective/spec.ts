/** What training goes up, as plain data. */

import type { Members, Row } from "../config/field.ts";
import { integer, MOST, type Value, word } from "../config/value.ts";

/**
 * Estimators of the encoder's gradient; that of the decoder is the same in all.
 *
 * - `plain`: the derivative of the estimate (reparameterisation);
 * - `stl`: sticking the landing (Roeder et al. 2017): without the derivative of
 *   ln q(z|x) by its parameters at fixed z, whose mean is zero for one
 *   importance sample. For k > 1 samples it is biased;
 * - `dreg`: doubly reparameterised (Tucker et al. 2018): unbiased for any k.
 */
export const GRADIENTS = ["plain", "stl", "dreg"] as const;

/** One of {@linkcode GRADIENTS}. */
export type GradientEstimator = typeof GRADIENTS[number];

/** The names of the objectives. */
export const OBJECTIVES = [
  "elbo",
  "elbo-sampled",
  "iwae",
  "wake-sleep",
  "mcem",
] as const;

/** The properties of an objective that engines depend on. */
export interface Traits {
  /** of the draws: all equal, or w_i / sum w among the k of a datapoint */
  readonly weights: "equal" | "importance";
  /** how the KL term is computed; none: there is no KL term */
  readonly kl: "closed-form" | "at-draws" | "none";
  /** what the encoder learns from */
  readonly encoder: "z" | "dreams" | "chains";
  /** a factor of beta, constant in training */
  readonly klFactor: number;
}

const ELBO: Traits = {
  weights: "equal",
  kl: "closed-form",
  encoder: "z",
  klFactor: 1,
};

/** The traits of every objective. */
export const TRAITS: Readonly<Record<typeof OBJECTIVES[number], Traits>> = {
  "elbo": ELBO,
  "elbo-sampled": { ...ELBO, kl: "at-draws" },
  "iwae": { ...ELBO, weights: "importance", kl: "at-draws" },
  "wake-sleep": { ...ELBO, kl: "none", encoder: "dreams" },
  "mcem": { ...ELBO, kl: "none", encoder: "chains" },
};

/** Objectives of one kind are trained by the same program of an engine. */
export type Kind = `${Traits["weights"]} ${Traits["kl"]} ${Traits["encoder"]}`;

/** The kind of an objective. */
export function kindOf({ name }: Pick<ObjectiveSpec, "name">): Kind {
  const { weights, kl, encoder } = TRAITS[name];
  return `${weights} ${kl} ${encoder}`;
}

/** What the names of an objective's own arrays in a checkpoint begin with. */
export const OBJECTIVE_ARRAYS = "objective/";

/**
 * What a training step goes up.
 *
 * - `elbo`: E_q[ln p(x|z)] - KL(q(z|x) || p(z)), the KL in closed form;
 * - `elbo-sampled`: the same, the KL at the draws of z;
 * - `iwae`: E ln (1/k) sum_i p(x|z_i) p(z_i) / q(z_i|x) with k importance
 *   samples (Burda et al., arXiv 1509.00519, equation 8);
 * - `wake-sleep` (Hinton et al. 1995) and `mcem`, Monte Carlo EM: the baselines
 *   of AEVB (section 5), which have no bound that both networks go up.
 */
export type ObjectiveSpec =
  | { readonly name: "elbo" }
  | { readonly name: "elbo-sampled"; readonly gradient: "plain" | "stl" }
  | {
    readonly name: "iwae";
    /** importance samples inside the logarithm */
    readonly k: number;
    readonly gradient: GradientEstimator;
  }
  | { readonly name: "wake-sleep" }
  | {
    readonly name: "mcem";
    /** of the chain that draws from p(z|x) */
    readonly transitions: number;
    /** gradient steps of each transition */
    readonly leapfrogSteps: number;
    /** updates of the parameters with each draw */
    readonly updates: number;
  };

/**
 * The settings of AEVB's Monte Carlo EM (appendix E): ten leapfrog steps and
 * five updates. Here the ten are five transitions, since one long trajectory
 * from a draw far out is often rejected: the encoder then learns from chains
 * that did not move, and drifts further out.
 */
export const MCEM = {
  name: "mcem",
  transitions: 5,
  leapfrogSteps: 2,
  updates: 5,
} as const;

const gradient = <G extends GradientEstimator>(
  value: Value<G>,
): Row<G> => ({
  flag: "gradient",
  value,
  help:
    "gradient estimator of the encoder: plain, stl (sticking the landing) " +
    "or, for iwae, dreg (doubly reparameterised)",
  default: "plain",
});

const ofChain = (flag: string, help: string, value: number): Row<number> => ({
  flag,
  value: integer(1, MOST),
  help,
  default: String(value),
});

/** The settings of each objective, as flags and run.json have them. */
export const OBJECTIVE_SETTINGS: Members<ObjectiveSpec, "name"> = {
  "elbo": {},
  "elbo-sampled": {
    gradient: gradient({
      ...word(["plain", "stl"]),
      expected: "plain or stl; with one importance sample dreg is stl",
    }),
  },
  "iwae": {
    k: {
      flag: "k",
      value: { ...integer(1, MOST), placeholder: "K" },
      help: "importance samples inside the logarithm",
      default: "5",
      isSwept: true,
    },
    gradient: gradient(word(GRADIENTS)),
  },
  "wake-sleep": {},
  "mcem": {
    transitions: ofChain(
      "transitions",
      "transitions of the chain that draws from p(z|x)",
      MCEM.transitions,
    ),
    leapfrogSteps: ofChain(
      "leapfrog-steps",
      "leapfrog steps of each transition",
      MCEM.leapfrogSteps,
    ),
    updates: ofChain(
      "updates",
      "optimiser updates with each draw",
      MCEM.updates,
    ),
  },
};

/** The step size of the chains of `mcem`, in a checkpoint. */
export const HMC_STEP_SIZE = `${OBJECTIVE_ARRAYS}hmc_step_size`;

/** Of the leapfrog method of `mcem` at the first training step. */
export const FIRST_STEP_SIZE = 0.1;

/** Draws of z inside one estimate: k, and 1 where nothing is inside. */
export function importanceSamples(objective: ObjectiveSpec): number {
  return objective.name === "iwae" ? objective.k : 1;
}

/**
 * Whether two layers of latent variables can be trained up it: all that is
 * asked of them is known at draws. The KL of the others is in closed form.
 */
export function takesTwoLayers({ name }: ObjectiveSpec): boolean {
  return name === "elbo-sampled" || name === "iwae";
}

/** A short name of the objective with its settings, such as `iwae-k5-dreg`. */
export function objectiveLabel(objective: ObjectiveSpec): string {
  const { name } = objective;
  if (!("gradient" in objective)) return name;
  const k = name === "iwae" ? `-k${objective.k}` : "";
  const gradient = objective.gradient === "plain"
    ? ""
    : `-${objective.gradient}`;
  return `${name}${k}${gradient}`;
}

/**
 * How often a training step evaluates its minibatch, as AEVB seems to count the
 * "training samples evaluated" of its figures: once, and in Monte Carlo EM once
 * for each leapfrog step and each update. The paper does not say so. But of
 * Monte Carlo EM all points of figure 3 are multiples of 15 times the train
 * images, at ten leapfrog steps and five updates of all of them.
 */
export function timesEvaluated(objective: ObjectiveSpec): number {
  if (objective.name !== "mcem") return 1;
  const { transitions, leapfrogSteps, updates } = objective;
  return transitions * leapfrogSteps + updates;
}

/** Names of what a training step logs beside reconstruction, kl, objective. */
export function trainingColumns({ name }: ObjectiveSpec): readonly string[] {
  switch (name) {
    case "iwae":
      return ["iwae_bound"];
    case "wake-sleep":
      return ["sleep_log_posterior"];
    case "mcem":
      return ["hmc_reconstruction", "hmc_log_posterior", "hmc_acceptance"];
    default:
      return [];
  }
}

/** The same of an evaluation. */
export function evaluationColumns({ name }: ObjectiveSpec): readonly string[] {
  return name === "iwae" ? ["iwae_bound"] : [];
}
