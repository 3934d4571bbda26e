/**
 * A training step as data: its operations, in their order, and the matrices
 * that they work on. Engines with kernels of their own execute it; in the
 * reference engine tfjs derives the same.
 */

import { sharedName } from "../model/likelihood/families.ts";
import type { VaeSpec } from "../model/spec.ts";
import { type ObjectiveSpec, traitsOf } from "../objective/spec.ts";
import { passOf } from "./network_pass.ts";
import type { Shape, Stage } from "./operations.ts";

/**
 * `train`: a step. `evaluate`: sums of terms over datapoints. `draws`: terms of
 * every row of z, from a choice of the latent dimensions. `encode`: q(z|x) and
 * its KL. `decode`: the decoder's outputs at given z.
 */
export type Purpose = "train" | "evaluate" | "draws" | "encode" | "decode";

/** A step, or an evaluation, of one batch. */
export interface StepPlan {
  /** every matrix that is not a parameter */
  readonly matrices: ReadonlyMap<string, Shape>;
  /** one after the other */
  readonly stages: readonly Stage[];
  /** of Monte Carlo EM: come first; `stages` are then one update */
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

/** The objective whose terms a plan computes. */
export function programObjective(
  purpose: Purpose,
  objective: ObjectiveSpec,
): ObjectiveSpec {
  switch (purpose) {
    case "train":
      return objective;
    case "evaluate":
      // The KL is in closed form: see src/objective/elbo.ts.
      return traitsOf(objective).weights === "equal"
        ? { name: "elbo" }
        : objective;
    case "draws":
      return DRAWS_OBJECTIVE;
    case "encode":
    case "decode":
      return { name: "elbo" };
  }
}

/** An objective whose programs compute log q(z|x) - log p(z) at draws of z. */
export const DRAWS_OBJECTIVE = {
  name: "iwae",
  k: 1,
  gradient: "plain",
} as const satisfies ObjectiveSpec;

/** Matrices of y: by datapoint, and by draw of z. */
export const CONDITION = {
  ofRows: "condition",
  ofDraws: "z/condition",
} as const;

/** Sequences of stages that do not depend on each other, stage by stage. */
export function sideBySide<Item>(
  ...sequences: readonly (readonly (readonly Item[])[])[]
): Item[][] {
  const length = Math.max(...sequences.map((stages) => stages.length));
  return Array.from(
    { length },
    (_, i) => sequences.flatMap((stages) => stages[i] ?? []),
  );
}

/** The chains' random numbers, and their states before a transition. */
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
 * @param forward from the batch to log p(x|z) at draws of z
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
 */
export function stepPlan(
  spec: VaeSpec,
  size: number,
  draws: number,
  purpose: Purpose,
  objective: ObjectiveSpec,
): StepPlan {
  const { dataDim, latentDim, conditionDim = 0 } = spec;
  const learnsFrom = traitsOf(objective).encoder;
  const rows = size * draws;
  const encoder = passOf("encoder", spec, {
    rows: size,
    propagates: false,
    given: CONDITION.ofRows,
  });
  // Only an encoder that learns from z needs the decoder's gradient by z.
  const decoder = passOf("decoder", spec, {
    rows,
    propagates: learnsFrom === "z",
    given: CONDITION.ofDraws,
  });
  const matrices: [string, Shape][] = [
    ["x", [size, dataDim]],
    ["noise", [rows, latentDim]],
    ...(conditionDim === 0 ? [] : [
      [CONDITION.ofRows, [size, conditionDim]],
      [CONDITION.ofDraws, [rows, conditionDim]],
    ] satisfies [string, Shape][]),
    ...encoder.matrices,
    ["kl", [size, latentDim]],
    ["z", [rows, latentDim]],
    ...decoder.matrices,
  ];
  const batch: Stage = [{ kind: "batch" }];
  const toOutputs: Stage[] = [
    ...encoder.forward,
    [{ kind: "infer" }],
    ...decoder.forward,
  ];
  if (purpose !== "train") {
    const isSpread = sharedName(spec.likelihood) !== null;
    const toTerms: Stage[] = [...toOutputs, [{ kind: "log-likelihood" }]];
    const stages: Record<typeof purpose, Stage[]> = {
      encode: [batch, ...encoder.forward, [{ kind: "kl" }]],
      decode: [...decoder.forward],
      evaluate: [batch, ...toTerms, [{ kind: "sum-terms" }]],
      draws: [
        [{ kind: "row-noise" }],
        ...toTerms,
        ...(isSpread ? [[{ kind: "spread" } as const]] : []),
      ],
    };
    return { matrices: new Map(matrices), stages: stages[purpose] };
  }
  const forward: Stage[] = [...toOutputs, [{ kind: "likelihood" }]];
  const decoderBackward: Stage[] = [
    [{ kind: "row-weights" }],
    [{ kind: "scale-outputs" }],
    ...decoder.backward,
  ];
  switch (learnsFrom) {
    case "z":
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
    case "dreams": {
      const prefix = "dream/";
      const given = CONDITION.ofRows;
      const options = { prefix, rows: size, propagates: false, given };
      const dreamer = passOf("decoder", spec, options);
      const sleeper = passOf("encoder", spec, options);
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
    case "chains": {
      if (!("transitions" in objective)) {
        throw new Error(`${objective.name} has no number of transitions`);
      }
      const moving = passOf("decoder", spec, {
        rows,
        propagates: true,
        given: CONDITION.ofDraws,
      });
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
  }
}
