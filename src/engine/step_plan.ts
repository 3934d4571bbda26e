/**
 * A training step as data: which operations, on which matrices, in which
 * order. Engines with kernels of their own execute it; the reference engine
 * has tfjs derive the same.
 */

import type { VaeSpec } from "../model/spec.ts";
import type { ObjectiveSpec } from "../objective/spec.ts";
import { decoderHeads, passOf } from "./network_pass.ts";
import type { Shape, Stage } from "./operations.ts";

/** A step, or an evaluation, of one batch. */
export interface StepPlan {
  /** every matrix that is not a parameter */
  readonly matrices: ReadonlyMap<string, Shape>;
  /** one after the other */
  readonly stages: readonly Stage[];
}

/** The objectives that there are plans of. */
export type PlannedObjective = Extract<
  ObjectiveSpec,
  { readonly name: "elbo" | "elbo-sampled" | "iwae" | "wake-sleep" }
>;

function isPlanned(objective: ObjectiveSpec): objective is PlannedObjective {
  return objective.name !== "mcem";
}

/** The part of a model that plans may lack. */
export type PlannedModel = Pick<
  VaeSpec,
  "hidden" | "likelihood" | "posterior" | "upper"
>;

/** What plans do not have of a training, in words; null: nothing is missing. */
export function missingFromPlans(
  { hidden, likelihood, posterior, upper }: PlannedModel,
  objective: ObjectiveSpec,
): string | null {
  if (upper) return "two layers of latent variables";
  if (posterior === "full") return "full covariances";
  if (!isPlanned(objective)) return `objective ${objective.name}`;
  if (hidden.some((layer) => typeof layer !== "number")) return "convolutions";
  const { family } = likelihood;
  return family === "bernoulli" || family === "gaussian"
    ? null
    : `${family} decoders`;
}

/**
 * The objective of evaluations at draws of z, whatever the training's was: it
 * has ln q(z|x) - ln p(z) computed.
 */
export const DRAWS_OBJECTIVE = {
  name: "iwae",
  k: 1,
  gradient: "plain",
} as const satisfies PlannedObjective;

/** The objective, which must be one that there are plans of. */
export function plannedObjective(objective: ObjectiveSpec): PlannedObjective {
  if (!isPlanned(objective)) throw new Error(`a plan of ${objective.name}`);
  return objective;
}

/** Two ways that do not depend on each other, next to each other. */
function sideBySide(a: readonly Stage[], b: readonly Stage[]): Stage[] {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, i) => [...a[i] ?? [], ...b[i] ?? []]);
}

/**
 * The plan of a batch of `size` datapoints with `draws` draws of z for each.
 *
 * @param purpose `train`: a whole step; `evaluate`: the terms alone
 * @param objective what the step goes up
 */
export function stepPlan(
  spec: VaeSpec,
  size: number,
  draws: number,
  purpose: "train" | "evaluate",
  { name }: PlannedObjective,
): StepPlan {
  const { dataDim, latentDim } = spec;
  const rows = size * draws;
  const isWakeSleep = name === "wake-sleep";
  const encoder = passOf("encoder", spec, { rows: size, goesOn: false });
  const decoder = passOf("decoder", spec, { rows, goesOn: !isWakeSleep });
  const matrices: [string, Shape][] = [
    ["x", [size, dataDim]],
    ["noise", [rows, latentDim]],
    ...encoder.matrices,
    ["kl", [size, latentDim]],
    ["z", [rows, latentDim]],
    ...decoder.matrices,
  ];
  const forward: Stage[] = [
    ...encoder.forward,
    [{ kind: "infer" }],
    ...decoder.forward,
    [{ kind: "likelihood" }],
  ];
  const batch: Stage = [{ kind: "batch" }];
  if (purpose === "evaluate") {
    const stages = [batch, ...forward, [{ kind: "sum-terms" }]] as const;
    return { matrices: new Map(matrices), stages };
  }
  const decoderBackward: Stage[] = [
    [{ kind: "weigh" }],
    decoderHeads(spec, "").map(({ output }) => ({
      kind: "scale-output",
      output,
    })),
    ...decoder.backward,
  ];
  if (!isWakeSleep) {
    return {
      matrices: new Map([
        ...matrices,
        ...encoder.gradients,
        ...decoder.gradients,
      ]),
      stages: [
        batch,
        ...forward,
        ...decoderBackward,
        [{ kind: "posterior-gradient" }],
        ...encoder.backward,
        [{ kind: "update" }],
      ],
    };
  }

  // The dreams are the decoder's, and the encoder learns from them.
  const prefix = "dream/";
  const dreamer = passOf("decoder", spec, {
    prefix,
    rows: size,
    goesOn: false,
  });
  const sleeper = passOf("encoder", spec, {
    prefix,
    rows: size,
    goesOn: false,
  });
  return {
    matrices: new Map([
      ...matrices,
      ...decoder.gradients,
      ["dream/z", [size, latentDim]],
      ...dreamer.matrices,
      ["dream/noise", [size, dataDim]],
      ["dream/x", [size, dataDim]],
      ...sleeper.matrices,
      ...sleeper.gradients,
    ]),
    stages: [
      batch,
      ...sideBySide(forward, [
        ...dreamer.forward,
        [{ kind: "dream" }],
        ...sleeper.forward,
        [{ kind: "log-posterior", prefix }],
      ]),
      ...sideBySide(decoderBackward, sleeper.backward),
      [{ kind: "update" }],
    ],
  };
}
