/** Everything that a run's numbers depend on, as plain data. */

import { PLAIN_FAMILIES } from "../model/likelihood/families.ts";
import { z } from "zod";
import { type Binarisation, BINARISATIONS } from "../data/binarise.ts";
import { type DatasetName, DATASETS } from "../data/load.ts";
import type { OptimizerSpec } from "../model/optimizers.ts";
import type { HiddenLayer } from "../model/layers.ts";
import {
  type Activation,
  type Initialisation,
  type LikelihoodSpec,
  type PosteriorFamily,
  POSTERIORS,
  type UpperLayer,
} from "../model/spec.ts";
import type { Schedule } from "../objective/schedule.ts";
import {
  GRADIENTS,
  type ObjectiveSpec,
  takesTwoLayers,
} from "../objective/spec.ts";
import { MAX_SEED } from "../random/stream.ts";

/** The evaluation of a run after its last step. */
export interface FinalEvaluation {
  /** importance samples of the bound L_k */
  readonly k: number;
  /** at most so many rows of the test split, from the first */
  readonly rows: number;
}

/** Everything that a run's numbers depend on. */
export interface RunConfig {
  /** which data set */
  readonly dataset: DatasetName;
  /** seed of synthetic data and of pixels drawn once */
  readonly dataSeed: number;
  /** how grey levels become pixels in {0, 1} */
  readonly binarize: Binarisation;
  /** rows of the train split; null: all */
  readonly trainSize: number | null;
  /** rows of the test split; null: all */
  readonly testSize: number | null;
  /** dimension d of z */
  readonly latentDim: number;
  /** hidden layers of the encoder, mirrored in the decoder */
  readonly hidden: readonly HiddenLayer[];
  /** after every hidden layer */
  readonly activation: Activation;
  /** covariance of q(z|x) */
  readonly posterior: PosteriorFamily;
  /** a second layer of latent variables; null: one layer */
  readonly upper: UpperLayer | null;
  /** p(x|z) */
  readonly likelihood: LikelihoodSpec;
  /** of all weights and biases */
  readonly initialisation: Initialisation;
  /** where the decoder's last bias starts: see `initialParameters` */
  readonly outputBias: "init" | "data-mean";
  /** what training goes up */
  readonly objective: ObjectiveSpec;
  /** weight of the KL */
  readonly beta: Schedule;
  /** nats of KL that each latent dimension has for free; null: none */
  readonly freeBits: Schedule | null;
  /** nats that the KL is drawn to; null: 0 */
  readonly capacity: Schedule | null;
  /** Monte Carlo draws of z per datapoint, L */
  readonly samples: number;
  /** with all its hyper-parameters but the step size */
  readonly optimizer: OptimizerSpec;
  /** step size */
  readonly learningRate: Schedule;
  /** W of the loss's further term W |theta|^2 / 2, of all trained parameters */
  readonly weightDecay: number;
  /** datapoints in a minibatch */
  readonly batchSize: number;
  /** optimiser updates */
  readonly steps: number;
  /**
   * steps between evaluations on the test split, or the steps themselves,
   * rising; those after the last are left out, and the last always is one
   */
  readonly evalEvery: number | readonly number[];
  /** Monte Carlo draws of z per datapoint in evaluations */
  readonly evalSamples: number;
  /** after the last step; null: none */
  readonly finalEvaluation: FinalEvaluation | null;
  /** of the run: init, data order, binarisation, noise */
  readonly seed: number;
}

const positive = z.number().positive();
const nonNegative = z.number().min(0);
const decay = z.number().min(0).lt(1);
const count = z.int().positive();
const seed = z.int().min(0).max(MAX_SEED);

const risingSteps = z.array(count).min(1).refine(isRising, "expected to rise");

const schedule: z.ZodType<Schedule> = z.union([
  nonNegative,
  z.discriminatedUnion("shape", [
    z.strictObject({
      shape: z.literal("linear"),
      from: nonNegative,
      to: nonNegative,
      steps: count,
    }),
    z.strictObject({
      shape: z.literal("cyclical"),
      from: nonNegative,
      to: nonNegative,
      period: count,
      ramp: positive.max(1),
    }),
    z.strictObject({
      shape: z.literal("stages"),
      stages: z.array(z.strictObject({ value: nonNegative, steps: count }))
        .min(1),
    }),
  ]),
]);

/** Whether each number is larger than the one before it. */
export function isRising(numbers: readonly number[]): boolean {
  return numbers.every((n, i) => i === 0 || n > numbers[i - 1]!);
}

/** Checks a {@linkcode RunConfig} that comes from outside. */
export const runConfigSchema: z.ZodType<RunConfig> = z.strictObject({
  dataset: z.enum(DATASETS),
  dataSeed: seed,
  binarize: z.enum(BINARISATIONS),
  trainSize: count.nullable(),
  testSize: count.nullable(),
  latentDim: count,
  hidden: z.array(z.union([count, z.strictObject({ channels: count })])),
  activation: z.enum(["tanh", "relu", "softplus"]),
  posterior: z.enum(POSTERIORS),
  upper: z.strictObject({ latentDim: count, hidden: z.array(count) })
    .nullable(),
  likelihood: z.discriminatedUnion("family", [
    z.strictObject({ family: z.enum(PLAIN_FAMILIES) }),
    z.strictObject({
      family: z.literal("gaussian"),
      variance: z.union([
        positive,
        z.enum(["learned", "optimal", "per-pixel"]),
      ]),
      mean: z.enum(["linear", "sigmoid"]),
    }),
  ]),
  initialisation: z.enum(["glorot", "normal"]),
  outputBias: z.enum(["init", "data-mean"]),
  objective: z.discriminatedUnion("name", [
    z.strictObject({ name: z.literal("elbo") }),
    z.strictObject({
      name: z.literal("elbo-sampled"),
      gradient: z.enum(["plain", "stl"]),
    }),
    z.strictObject({
      name: z.literal("iwae"),
      k: count,
      gradient: z.enum(GRADIENTS),
    }),
    z.strictObject({ name: z.literal("wake-sleep") }),
    z.strictObject({
      name: z.literal("mcem"),
      transitions: count,
      leapfrogSteps: count,
      updates: count,
    }),
  ]),
  beta: schedule,
  freeBits: schedule.nullable(),
  capacity: schedule.nullable(),
  samples: count,
  optimizer: z.discriminatedUnion("name", [
    z.strictObject({ name: z.literal("sgd") }),
    z.strictObject({
      name: z.literal("adagrad"),
      initialAccumulator: nonNegative,
      epsilon: positive,
    }),
    z.strictObject({
      name: z.literal("adam"),
      beta1: decay,
      beta2: decay,
      epsilon: positive,
    }),
  ]),
  learningRate: schedule.refine(
    (rate) => rate !== 0,
    "expected a number above 0",
  ),
  weightDecay: nonNegative,
  batchSize: count,
  steps: count,
  evalEvery: z.union([count, risingSteps]),
  evalSamples: count,
  finalEvaluation: z.strictObject({ k: count, rows: count }).nullable(),
  seed,
}).refine(
  ({ upper, objective }) => upper === null || takesTwoLayers(objective),
  { path: ["objective"], error: "expected elbo-sampled or iwae" },
);
