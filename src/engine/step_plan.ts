/**
 * A training step as data: which operations, on which matrices, in which
 * order. Engines with kernels of their own execute it; the reference engine
 * has tfjs derive the same.
 *
 * Matrices and parameters have names. Rows of everything behind the encoder
 * are draws: row s * size + b is draw s of datapoint b.
 */

import type { Activation, VaeSpec } from "../model/spec.ts";
import type { ObjectiveSpec } from "../objective/spec.ts";

/** Rows and columns. */
export type Shape = readonly [rows: number, columns: number];

/** The activation behind a hidden layer's values. */
export interface Activated {
  /** which */
  readonly activation: Activation;
  /** the matrix of its values */
  readonly values: string;
}

/** One operation. A layer NAME has the parameters NAME/weight and NAME/bias. */
export type Operation =
  /** makes `x` and `noise`, or finds them made */
  | { readonly kind: "batch" }
  /** output = activation(input W + bias) */
  | {
    readonly kind: "affine";
    readonly input: string;
    readonly layer: string;
    readonly activation: Activation | null;
    readonly output: string;
  }
  /** `z`, `kl` and the ratios ln q(z|x) - ln p(z), from the posterior */
  | { readonly kind: "infer" }
  /** ln p(x|z) by row; its gradients replace the decoder's outputs */
  | { readonly kind: "likelihood" }
  /** the step's terms, and what each row and dimension counts in them */
  | { readonly kind: "weigh" }
  /** the terms' sums over datapoints, for evaluations */
  | { readonly kind: "sum-terms" }
  /** an output becomes the loss's gradient: rows times what they count */
  | { readonly kind: "scale-output"; readonly output: string }
  /** gradients of W and bias, from the layer's input and output gradient */
  | {
    readonly kind: "layer-gradient";
    readonly input: string;
    readonly layer: string;
    readonly gradient: string;
  }
  /** output = (sum over layers of gradient W') * activation' */
  | {
    readonly kind: "input-gradient";
    readonly from: readonly {
      readonly layer: string;
      readonly gradient: string;
    }[];
    readonly activated: Activated | null;
    readonly output: string;
  }
  /** from `gradient/z` to those of `mean` and `log_variance` */
  | { readonly kind: "posterior-gradient" }
  /** the optimiser's update of all trained parameters */
  | { readonly kind: "update" };

/** Operations that do not depend on each other. */
export type Stage = readonly Operation[];

/** A step, or an evaluation, of one batch. */
export interface StepPlan {
  /** every matrix that is not a parameter */
  readonly matrices: ReadonlyMap<string, Shape>;
  /** one after the other */
  readonly stages: readonly Stage[];
}

interface Layer {
  readonly name: string;
  readonly input: string;
  readonly output: string;
}

/** The objectives that there are plans of. */
export type PlannedObjective = Extract<
  ObjectiveSpec,
  { readonly name: "elbo" | "elbo-sampled" | "iwae" }
>;

function isPlanned(objective: ObjectiveSpec): objective is PlannedObjective {
  return ["elbo", "elbo-sampled", "iwae"].includes(objective.name);
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

/** Units of each hidden layer. */
function unitsOf({ hidden }: VaeSpec): number[] {
  return hidden.map((layer) => {
    if (typeof layer !== "number") throw new Error("a plan of a convolution");
    return layer;
  });
}

/** The hidden layers of one side, in the order of the data's way. */
function hiddenLayers(
  side: "encoder" | "decoder",
  { hidden }: VaeSpec,
  first: string,
): Layer[] {
  return hidden.map((_, i) => ({
    name: `${side}/hidden${i + 1}`,
    input: i === 0 ? first : `${side}/hidden${i}`,
    output: `${side}/hidden${i + 1}`,
  }));
}

/** The decoder's last layers, whose outputs become their own gradients. */
const HEADS = [{ layer: "decoder/output", output: "output" }];
const PER_PIXEL_HEADS = [
  ...HEADS,
  { layer: "decoder/log_variance", output: "output_log_variance" },
];

const gradientOf = (matrix: string) => `gradient/${matrix}`;

/**
 * The plan of a batch of `size` datapoints with `draws` draws of z for each.
 *
 * @param purpose `train`: a whole step; `evaluate`: the terms alone
 */
export function stepPlan(
  spec: VaeSpec,
  size: number,
  draws: number,
  purpose: "train" | "evaluate",
): StepPlan {
  const { dataDim, latentDim, activation, likelihood } = spec;
  const hidden = unitsOf(spec);
  const heads = likelihood.family === "gaussian" &&
      likelihood.variance === "per-pixel"
    ? PER_PIXEL_HEADS
    : HEADS;
  const rows = size * draws;
  const encoder = hiddenLayers("encoder", spec, "x");
  const decoder = hiddenLayers("decoder", spec, "z");
  const lastEncoded = encoder.at(-1)?.output ?? "x";
  const lastDecoded = decoder.at(-1)?.output ?? "z";

  const matrices = new Map<string, Shape>([
    ["x", [size, dataDim]],
    ["noise", [rows, latentDim]],
    ...encoder.map(({ output }, i): [string, Shape] => [
      output,
      [size, hidden[i]!],
    ]),
    ["mean", [size, latentDim]],
    ["log_variance", [size, spec.posterior === "diagonal" ? latentDim : 1]],
    ["kl", [size, latentDim]],
    ["z", [rows, latentDim]],
    ...decoder.map(({ output }, i): [string, Shape] => [
      output,
      [rows, hidden.at(-1 - i)!],
    ]),
    ...heads.map(({ output }): [string, Shape] => [output, [rows, dataDim]]),
  ]);

  const affine = ({ name, input, output }: Layer, activated: boolean) =>
    [{
      kind: "affine",
      input,
      layer: name,
      activation: activated ? activation : null,
      output,
    }] as const;
  const head = (name: string, input: string, output: string) =>
    affine({ name, input, output }, false)[0];

  const forward: Stage[] = [
    [{ kind: "batch" }],
    ...encoder.map((layer) => affine(layer, true)),
    [
      head("encoder/mean", lastEncoded, "mean"),
      head("encoder/log_variance", lastEncoded, "log_variance"),
    ],
    [{ kind: "infer" }],
    ...decoder.map((layer) => affine(layer, true)),
    heads.map(({ layer, output }) => head(layer, lastDecoded, output)),
    [{ kind: "likelihood" }],
  ];
  if (purpose === "evaluate") {
    return { matrices, stages: [...forward, [{ kind: "sum-terms" }]] };
  }

  for (const name of ["mean", "log_variance", "z"]) {
    matrices.set(gradientOf(name), matrices.get(name)!);
  }
  for (const { output } of [...encoder, ...decoder]) {
    matrices.set(gradientOf(output), matrices.get(output)!);
  }

  /** Gradients of layers that share their input, and of that input. */
  function backward(
    input: string,
    outputs: readonly { layer: string; gradient: string }[],
  ): Stage {
    const layers = outputs.map(({ layer, gradient }): Operation => ({
      kind: "layer-gradient",
      input,
      layer,
      gradient,
    }));
    if (input === "x") return layers;
    return [
      {
        kind: "input-gradient",
        from: outputs,
        activated: input === "z" ? null : { activation, values: input },
        output: gradientOf(input),
      },
      ...layers,
    ];
  }
  const hiddenBackward = ({ name, input, output }: Layer) =>
    backward(input, [{ layer: name, gradient: gradientOf(output) }]);

  const stages: Stage[] = [
    ...forward,
    [{ kind: "weigh" }],
    heads.map(({ output }) => ({ kind: "scale-output", output })),
    backward(
      lastDecoded,
      heads.map(({ layer, output }) => ({ layer, gradient: output })),
    ),
    ...decoder.toReversed().map(hiddenBackward),
    [{ kind: "posterior-gradient" }],
    backward(lastEncoded, [
      { layer: "encoder/mean", gradient: gradientOf("mean") },
      { layer: "encoder/log_variance", gradient: gradientOf("log_variance") },
    ]),
    ...encoder.toReversed().map(hiddenBackward),
    [{ kind: "update" }],
  ];
  return { matrices, stages };
}
