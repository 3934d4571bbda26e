/** Step sizes of papers that change along training. */

import { trainRowCount } from "../data/load.ts";
import { UserError } from "../errors.ts";
import type { Schedule } from "../objective/schedule.ts";
import type { RunConfig } from "../train/config.ts";
import { samplesEvaluated } from "../train/samples_evaluated.ts";

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
  config: RunConfig,
): Pick<RunConfig, "learningRate" | "evalEvery"> {
  const { batchSize, steps } = config;
  const rows = trainRowCount(config);
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

/** What {@linkcode stagesOf} gives, as an experiment derives it. */
export function inStages(stages: readonly LearningStage[]): {
  readonly [Field in "learningRate" | "evalEvery"]: {
    readonly help: string;
    of(config: RunConfig): RunConfig[Field];
  };
} {
  return {
    learningRate: {
      help: `in ${stages.length} stages, of ${stages[0]!.learningRate} first`,
      of: (config: RunConfig) => stagesOf(stages, config).learningRate,
    },
    evalEvery: {
      help: "the ends of the stages",
      of: (config: RunConfig) => stagesOf(stages, config).evalEvery,
    },
  };
}

/**
 * Steps that only add to Adagrad's sums of squares in the code that AEVB's
 * authors published: `step_vae` and `step_wakesleep` of github.com/dpkingma/
 * anglepy, wzoptim.py, leave the parameters alone until 100 minibatches after
 * the first have been seen. The paper does not say so.
 */
export const WARM_UP = 101;

/**
 * A step size that starts once Adagrad's sums have seen {@linkcode WARM_UP}
 * minibatches.
 * Without, its first steps are of the full step size in every parameter, as
 * each is the gradient divided by its own size. Other optimisers keep theirs.
 *
 * @throws {UserError} the run ends before
 */
export function afterWarmUp(stepSize: number, config: RunConfig): Schedule {
  const { optimizer, steps, learningRate } = config;
  if (optimizer.name !== "adagrad") return learningRate;
  if (steps <= WARM_UP) {
    throw new UserError(
      `a run of ${steps} steps (${
        samplesEvaluated(config)
      } samples) would not train: ` +
        `the first ${WARM_UP} only add to Adagrad's sums of squares; give a ` +
        "larger --budget, or a --learning-rate",
    );
  }
  // The last value holds from there on: runs of any length have one schedule.
  const stages = [{ value: 0, steps: WARM_UP }, { value: stepSize, steps: 1 }];
  return { shape: "stages", stages };
}
