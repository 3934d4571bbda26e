/** Stages of training: passes over the train split, each with a step size. */

import { TRAIN_ROWS } from "../data/load.ts";
import type { RunConfig } from "../train/config.ts";

/** One stage. */
export interface LearningStage {
  /** over the train split */
  readonly passes: number;
  /** step size */
  readonly learningRate: number;
}

/**
 * The step sizes of a run in stages, as many as it is long enough for, the last
 * cut to its length, and evaluations at their ends. A run longer than all of
 * them keeps the last.
 */
export function stagesOf(
  stages: readonly LearningStage[],
  { dataset, trainSize, batchSize, steps }: RunConfig,
): Pick<RunConfig, "learningRate" | "evalEvery"> {
  const rows = trainSize ?? TRAIN_ROWS[dataset];
  let begin = 0;
  const reached = stages.flatMap(({ passes, learningRate }) => {
    const length = Math.round(passes * rows / batchSize);
    const left = steps - begin;
    const stage = { value: learningRate, steps: Math.min(length, left), begin };
    begin += length;
    return left > 0 ? [stage] : [];
  });
  return {
    learningRate: {
      shape: "stages",
      stages: reached.map(({ value, steps }) => ({ value, steps })),
    },
    evalEvery: [
      ...reached.map((stage) => stage.begin + stage.steps)
        .filter((end) => end < steps),
      steps,
    ],
  };
}
