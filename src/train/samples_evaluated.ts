/** The number of training samples that a run evaluates, as AEVB counts them. */

import { type ObjectiveSpec, timesEvaluated } from "../objective/spec.ts";

/** The part of a config that determines the number. */
export interface Counted {
  /** optimiser updates */
  readonly steps: number;
  /** datapoints in a minibatch */
  readonly batchSize: number;
  /** the objective, which may evaluate a minibatch several times */
  readonly objective: ObjectiveSpec;
}

/** Of one step: see `timesEvaluated`. */
export function samplesPerStep(
  { batchSize, objective }: Omit<Counted, "steps">,
): number {
  return batchSize * timesEvaluated(objective);
}

/** Of a whole run. */
export function samplesEvaluated(config: Counted): number {
  return config.steps * samplesPerStep(config);
}

/** Such as 2e6 or 2.18e7, rounded to three digits: runs are of whole steps. */
export function formatSamples(count: number): string {
  return Number(count.toPrecision(3)).toExponential().replace("e+", "e");
}
