/** Short trainings whose every number is kept. */

import type { Backend } from "../../src/engine/backend.ts";
import {
  type Batch,
  ReferenceEngine,
  type StepTerms,
} from "../../src/engine/reference.ts";
import type { KlEstimator } from "../../src/model/elbo.ts";
import { OPTIMIZERS, type OptimizerSpec } from "../../src/model/optimizers.ts";
import {
  initialParameters,
  type ParameterValues,
} from "../../src/model/parameters.ts";
import type { LikelihoodSpec, VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";

/** What to train, and how long. */
export interface Training {
  readonly spec: VaeSpec;
  readonly optimizer: OptimizerSpec;
  readonly kl: KlEstimator;
  readonly learningRate: number;
  /** datapoints B in a batch */
  readonly size: number;
  /** draws L per datapoint */
  readonly samples: number;
  readonly steps: number;
}

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
    kl: "closed-form",
    learningRate: 0.01,
    size: 10,
    samples: 1,
    steps: 20,
    ...others,
  };
}

const gaussian = (
  variance: number | "learned" | "optimal",
): LikelihoodSpec => ({
  family: "gaussian",
  variance,
});

/** Trainings that have every part of the model and every optimiser. */
export const TRAININGS: Record<string, Training> = {
  "bernoulli, tanh, Adam": trainingOf(),
  "bernoulli, isotropic, sampled KL, relu, Adagrad": trainingOf({
    spec: { posterior: "isotropic", activation: "relu", hidden: [8, 5] },
    kl: "sampled",
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
    kl: "sampled",
    learningRate: 1e-3,
    samples: 2,
  }),
};

/** The batch of a step: pixels around a pattern of the datapoint's own. */
export function batchOf(
  { spec, size, samples }: Training,
  step: number,
): Batch {
  const { dataDim, latentDim } = spec;
  const uniforms = stream(0, "data", step).uniforms(size * dataDim);
  return {
    x: Float32Array.from(uniforms, (u, i) => (u + (i % dataDim) / dataDim) / 2),
    noise: stream(0, "noise", step).normals(samples * size * latentDim),
    size,
    samples,
  };
}

/** A new engine and its VAE on the backend. */
export function engineOf(
  { spec, optimizer, kl }: Training,
  backend: Pick<Backend, "check">,
  initial: readonly ParameterValues[] = initialParameters(spec, 0),
): ReferenceEngine {
  const vae = new Vae(spec, initial);
  return new ReferenceEngine(vae, { optimizer, kl }, backend.check);
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
    engine.step(batchOf(training, step), training.learningRate);
    if (step % 7 === 0) terms.push(...await engine.readTerms());
  }
  terms.push(...await engine.readTerms());
  return { terms, parameters: await vae.values() };
}
