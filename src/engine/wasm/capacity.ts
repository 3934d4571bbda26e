/** What the wasm engine can train, and the memory that it takes. */

import { UserError } from "../../errors.ts";
import type { OptimizerSpec } from "../../model/optimizers.ts";
import type { VaeSpec } from "../../model/spec.ts";
import { importanceSamples, type ObjectiveSpec } from "../../objective/spec.ts";
import { missingFromModule } from "./codes.ts";
import { compile } from "./compile.ts";
import { placeParameters } from "./memory_layout.ts";
import type { Kernels } from "./module.ts";
import { programContext } from "./programs.ts";

/** Rows that the decoder has in one go of an evaluation, about. */
const EVALUATION_ROWS = 4096;

/** How many arrays of a parameter's shape an optimiser keeps. */
export const OPTIMIZER_ARRAYS = { sgd: 0, adagrad: 1, adam: 2 } as const;

/** Datapoints that are evaluated in one go. */
export function evaluationSize(draws: number): number {
  return Math.max(1, Math.floor(EVALUATION_ROWS / draws));
}

/** @throws {UserError} the engine lacks a part of the training */
export function checkPlans(spec: VaeSpec, objective: ObjectiveSpec): void {
  const missing = missingFromModule(spec, objective);
  if (missing === null) return;
  throw new UserError(
    `the wasm engine has no ${missing}; take --engine reference`,
  );
}

/** A training: a run's config will do. */
export interface TrainingSize {
  /** what a step goes up */
  readonly objective: ObjectiveSpec;
  /** with all its hyper-parameters but the step size */
  readonly optimizer: OptimizerSpec;
  /** B */
  readonly batchSize: number;
  /** L of a training step */
  readonly samples: number;
  /** L of an evaluation */
  readonly evalSamples: number;
}

/**
 * Bytes of the module's memory that a training needs. It takes none of them,
 * so that a run that cannot be is refused before it begins.
 *
 * @throws {UserError} 32-bit addresses do not reach so far
 */
export function bytesNeeded(
  spec: VaeSpec,
  training: TrainingSize,
  kernels: Kernels = {},
): number {
  const { objective, optimizer, batchSize, samples, evalSamples } = training;
  const parameters = placeParameters(spec, OPTIMIZER_ARRAYS[optimizer.name]);
  const model = {
    spec,
    optimizer,
    weightDecay: 0,
    objective,
    parameters,
  };
  const context = programContext(model, kernels);
  const k = importanceSamples(objective);
  const evaluated = evaluationSize(evalSamples * k);
  const programs = [
    compile(context, batchSize, samples * k, "train"),
    compile(context, evaluated, evalSamples * k, "evaluate"),
  ];
  return Math.max(...programs.map(({ end }) => end));
}
