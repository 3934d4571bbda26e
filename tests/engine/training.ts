/** Short trainings whose every number is kept. */

import type { Backend } from "../../src/engine/backend.ts";
import type {
  Batch,
  StepSettings,
  StepTerms,
} from "../../src/engine/engine.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { readFields } from "../../src/config/field.ts";
import "../../src/zod.ts";
import { OPTIMIZERS, type OptimizerSpec } from "../../src/model/optimizers.ts";
import {
  initialParameters,
  type ParameterValues,
} from "../../src/model/parameters.ts";
import {
  type DecoderMean,
  type DecoderVariance,
  type LikelihoodSpec,
  parameterShapes,
  totalLatentDim,
  type VaeSpec,
} from "../../src/model/spec.ts";
import { FAMILIES, FAMILY_TABLE } from "../../src/model/likelihood/families.ts";
import {
  float32Uniforms,
  observationNoise,
} from "../../src/model/likelihood/noise.ts";
import { Vae } from "../../src/model/vae.ts";
import { UNWEIGHTED } from "../../src/objective/kl_weighting.ts";
import {
  importanceSamples,
  OBJECTIVES,
  objectiveSettings,
  type ObjectiveSpec,
} from "../../src/objective/spec.ts";
import { stream } from "../../src/random/stream.ts";

/** What to train, and how long. */
export interface Training {
  readonly spec: VaeSpec;
  readonly optimizer: OptimizerSpec;
  readonly weightDecay?: number;
  readonly clipGradient?: number;
  readonly objective: ObjectiveSpec;
  readonly settings: StepSettings;
  /** datapoints B in a batch */
  readonly size: number;
  /** draws L per datapoint */
  readonly samples: number;
  readonly steps: number;
}

/** Settings of a step without schedules. */
export const settings = (learningRate: number): StepSettings => ({
  learningRate,
  ...UNWEIGHTED,
});

const SPEC: VaeSpec = {
  dataDim: 12,
  latentDim: 3,
  hidden: [8],
  activation: "tanh",
  posterior: "diagonal",
  likelihood: { family: "bernoulli" },
  initialisation: "glorot",
};

/** A small training with some of its settings changed. */
export function trainingOf(
  { spec, ...others }: Partial<Omit<Training, "spec">> & {
    spec?: Partial<VaeSpec>;
  } = {},
): Training {
  return {
    spec: { ...SPEC, ...spec },
    optimizer: OPTIMIZERS.adam,
    objective: { name: "elbo" },
    settings: settings(0.01),
    size: 10,
    samples: 1,
    steps: 20,
    ...others,
  };
}

const gaussian = (
  variance: DecoderVariance,
  mean: DecoderMean = "linear",
): LikelihoodSpec => ({ family: "gaussian", variance, mean });

/** Trainings that have every part of the model and every optimiser. */
export const TRAININGS: Record<string, Training> = {
  "bernoulli, tanh, Adam": trainingOf(),
  "bernoulli, isotropic, sampled KL, relu, Adagrad": trainingOf({
    spec: { posterior: "isotropic", activation: "relu", hidden: [8, 5] },
    objective: { name: "elbo-sampled", gradient: "plain" },
    optimizer: OPTIMIZERS.adagrad,
    samples: 3,
  }),
  "gaussian of learned variance, softplus, Adam": trainingOf({
    spec: { likelihood: gaussian("learned"), activation: "softplus" },
  }),
  "gaussian of optimal variance, isotropic, Adagrad": trainingOf({
    spec: { likelihood: gaussian("optimal"), posterior: "isotropic" },
    optimizer: OPTIMIZERS.adagrad,
  }),
  "gaussian of fixed variance, linear, sampled KL, SGD": trainingOf({
    spec: { likelihood: gaussian(0.1), hidden: [] },
    optimizer: OPTIMIZERS.sgd,
    objective: { name: "elbo-sampled", gradient: "plain" },
    settings: settings(1e-3),
    samples: 2,
  }),
  "bernoulli, a convolution, relu, SGD": trainingOf({
    spec: {
      dataDim: 24,
      image: { height: 6, width: 4 },
      hidden: [{ channels: 4 }, 5],
      activation: "relu",
    },
    optimizer: OPTIMIZERS.sgd,
    settings: settings(1e-3),
    samples: 2,
  }),
  "full covariance, SGD": trainingOf({
    spec: { posterior: "full" },
    optimizer: OPTIMIZERS.sgd,
  }),
  "conditional, bernoulli, Adam": trainingOf({
    spec: { conditionDim: 3, hidden: [8, 5] },
    samples: 2,
  }),
  "conditional, a variance per pixel, linear, SGD": trainingOf({
    spec: {
      likelihood: gaussian("per-pixel", "sigmoid"),
      ...{ conditionDim: 5, hidden: [] },
    },
    optimizer: OPTIMIZERS.sgd,
    settings: settings(1e-3),
  }),
  "conditional, a convolution, two layers, SGD": trainingOf({
    spec: {
      ...{ dataDim: 24, image: { height: 6, width: 4 } },
      ...{ hidden: [{ channels: 4 }], conditionDim: 2 },
      upper: { latentDim: 2, hidden: [6] },
    },
    optimizer: OPTIMIZERS.sgd,
    objective: { name: "elbo-sampled", gradient: "plain" },
    settings: settings(1e-3),
  }),
  "clipped gradients, weight decay, SGD": trainingOf({
    optimizer: OPTIMIZERS.sgd,
    ...{ clipGradient: 0.7, weightDecay: 0.5, samples: 2 },
  }),
  "bounded log variances, full covariance, SGD": trainingOf({
    spec: { posterior: "full", logVarianceBounds: [-0.3, 0.1] },
    optimizer: OPTIMIZERS.sgd,
  }),
  "two layers, sampled KL, SGD": trainingOf({
    spec: { upper: { latentDim: 2, hidden: [6] } },
    optimizer: OPTIMIZERS.sgd,
    objective: { name: "elbo-sampled", gradient: "plain" },
    samples: 2,
  }),
};

/** The families that come with the project and have no settings. */
export const PLAIN_FAMILIES = FAMILIES
  .filter((name): name is Exclude<typeof name, "gaussian"> =>
    Object.keys(FAMILY_TABLE[name].settings).length === 0
  );

/** A few steps with each decoder that is not among them. */
export const DECODERS: Record<string, Training> = Object.fromEntries(([
  ["gaussian of a variance per pixel", gaussian("per-pixel", "sigmoid")],
  ...PLAIN_FAMILIES.filter((family) => family !== "bernoulli")
    .map((family) => [family, { family }]),
] as [string, LikelihoodSpec][]).map(([name, likelihood]) => [
  name,
  trainingOf({ spec: { likelihood }, samples: 2, steps: 5 }),
]));

/** Every objective, with the default settings. */
export const DEFAULT_OBJECTIVES: readonly ObjectiveSpec[] = OBJECTIVES.map(
  (name) =>
    ({
      name,
      ...readFields<object>(objectiveSettings()[name], new Map()),
    }) as ObjectiveSpec,
);

/** A few steps of each. */
export const BY_OBJECTIVE: Record<string, Training> = Object.fromEntries(
  DEFAULT_OBJECTIVES.map((objective) => [
    `${objective.name} by default`,
    trainingOf({ objective, steps: 3 }),
  ]),
);

/** The batch of a step: pixels around a pattern of the datapoint's own. */
export function batchOf(
  { spec, size, samples, objective }: Training,
  step: number,
): Batch {
  const { dataDim, conditionDim } = spec;
  const uniforms = stream(0, "data", step).uniforms(size * dataDim);
  const draws = samples * importanceSamples(objective);
  return {
    x: Float32Array.from(uniforms, (u, i) => (u + (i % dataDim) / dataDim) / 2),
    noise: stream(0, "noise", step).normals(
      draws * size * totalLatentDim(spec),
    ),
    size,
    samples: draws,
    ...(conditionDim && {
      condition: stream(0, "data", step, 1).normals(size * conditionDim),
    }),
    ...(objective.name === "mcem" && {
      chain: {
        transitions: objective.transitions,
        momentum: stream(0, "chain", step, 0)
          .normals(objective.transitions * draws * size * spec.latentDim),
        uniforms: float32Uniforms(
          stream(0, "chain", step, 1),
          objective.transitions * draws * size,
        ),
      },
    }),
    ...(objective.name === "wake-sleep" && {
      dream: {
        prior: stream(0, "dream", step, 0).normals(size * spec.latentDim),
        pixels: observationNoise(
          spec.likelihood,
          stream(0, "dream", step, 1),
          size * dataDim,
        ),
      },
    }),
  };
}

/** A new engine and its VAE on the backend. */
export function engineOf(
  { spec, ...options }: Training,
  backend: Pick<Backend, "check">,
  initial: readonly ParameterValues[] = initialParameters(spec, 0),
): ReferenceEngine {
  const vae = new Vae(spec, initial);
  return new ReferenceEngine(vae, options, backend.check);
}

/** Terms of every step and the parameters after the last. */
export interface Trained {
  readonly terms: readonly StepTerms[];
  readonly parameters: readonly ParameterValues[];
}

/** Trains from the start, reading the terms every seven steps. */
export async function trained(
  training: Training,
  backend: Pick<Backend, "check">,
): Promise<Trained> {
  using engine = engineOf(training, backend);
  using vae = engine.vae;
  const terms: StepTerms[] = [];
  for (let step = 1; step <= training.steps; step++) {
    engine.step(batchOf(training, step), training.settings);
    if (step % 7 === 0) terms.push(...await engine.readTerms());
  }
  terms.push(...await engine.readTerms());
  return { terms, parameters: await vae.values() };
}

/** A model whose every parameter says something. */
export function vaeOf(spec: VaeSpec): Vae {
  return new Vae(
    spec,
    parameterShapes(spec).map(({ name, shape }, i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = stream(1, "init", i).normals(size).map((u) => u / 2);
      return { name, shape, values };
    }),
  );
}
