/** The memory that the wasm engine needs. */

import type { VaeSpec } from "../../model/spec.ts";
import { importanceSamples } from "../../objective/spec.ts";
import type { TrainingSpec } from "../engine.ts";
import { stateArrays } from "../lower.ts";
import { compile } from "./compile.ts";
import { placeParameters } from "./memory_layout.ts";
import type { Kernels } from "./module.ts";
import { programContext } from "./programs.ts";

/** Rows that the decoder works on at a time in an evaluation, about. */
const EVALUATION_ROWS = 4096;

/** Datapoints that are evaluated at a time. */
export function evaluationSize(draws: number): number {
  return Math.max(1, Math.floor(EVALUATION_ROWS / draws));
}

/** A training with its sizes: a run's config will do. */
export interface TrainingSize extends TrainingSpec {
  /** B */
  readonly batchSize: number;
  /** L of a training step */
  readonly samples: number;
  /** L of an evaluation */
  readonly evalSamples: number;
}

/**
 * Bytes of the module's memory that a training needs. Nothing is allocated, so
 * that a run that needs too many is refused before it begins.
 *
 * @throws {UserError} 32-bit addresses do not reach so far
 */
export function bytesNeeded(
  spec: VaeSpec,
  training: TrainingSize,
  kernels: Kernels = {},
): number {
  const { objective, optimizer, batchSize, samples, evalSamples } = training;
  const parameters = placeParameters(spec, stateArrays(optimizer));
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
