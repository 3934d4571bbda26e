/** Rows of the training of a run, and of its evaluations. */

import { z } from "../../zod.ts";
import { field, type Fields, oneOf, orAbsent } from "../../config/field.ts";
import { optional, union } from "../../config/union.ts";
import {
  nonNegative,
  orWord,
  positive,
  sampleCount,
  type Value,
  word,
} from "../../config/value.ts";
import { trainRowCount } from "../../data/load.ts";
import {
  OPTIMIZER_NAMES,
  OPTIMIZER_SETTINGS,
  OPTIMIZER_TABLE,
  type OptimizerSpec,
} from "../../model/optimizers.ts";
import { SCHEDULE, type Schedule } from "../../objective/schedule.ts";
import { namesWithHelp } from "../../table.ts";
import { samplesPerStep } from "../samples_evaluated.ts";
import { type Context, COUNT, DRAWS, ROWS, SEED, STEP } from "./context.ts";

/** Ends a run that no longer gets better: see `RunEnd`. */
export interface StoppingRule {
  /** evaluations in a row without a gain */
  readonly after: number;
  /** nats that the ELBO must rise by to be one */
  readonly gain: number;
}

/** The evaluation of a run's model at its end. */
export interface FinalEvaluation {
  /** importance samples of the bound L_k */
  readonly k: number;
  /** at most so many rows of the test split, from the first */
  readonly rows: number;
}

/** Steps between evaluations, or `at:` and the steps of evaluations. */
const EVALUATIONS: Value<number | readonly number[]> = {
  ...STEP,
  expected: "an integer from 1, or at:STEP,STEP,... with rising steps",
  schema: () =>
    z.union([
      STEP.schema(),
      z.array(STEP.schema()).min(1)
        .refine((steps) => steps.every((n, i) => i === 0 || n > steps[i - 1]!)),
    ]),
  parse: (text) =>
    text.startsWith("at:")
      ? text.slice("at:".length).split(",").map(STEP.parse)
      : STEP.parse(text),
  write: (every) =>
    typeof every === "number" ? `${every}` : `at:${every.join(",")}`,
};

/** How a run trains, and for how long. */
export interface TrainingConfig {
  /** which optimiser, with its hyper-parameters */
  readonly optimizer: OptimizerSpec;
  /** step size */
  readonly learningRate: Schedule;
  /** W of W |theta|^2 / 2 in the loss, theta all trained parameters */
  readonly weightDecay: number;
  /** the largest norm of a step's gradient; absent: any */
  readonly clipGradient?: number | undefined;
  /** datapoints in a minibatch */
  readonly batchSize: number;
  /** optimiser updates, at most */
  readonly steps: number;
  /** ends it earlier; absent: nothing does */
  readonly stopping?: StoppingRule | undefined;
  /** the state that is its model; absent: that after the last step */
  readonly keep?: "best" | undefined;
}

/** A row for each of its fields. */
export const TRAINING: Fields<TrainingConfig, Context> = {
  optimizer: union<OptimizerSpec, "name">(
    "name",
    field("optimizer", {
      short: "",
      value: word(OPTIMIZER_NAMES),
      help: namesWithHelp(OPTIMIZER_TABLE),
      default: "adam",
    }),
    OPTIMIZER_SETTINGS,
  ),
  learningRate: field<Schedule, Context>("learning-rate", {
    short: "lr",
    value: {
      ...SCHEDULE,
      expected: `a number above 0, or a schedule: ${SCHEDULE.expected}`,
      schema: () =>
        SCHEDULE.schema().refine((rate) =>
          typeof rate !== "number" || Math.fround(rate) > 0
        ),
    },
    help: "step size: a number, or a schedule like that of --beta",
    default: {
      help: Object.entries(OPTIMIZER_TABLE)
        .map(([name, { learningRate }]) => `${name} ${learningRate}`)
        .join(", "),
      of: ({ optimizer }) => OPTIMIZER_TABLE[optimizer.name].learningRate,
    },
  }),
  weightDecay: field<number>("weight-decay", {
    short: "decay",
    value: { ...nonNegative(), placeholder: "W" },
    help:
      "adds W |theta|^2 / 2 of all trained parameters to the loss; 1/N of N " +
      "training rows: the prior N(0, I) of AEVB's MAP estimate",
    default: "0",
  }),
  clipGradient: orAbsent(field<number | null>("clip-gradient", {
    value: { ...orWord(positive(), { none: null }), placeholder: "NORM" },
    help:
      "the largest norm of a step's gradient over all trained parameters, " +
      "without --weight-decay: a larger one is scaled down",
    default: "none",
  })),
  batchSize: field<number>("batch-size", {
    short: "batch",
    value: COUNT,
    help: "datapoints in a minibatch",
    default: "100",
  }),
  steps: oneOf<number, Context>(
    field("steps", {
      value: STEP,
      help: "optimiser updates",
      default: "600",
    }),
    [{
      flag: "budget",
      value: sampleCount(),
      help: "training samples that each run evaluates, such as 1e6, in place " +
        "of --steps; mcem evaluates them in each leapfrog step and update",
      of: (samples, config) => Math.ceil(samples / samplesPerStep(config)),
    }, {
      flag: "passes",
      value: STEP,
      help: "passes over the train split, in place of --steps",
      of: (passes, config) =>
        Math.ceil(passes * trainRowCount(config) / config.batchSize),
    }],
  ),
  stopping: orAbsent(optional<StoppingRule, "after">(
    "after",
    field("stop-after", {
      short: "stop",
      value: orWord(COUNT, { none: null }),
      help: "ends training after N evaluations in a row without a gain of " +
        "the ELBO, of the validation rows where there are any; none: after " +
        "all steps",
      default: "none",
    }),
    {
      gain: field("stop-gain", {
        short: "gain",
        value: nonNegative(),
        help: "how far the ELBO must rise above that of the last gain",
        unit: "nats",
        default: "0",
      }),
    },
  )),
  keep: orAbsent(field<"best" | null>("keep", {
    value: {
      ...orWord(word(["best"]), { last: null }),
      expected: "one of last, best",
    },
    help: "the state that is the model: after the last step, or of the best " +
      "evaluation, as --stop-after has them",
    default: "last",
  })),
};

/** What is evaluated, and the seed of all of it. */
export interface EvaluationConfig {
  /** steps between evaluations on the test split, or the steps of each */
  readonly evalEvery: number | readonly number[];
  /** Monte Carlo draws of z per datapoint in evaluations */
  readonly evalSamples: number;
  /** of the model at the end; null: none */
  readonly finalEvaluation: FinalEvaluation | null;
  /** of the initial parameters, data order and noise */
  readonly seed: number;
}

/** A row for each of its fields. */
export const EVALUATION: Fields<EvaluationConfig, Context> = {
  evalEvery: field<number | readonly number[]>("eval-every", {
    value: EVALUATIONS,
    help: "steps between evaluations on the test split, or " +
      "at:STEP,STEP,...; the last step always is one",
    default: "100",
  }),
  evalSamples: field<number>("eval-samples", {
    value: DRAWS,
    help: "Monte Carlo draws of z per datapoint in evaluations",
    default: "1",
  }),
  finalEvaluation: optional<FinalEvaluation, "k">(
    "k",
    field("final-k", {
      value: { ...orWord(COUNT, { 0: null }), placeholder: "K" },
      help: "importance samples in the evaluation after the last step; 0: no " +
        "evaluation",
      default: "100",
    }),
    {
      rows: field("final-rows", {
        value: ROWS,
        help: "rows of the test split in the evaluation after the last step, " +
          "from the first; all where there are fewer",
        default: "500",
      }),
    },
  ),
  seed: field<number>("seed", {
    short: null,
    value: SEED,
    help: "seed of the initial parameters, data order and noise",
    default: "1",
    isSwept: true,
  }),
};
