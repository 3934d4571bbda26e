/**
 * The parts of trainings that an engine supports. Each engine has its own table
 * and refuses what is not in it, so that nothing is trained as something else.
 */

import { UserError } from "../errors.ts";
import type { OptimizerSpec } from "../model/optimizers.ts";
import { kernelOf, sharedMode } from "../model/likelihood/families.ts";
import type { SharedMode } from "../model/likelihood/families.ts";
import type { Activation, PosteriorFamily, VaeSpec } from "../model/spec.ts";
import type { TrainingSpec } from "./engine.ts";
import {
  evaluationColumns,
  type GradientEstimator,
  type Kind,
  kindOf,
  type ObjectiveSpec,
  trainingColumns,
} from "../objective/spec.ts";

/** An engine's table of the parts that it has kernels for. */
export interface Supported {
  /** its name in messages */
  readonly engine: string;
  /** codes of src/engine/codes.ts */
  readonly objectives: Partial<Record<Kind, number>>;
  readonly gradients: Partial<Record<GradientEstimator, number>>;
  readonly posteriors: Partial<Record<PosteriorFamily, number>>;
  readonly sharedModes: Partial<Record<SharedMode, number>>;
  /** the engine's own */
  readonly activations: Partial<Record<Activation, unknown>>;
  readonly optimizers: Partial<Record<OptimizerSpec["name"], unknown>>;
  /** whether models may be conditional; absent: not */
  readonly conditional?: true;
  /** whether gradients may be clipped; absent: not */
  readonly clips?: true;
}

/** All parts of a training that an engine may lack: a run's config will do. */
export interface Trainable extends
  TrainingSpec,
  Pick<
    VaeSpec,
    | "hidden"
    | "activation"
    | "likelihood"
    | "posterior"
    | "upper"
    | "masked"
    | "conditionDim"
    | "logVarianceBounds"
  > {
  /** of a run's config, whose model has a mask where this is so */
  readonly own?: { readonly missing?: "mask" | undefined } | undefined;
  /** names of labels, before it is known how many numbers they give */
  readonly condition?: readonly string[] | undefined;
}

/** The entry of a table. @throws {Error} the engine should have refused it */
export function entryOf<Table extends object>(
  table: Table,
  name: string,
): NonNullable<Table[keyof Table]> {
  if (!Object.hasOwn(table, name)) throw new Error(`no kernel for ${name}`);
  return table[name as keyof Table]!;
}

/** The estimator of the encoder's gradient that an objective uses. */
export function gradientOf(objective: ObjectiveSpec): GradientEstimator {
  return "gradient" in objective ? objective.gradient : "plain";
}

/** What kernels log beside the common terms, in training and in evaluations. */
const COLUMNS: Partial<
  Record<Kind, readonly [training: string[], evaluation: string[]]>
> = {
  "equal closed-form z": [[], []],
  "equal at-draws z": [[], []],
  "importance at-draws z": [["iwae_bound"], ["iwae_bound"]],
  "equal none dreams": [["sleep_log_posterior"], []],
  "equal none chains": [
    ["hmc_reconstruction", "hmc_log_posterior", "hmc_acceptance"],
    [],
  ],
};

/** Whether kernels log the columns of the objective. */
function logsColumnsOf(objective: ObjectiveSpec): boolean {
  const columns = [trainingColumns(objective), evaluationColumns(objective)];
  return JSON.stringify(columns) ===
    JSON.stringify(COLUMNS[kindOf(objective)]);
}

/** The part of a training that an engine lacks; null: it has them all. */
export function unsupported(
  { objectives, gradients, posteriors, sharedModes, ...own }: Supported,
  { hidden, likelihood, upper, objective, ...training }: Trainable,
): string | null {
  // No engine but the reference leaves pixels out of its sums.
  const { masked, own: data } = training;
  if (masked || data?.missing !== undefined) return "missing values";
  const { conditionDim = 0, condition = [] } = training;
  if (conditionDim + condition.length > 0 && !own.conditional) {
    return "conditional models";
  }
  if (training.clipGradient !== undefined && !own.clips) {
    return "clipped gradients";
  }
  // No engine but the reference clamps the encoder's log variance.
  if (training.logVarianceBounds !== undefined) return "log variance bounds";
  if (upper) return "two layers of latent variables";
  if (hidden.some((layer) => typeof layer !== "number")) return "convolutions";
  const { family } = likelihood;
  if (kernelOf(likelihood) < 0) {
    return `${Object.values(likelihood).join(" ")} decoders`;
  }
  const mode = sharedMode(likelihood);
  const { name } = objective;
  const { activation, posterior, optimizer } = training;
  const parts = [
    [posteriors, posterior, `${posterior} covariances`],
    [sharedModes, mode, `${mode} parameters of ${family} decoders`],
    [objectives, kindOf(objective), `objective ${name}`],
    [gradients, gradientOf(objective), `gradient ${gradientOf(objective)}`],
    [own.activations, activation, `activation ${activation}`],
    [own.optimizers, optimizer.name, `optimizer ${optimizer.name}`],
  ] as const;
  const lacks = parts.find(([table, key]) => !Object.hasOwn(table, key))?.[2];
  if (lacks !== undefined) return lacks;
  return logsColumnsOf(objective) ? null : `columns of objective ${name}`;
}

/** @throws {UserError} the engine lacks a part of the training */
export function requireSupport(supported: Supported, own: Trainable): void {
  const missing = unsupported(supported, own);
  if (missing === null) return;
  throw new UserError(
    `the ${supported.engine} engine has no ${missing}; take --engine reference`,
  );
}
