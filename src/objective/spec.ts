/** What training goes up, as plain data. */

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
export const OBJECTIVES = ["elbo", "elbo-sampled", "iwae"] as const;

/**
 * What a training step goes up.
 *
 * - `elbo`: E_q[ln p(x|z)] - KL(q(z|x) || p(z)), the KL in closed form;
 * - `elbo-sampled`: the same, the KL at the draws of z;
 * - `iwae`: E ln (1/k) sum_i p(x|z_i) p(z_i) / q(z_i|x) with k importance
 *   samples (Burda et al., arXiv 1509.00519, equation 8).
 */
export type ObjectiveSpec =
  | { readonly name: "elbo" }
  | { readonly name: "elbo-sampled"; readonly gradient: "plain" | "stl" }
  | {
    readonly name: "iwae";
    /** importance samples inside the logarithm */
    readonly k: number;
    readonly gradient: GradientEstimator;
  };

/** Draws of z inside one estimate: k, and 1 where nothing is inside. */
export function importanceSamples(objective: ObjectiveSpec): number {
  return objective.name === "iwae" ? objective.k : 1;
}

/** A short name of the objective with its settings, such as `iwae-k5-dreg`. */
export function objectiveLabel(objective: ObjectiveSpec): string {
  const { name } = objective;
  if (name === "elbo") return name;
  const k = name === "iwae" ? `-k${objective.k}` : "";
  const gradient = objective.gradient === "plain"
    ? ""
    : `-${objective.gradient}`;
  return `${name}${k}${gradient}`;
}
