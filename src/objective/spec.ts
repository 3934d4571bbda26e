/** The table of all objectives: what training maximises. */

import { type Members, settingsOf } from "../config/union.ts";
import { addRow, type Names, namesOf, rowOf } from "../table.ts";
import { ELBO, ELBO_SAMPLED, type ElboSampled, evaluateElbo } from "./elbo.ts";
import { IWAE, type Iwae } from "./iwae.ts";
import { type Mcem, MCEM_ROW } from "./mcem.ts";
import type {
  Objective,
  ObjectiveRow,
  OwnObjective,
  TrainingTerms,
  Traits,
} from "./objective.ts";
import { WAKE_SLEEP } from "./wake_sleep.ts";

export { type GradientEstimator, GRADIENTS } from "./gradients.ts";
export { FIRST_STEP_SIZE, HMC_STEP_SIZE, MCEM } from "./mcem.ts";
export { OBJECTIVE_ARRAYS, type Traits } from "./objective.ts";

/**
 * What training maximises.
 *
 * - `elbo`: E_q[log p(x|z)] - KL(q(z|x) || p(z)), the KL in closed form;
 * - `elbo-sampled`: the same, the KL at the draws of z;
 * - `iwae`: E log (1/k) sum_i p(x|z_i) p(z_i) / q(z_i|x) with k importance
 *   samples (Burda et al., arXiv 1509.00519, equation 8);
 * - `wake-sleep` (Hinton et al. 1995) and `mcem`, Monte Carlo EM: the baselines
 *   of AEVB (section 5), whose two networks have objectives of their own.
 */
export type ObjectiveSpec =
  | { readonly name: "elbo" }
  | ElboSampled
  | Iwae
  | { readonly name: "wake-sleep" }
  | Mcem;

/** All objectives by name. */
export const OBJECTIVE_TABLE: {
  readonly [N in ObjectiveSpec["name"]]: ObjectiveRow<
    Extract<ObjectiveSpec, { readonly name: N }>
  >;
} = {
  "elbo": ELBO,
  "elbo-sampled": ELBO_SAMPLED,
  "iwae": IWAE,
  "wake-sleep": WAKE_SLEEP,
  "mcem": MCEM_ROW,
};

/** Those that come with the project. */
export const OBJECTIVES: Names<ObjectiveSpec["name"]> = namesOf(
  OBJECTIVE_TABLE,
);

/** The settings of each objective, as flags and run.json have them. */
export function objectiveSettings(): Members<ObjectiveSpec, "name"> {
  return settingsOf(OBJECTIVE_TABLE);
}

/**
 * Adds a script's objective. Its name is none of {@linkcode ObjectiveSpec}.
 *
 * @throws {UserError} the name is taken, or unsuitable
 */
export function addObjective(own: OwnObjective): void {
  const { name, help, kl, settings = {}, trainingColumns = [] } = own;
  const row: ObjectiveRow<{ readonly name: string }> = {
    ...(help !== undefined && { help }),
    ...{ weights: "own", kl, encoder: "z", klFactor: 1 },
    ...{ settings, trainingColumns, evaluationColumns: [] },
    create: (spec) => ({
      updates: 1,
      variables: new Map(),
      prepare: (vae, batch, weighting) => () => {
        const terms = own.terms(vae, batch, weighting, spec);
        return { more: [], ...terms } as TrainingTerms;
      },
      evaluate: evaluateElbo,
    }),
  };
  const table: Readonly<Record<string, unknown>> = OBJECTIVE_TABLE;
  addRow(table, name, row, "objective");
}

/** The row of an objective. @throws {UserError} there is none */
function objectiveRow(
  { name }: Pick<ObjectiveSpec, "name">,
): ObjectiveRow<ObjectiveSpec> {
  const table: Readonly<Record<string, ObjectiveRow<ObjectiveSpec>>> =
    OBJECTIVE_TABLE;
  return rowOf(table, name, "objective");
}

export function traitsOf(objective: Pick<ObjectiveSpec, "name">): Traits {
  return objectiveRow(objective);
}

/** Objectives of one kind are trained by the same program of an engine. */
export type Kind = `${Traits["weights"]} ${Traits["kl"]} ${Traits["encoder"]}`;

export function kindOf(objective: Pick<ObjectiveSpec, "name">): Kind {
  const { weights, kl, encoder } = traitsOf(objective);
  return `${weights} ${kl} ${encoder}`;
}

/** The objective on the current tfjs backend. */
export function objectiveOf(spec: ObjectiveSpec): Objective {
  return objectiveRow(spec).create(spec);
}

/** Draws of z inside one estimate: k, and 1 where nothing is inside. */
export function importanceSamples(objective: ObjectiveSpec): number {
  return objectiveRow(objective).importanceSamples?.(objective) ?? 1;
}

/**
 * Whether it can train two layers of latent variables: their KL has no closed
 * form, so that the objective must estimate it at draws.
 */
export function takesTwoLayers(
  objective: Pick<ObjectiveSpec, "name">,
): boolean {
  return traitsOf(objective).kl === "at-draws";
}

/** The objectives that can, as messages list them. */
export function ofTwoLayers(): string {
  return namesOf(OBJECTIVE_TABLE)
    .filter((name) => takesTwoLayers({ name })).join(" or ");
}

/** A short name of the objective with its settings, such as `iwae-k5-dreg`. */
export function objectiveLabel(objective: ObjectiveSpec): string {
  const { name } = objective;
  if (!("gradient" in objective)) return name;
  const k = "k" in objective ? `-k${objective.k}` : "";
  const gradient = objective.gradient === "plain"
    ? ""
    : `-${objective.gradient}`;
  return `${name}${k}${gradient}`;
}

/** How often a training step evaluates its minibatch: see `MCEM_ROW`. */
export function timesEvaluated(objective: ObjectiveSpec): number {
  return objectiveRow(objective).timesEvaluated?.(objective) ?? 1;
}

/** Names of what a training step logs beside reconstruction, kl, objective. */
export function trainingColumns(objective: ObjectiveSpec): readonly string[] {
  return objectiveRow(objective).trainingColumns;
}

/** Names of what an evaluation logs beside the ELBO's terms. */
export function evaluationColumns(objective: ObjectiveSpec): readonly string[] {
  return objectiveRow(objective).evaluationColumns;
}
