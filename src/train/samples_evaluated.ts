/** How many training samples runs evaluate, as AEVB's figures count them. */

import { type ObjectiveSpec, timesEvaluated } from "../objective/spec.ts";

/** What the count depends on. */
export interface Counted {
  /** optimiser updates */
  readonly steps: number;
  /** datapoints in a minibatch */
  readonly batchSize: number;
  /** what is trained */
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
