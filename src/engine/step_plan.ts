/**
 * A training step as data: which operations, on which matrices, in which
 * order. Engines with kernels of their own execute it; the reference engine
 * has tfjs derive the same.
 */

import type { VaeSpec } from "../model/spec.ts";
import { familyOf } from "../model/likelihood/families.ts";
import { type ObjectiveSpec, TRAITS } from "../objective/spec.ts";
import { decoderHeads, passOf } from "./network_pass.ts";
import type { Shape, Stage } from "./operations.ts";

/** A step, or an evaluation, of one batch. */
export interface StepPlan {
  /** every matrix that is not a parameter */
  readonly matrices: ReadonlyMap<string, Shape>;
  /** one after the other */
  readonly stages: readonly Stage[];
  /** of Monte Carlo EM: what comes before, whose `stages` are one update */
  readonly chains?: ChainStages;
}

/** How Monte Carlo EM moves its chains: see src/objective/mcem.ts. */
export type ChainStages = {
  /** once: `z` from the posterior */
  readonly start: readonly Stage[];
  /** at the beginning of each transition */
  readonly momentum: readonly Stage[];
  /** for each leapfrog step */
  readonly leap: readonly Stage[];
  /** at the end of each transition */
  readonly accept: readonly Stage[];
};

/** The part of a model that plans may lack. */
export type PlannedModel = Pick<
  VaeSpec,
  "hidden" | "likelihood" | "posterior" | "upper"
>;

/** What plans do not have of a training, in words; null: nothing is missing. */
export function missingFromPlans(
  { hidden, likelihood, posterior, upper }: PlannedModel,
): string | null {
  if (upper) return "two layers of latent variables";
  if (posterior === "full") return "full covariances";
  if (hidden.some((layer) => typeof layer !== "number")) return "convolutions";
  return familyOf(likelihood).pixelwise
    ? null
    : `${likelihood.family} decoders`;
}

/**
 * The objective of evaluations at draws of z, whatever the training's was: it
 * has ln q(z|x) - ln p(z) computed.
 */
export const DRAWS_OBJECTIVE = {
  name: "iwae",
  k: 1,
  gradient: "plain",
} as const satisfies ObjectiveSpec;

/** Two ways that do not depend on each other, next to each other. */
function sideBySide(a: readonly Stage[], b: readonly Stage[]): Stage[] {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, i) => [...a[i] ?? [], ...b[i] ?? []]);
}

/** What the chains of Monte Carlo EM are moved by, and where they were. */
function chainMatrices(
  transitions: number,
  rows: number,
  latentDim: number,
): [string, Shape][] {
  return [
    ["chain/momenta", [transitions * rows, latentDim]],
    ["chain/uniforms", [transitions, rows]],
    ...["z", "gradient", "momentum"].map((name): [string, Shape] => [
      `chain/${name}`,
      [rows, latentDim],
    ]),
  ];
}

/**
 * The stages that move the chains.
 *
 * @param forward from the batch to ln p(x|z) at draws of z
 * @param decode from z to the decoder's outputs
 * @param backward of the decoder, on to z
 */
function chainStages(
  batch: Stage,
  forward: readonly Stage[],
  decode: readonly Stage[],
  backward: readonly Stage[],
): ChainStages {
  const toInput = backward.map((stage) =>
    stage.filter(({ kind }) => kind === "input-gradient")
  );
  return {
    start: [
      batch,
      ...forward,
      ...toInput,
      [{ kind: "chain-density", kicks: false }],
      [{ kind: "chain-start" }],
    ],
    momentum: [[{ kind: "chain-momentum" }]],
    leap: [
      [{ kind: "chain-leap" }],
      ...decode,
      [{ kind: "likelihood" }],
      ...toInput,
      [{ kind: "chain-density", kicks: true }],
    ],
    accept: [[{ kind: "chain-accept" }]],
  };
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
  objective: ObjectiveSpec,
): StepPlan {
  const { dataDim, latentDim } = spec;
  const { encoder: learns } = TRAITS[objective.name];
  const rows = size * draws;
  // Where each network has a target of its own, no gradient goes through z.
  const hasTwoParts = learns !== "z";
  const encoder = passOf("encoder", spec, { rows: size, goesOn: false });
  const decoder = passOf("decoder", spec, { rows, goesOn: !hasTwoParts });
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
  if (objective.name === "mcem") {
    const moving = passOf("decoder", spec, { rows, goesOn: true });
    return {
      matrices: new Map([
        ...matrices,
        ...encoder.gradients,
        ...moving.gradients,
        ...chainMatrices(objective.transitions, rows, latentDim),
      ]),
      stages: [
        ...sideBySide(
          [...encoder.forward, [{ kind: "kl" }, {
            kind: "log-posterior",
            prefix: "",
          }]],
          [...decoder.forward, [{ kind: "likelihood" }]],
        ),
        ...sideBySide(decoderBackward, encoder.backward),
        [{ kind: "update" }],
      ],
      chains: chainStages(batch, forward, decoder.forward, moving.backward),
    };
  }
  if (learns !== "dreams") {
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
