/** Trainings on the wasm engine. */

import { assert, assertEquals } from "@std/assert";
import type { StepTerms } from "../../../src/engine/engine.ts";
import type { Kernels } from "../../../src/engine/wasm/module.ts";
import { WasmEngine } from "../../../src/engine/wasm/wasm_engine.ts";
import {
  OPTIMIZERS,
  type OptimizerSpec,
} from "../../../src/model/optimizers.ts";
import {
  initialParameters,
  type ParameterValues,
} from "../../../src/model/parameters.ts";
import type {
  DecoderMean,
  DecoderVariance,
  LikelihoodSpec,
} from "../../../src/model/spec.ts";
import { Vae } from "../../../src/model/vae.ts";
import { familyOf } from "../../../src/model/likelihood/families.ts";
import type { ObjectiveSpec } from "../../../src/objective/spec.ts";
import { stream } from "../../../src/random/stream.ts";
import { DRAWS_OBJECTIVE } from "../../../src/engine/step_plan.ts";
import { unsupported } from "../../../src/engine/supported.ts";
import { SUPPORTED } from "../../../src/engine/wasm/supported.ts";
import {
  DECODERS,
  PLAIN_FAMILIES,
  settings,
  type Training,
  trainingOf,
  TRAININGS,
} from "../training.ts";

const gaussian = (
  variance: DecoderVariance,
  mean: DecoderMean,
): LikelihoodSpec => ({ family: "gaussian", variance, mean });

const iwae = (
  k: number,
  gradient: "plain" | "stl" | "dreg",
): ObjectiveSpec => ({ name: "iwae", k, gradient });

/** Monte Carlo EM. */
export function mcem(
  transitions: number,
  leapfrogSteps: number,
  updates: number,
): ObjectiveSpec {
  return { name: "mcem", transitions, leapfrogSteps, updates };
}

const WAKE_SLEEP = { name: "wake-sleep" } as const;

/** Whether the wasm engine supports a training. */
export function isSupported({ spec, ...training }: Training): boolean {
  return unsupported(SUPPORTED, { ...spec, ...training }) === null;
}

/** An engine that computes terms at draws of z. */
export function wasmDraws(vae: Vae, threads = 1): Promise<WasmEngine> {
  const options = { objective: DRAWS_OBJECTIVE, optimizer: OPTIMIZERS.sgd };
  return WasmEngine.create(vae, options, threads);
}

/** Trainings that have every part of the model, and every objective. */
export const ALL_TRAININGS: Record<string, Training> = {
  ...Object.fromEntries(
    Object.entries({ ...TRAININGS, ...DECODERS })
      .filter(([, training]) => isSupported(training)),
  ),
  "gaussian of optimal variance, sigmoid": trainingOf({
    spec: { likelihood: gaussian("optimal", "sigmoid"), hidden: [] },
  }),
  "iwae, plain": trainingOf({ objective: iwae(3, "plain"), samples: 2 }),
  "iwae, stl": trainingOf({ objective: iwae(5, "stl") }),
  "iwae, dreg, tempered, isotropic": trainingOf({
    spec: { posterior: "isotropic" },
    objective: iwae(3, "dreg"),
    samples: 2,
    settings: { ...settings(0.01), beta: 0.5 },
  }),
  "sampled KL, stl": trainingOf({
    objective: { name: "elbo-sampled", gradient: "stl" },
    samples: 2,
  }),
  "free bits and capacity": trainingOf({
    settings: { ...settings(0.01), beta: 2, freeBits: 0.2, capacity: 3 },
  }),
  "free bits, sampled KL": trainingOf({
    objective: { name: "elbo-sampled", gradient: "plain" },
    settings: { ...settings(0.01), freeBits: 0.1 },
  }),
  "wake-sleep": trainingOf({ objective: WAKE_SLEEP, samples: 2 }),
  "wake-sleep, isotropic, optimal variance, Adagrad": trainingOf({
    spec: {
      posterior: "isotropic",
      likelihood: gaussian("optimal", "sigmoid"),
      hidden: [],
    },
    objective: WAKE_SLEEP,
    optimizer: OPTIMIZERS.adagrad,
  }),
  "wake-sleep, a variance per pixel": trainingOf({
    spec: { likelihood: gaussian("per-pixel", "sigmoid"), hidden: [8, 5] },
    objective: WAKE_SLEEP,
    settings: settings(1e-3),
  }),
  ...Object.fromEntries(
    PLAIN_FAMILIES.filter((family) =>
      family !== "bernoulli" && familyOf({ family }).pixelwise
    ).flatMap((family) => [
      [
        `wake-sleep, ${family}`,
        trainingOf({
          spec: { likelihood: { family } },
          objective: WAKE_SLEEP,
          settings: settings(1e-3),
        }),
      ],
      [
        `iwae, dreg, ${family}`,
        trainingOf({
          spec: { likelihood: { family } },
          objective: iwae(3, "dreg"),
          samples: 2,
        }),
      ],
      [
        `mcem, ${family}`,
        trainingOf({
          spec: { likelihood: { family } },
          objective: mcem(2, 2, 2),
        }),
      ],
    ]),
  ),
  "iwae, dreg, conditional": trainingOf({
    spec: { conditionDim: 3, posterior: "isotropic" },
    objective: iwae(3, "dreg"),
    samples: 2,
  }),
  "wake-sleep, conditional": trainingOf({
    spec: { conditionDim: 9 },
    objective: WAKE_SLEEP,
    samples: 2,
  }),
  "mcem, conditional": trainingOf({
    spec: { conditionDim: 2 },
    objective: mcem(2, 2, 2),
    samples: 2,
  }),
  "mcem, clipped gradients": trainingOf({
    objective: mcem(2, 2, 2),
    clipGradient: 0.2,
  }),
  "mcem": trainingOf({ objective: mcem(3, 2, 2), samples: 2 }),
  "mcem, isotropic, optimal variance, Adagrad": trainingOf({
    spec: {
      posterior: "isotropic",
      likelihood: gaussian("optimal", "sigmoid"),
      hidden: [],
    },
    objective: mcem(2, 3, 1),
    optimizer: OPTIMIZERS.adagrad,
  }),
  "mcem, a variance per pixel": trainingOf({
    spec: { likelihood: gaussian("per-pixel", "sigmoid"), hidden: [8, 5] },
    objective: mcem(1, 1, 3),
    settings: settings(1e-3),
  }),
};

/** The i-th of a fixed list of random trainings. */
export function randomTraining(i: number): Training {
  const draws = stream(20, "data", i).uniforms(20);
  let next = 0;
  const upTo = (n: number) => Math.floor(draws[next++]! * n);
  function oneOf<T>(...choices: readonly T[]): T {
    return choices[upTo(choices.length)]!;
  }
  const likelihood = oneOf<LikelihoodSpec>(
    { family: "bernoulli" },
    { family: "bernoulli" },
    gaussian(
      oneOf<DecoderVariance>(0.3, "learned", "optimal", "per-pixel"),
      oneOf<DecoderMean>("linear", "sigmoid"),
    ),
  );
  return trainingOf({
    spec: {
      dataDim: 1 + upTo(40),
      latentDim: 1 + upTo(9),
      hidden: Array.from({ length: upTo(3) }, () => 1 + upTo(21)),
      activation: oneOf("tanh", "relu", "softplus"),
      posterior: oneOf("diagonal", "isotropic"),
      likelihood,
    },
    objective: oneOf<ObjectiveSpec>(
      { name: "elbo" },
      { name: "elbo-sampled", gradient: oneOf("plain", "stl") },
      iwae(1 + upTo(6), oneOf("plain", "stl", "dreg")),
    ),
    optimizer: oneOf<OptimizerSpec>(
      OPTIMIZERS.adam,
      OPTIMIZERS.adagrad,
      OPTIMIZERS.sgd,
    ),
    settings: {
      ...settings(1e-3),
      beta: oneOf(1, 0.5),
      freeBits: oneOf(null, null, 0.05),
      capacity: oneOf(null, null, 0.5),
    },
    size: oneOf(1, 2, 5, 13),
    samples: 1 + upTo(7),
    weightDecay: oneOf(0, 1),
  });
}

/** A new engine and its VAE. */
export async function wasmEngineOf(
  training: Training,
  threads = 1,
  initial: readonly ParameterValues[] = initialParameters(training.spec, 0),
  kernels: Kernels = {},
): Promise<WasmEngine> {
  const vae = new Vae(training.spec, initial);
  return await WasmEngine.create(vae, training, threads, kernels);
}

/** Waits until all threads of an engine, or of its module, run. */
export async function allThreadsOf(
  engine: { readonly threads: number },
  threads: number,
): Promise<void> {
  while (engine.threads < threads) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Within 1e-4 of the larger, or of 1 nat: the tolerance of `deno task diff`. */
export function assertTerms(
  actual: StepTerms,
  expected: StepTerms,
  label: string,
) {
  const values = ({ reconstruction, kl, objective, more }: StepTerms) => ({
    reconstruction,
    kl,
    objective,
    ...more,
  });
  const [a, b] = [values(actual), values(expected)];
  assertEquals(Object.keys(a), Object.keys(b));
  for (const [name, value] of Object.entries(a)) {
    const other = b[name as keyof typeof b]!;
    const scale = Math.max(Math.abs(value), Math.abs(other), 1);
    const difference = Math.abs(value - other);
    assert(difference <= 1e-4 * scale, `${label}: ${name} ${value} ${other}`);
  }
}
