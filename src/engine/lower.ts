/**
 * From the operations of a plan to the arguments of kernels, for both engines
 * that have kernels. Each has its own memory and its own kernels.
 */

import type { OptimizerSpec } from "../model/optimizers.ts";
import {
  kernelOf,
  pixelwiseOf,
  sharedMode,
  sharedName,
} from "../model/likelihood/families.ts";
import type { Activation, VaeSpec } from "../model/spec.ts";
import { importanceSamples, kindOf } from "../objective/spec.ts";
import type { ObjectiveSpec } from "../objective/spec.ts";
import { ELBO } from "./codes.ts";
import { CHAINS, LATENTS, OUTPUTS, TERMS, UPDATE } from "./fields.ts";
import type { Arguments, Fields } from "./fields.ts";
import type { Operation } from "./operations.ts";
import { entryOf, gradientOf, type Supported } from "./supported.ts";

/** A matrix in an engine's memory, in its unit: bytes or words. */
export interface Placed {
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  /** from one row to the next */
  readonly stride: number;
}

export interface PlacedArray {
  readonly value: Placed;
  readonly gradient: Placed;
}

/** Vectors beside the matrices: by row of z, and by latent dimension. */
const BY_ROW = [
  ...["logProbs", "squares", "ratios", "logPosteriors"] as const,
  ...["rowWeights", "factors", "dregFactors"] as const,
  ...["densities", "keptDensities", "energies"] as const,
] as const;
const BY_DIMENSION = ["klMeans", "klWeights"] as const;

/** Where vectors are. */
export type PlacedVectors = Readonly<
  Record<typeof BY_ROW[number] | typeof BY_DIMENSION[number], number>
>;

/** Makes room for the vectors. @param floats allocates so many floats */
export function placeVectors(
  { rows, dims }: { readonly rows: number; readonly dims: number },
  floats: (count: number) => number,
): PlacedVectors {
  return Object.fromEntries([
    ...BY_ROW.map((name) => [name, floats(rows)]),
    // Means may be kept in double precision.
    ...BY_DIMENSION.map((name) => [name, floats(2 * dims)]),
  ]);
}

/** The part of an engine's memory that lowered operations refer to. */
export interface Memory {
  readonly vectors: PlacedVectors;
  /** receives the terms */
  readonly log: number;
  /** see `LATENTS`; 0: all dimensions are there */
  readonly mask: number;
  readonly update: Arguments<Pick<typeof UPDATE, "counts" | "addresses">>;
  /** null: the plan has none of that name */
  find(name: string): Placed | null;
  parameter(name: string): PlacedArray;
}

/** What the arguments depend on. */
export interface LoweringContext {
  readonly spec: VaeSpec;
  readonly objective: ObjectiveSpec;
  readonly optimizer: OptimizerSpec;
  readonly weightDecay: number;
  /** datapoints, and draws of z for each */
  readonly size: number;
  readonly draws: number;
  readonly supported: Supported;
  readonly memory: Memory;
}

export function matrixOf({ find }: Memory, name: string): Placed {
  const placed = find(name);
  if (placed === null) throw new Error(`no matrix ${name}`);
  return placed;
}

/** A product of a layer: the sum over its sources of a b, then what follows. */
export interface Product {
  readonly sources: readonly { readonly a: Placed; readonly b: Placed }[];
  readonly output: Placed;
  /** is added to the sums; of a layer's gradient: receives b's column sums */
  readonly bias: number;
  readonly activation: Activation | null;
  /** the activation's values: the sums are multiplied by its derivative */
  readonly values: Placed | null;
}

export type ProductOperation = Extract<
  Operation,
  {
    readonly kind:
      | "affine"
      | "input-gradient"
      | "layer-gradient"
      | "condition-gradient";
  }
>;

/** The operands of a product, in an engine's memory. */
export function lowerProduct(
  operation: ProductOperation,
  memory: Memory,
): Product {
  const matrix = (name: string) => matrixOf(memory, name);
  const weight = (layer: string) => memory.parameter(`${layer}/weight`);
  const bias = (layer: string) => memory.parameter(`${layer}/bias`);
  const ofCondition = (layer: string) => memory.parameter(`${layer}/condition`);
  switch (operation.kind) {
    case "affine": {
      const { input, condition, layer, activation, output } = operation;
      const sources = [{ a: matrix(input), b: weight(layer).value }];
      if (condition !== null) {
        sources.push({ a: matrix(condition), b: ofCondition(layer).value });
      }
      return {
        sources,
        output: matrix(output),
        bias: bias(layer).value.at,
        activation,
        values: null,
      };
    }
    case "input-gradient": {
      const { from, activated, output } = operation;
      return {
        sources: from.map(({ layer, gradient }) => ({
          a: matrix(gradient),
          b: weight(layer).value,
        })),
        output: matrix(output),
        bias: 0,
        activation: activated?.activation ?? null,
        values: activated && matrix(activated.values),
      };
    }
    case "layer-gradient": {
      const { input, layer, gradient } = operation;
      return {
        sources: [{ a: matrix(input), b: matrix(gradient) }],
        output: weight(layer).gradient,
        bias: bias(layer).gradient.at,
        activation: null,
        values: null,
      };
    }
    case "condition-gradient": {
      const { condition, layer, gradient } = operation;
      return {
        sources: [{ a: matrix(condition), b: matrix(gradient) }],
        output: ofCondition(layer).gradient,
        bias: 0,
        activation: null,
        values: null,
      };
    }
  }
}

export type KernelOperation = Exclude<
  Operation,
  ProductOperation | { readonly kind: "batch" | "row-noise" }
>;

export interface KernelCall {
  readonly fields: Fields;
  readonly values: Readonly<Record<string, number>>;
}

export function lowerKernel(
  operation: KernelOperation,
  context: LoweringContext,
): KernelCall {
  const common = commonOf(context);
  switch (operation.kind) {
    case "infer":
    case "posterior-gradient":
      return { fields: LATENTS, values: latents(context, common, "") };
    case "kl": {
      const values = latents(context, common, "");
      return {
        fields: LATENTS,
        values: { ...values, objective: ELBO, draws: 0 },
      };
    }
    case "log-posterior": {
      const values = latents(context, common, operation.prefix);
      return { fields: LATENTS, values };
    }
    case "likelihood":
    case "log-likelihood":
    case "scale-outputs":
      return { fields: OUTPUTS, values: outputs(context, common, "") };
    case "dream":
      return { fields: OUTPUTS, values: outputs(context, common, "dream/") };
    case "row-weights":
    case "sum-terms":
    case "spread":
      return { fields: TERMS, values: terms(context, common) };
    case "chain-density": {
      const kicks = operation.kicks ? 1 : 0;
      return { fields: CHAINS, values: chains(context, { ...common, kicks }) };
    }
    case "chain-start":
    case "chain-momentum":
    case "chain-leap":
    case "chain-accept":
      return {
        fields: CHAINS,
        values: chains(context, { ...common, kicks: 0 }),
      };
    case "update":
      return { fields: UPDATE, values: update(context) };
  }
}

type Common = ReturnType<typeof commonOf>;

function commonOf({ spec, supported, memory, ...context }: LoweringContext) {
  const { likelihood } = spec;
  const { objective, size, draws } = context;
  // See Pixelwise.spread
  const { share = 0, constant = 0 } = pixelwiseOf(likelihood).spread ?? {};
  const name = sharedName(likelihood);
  const shared = name === null ? null : memory.parameter(name);
  const { vectors, mask, log } = memory;
  return {
    objective: entryOf(supported.objectives, kindOf(objective)),
    gradient: entryOf(supported.gradients, gradientOf(objective)),
    posterior: entryOf(supported.posteriors, spec.posterior),
    sharedMode: entryOf(supported.sharedModes, sharedMode(likelihood)),
    likelihood: kernelOf(likelihood),
    k: importanceSamples(objective),
    ...{ size, draws, dims: spec.latentDim, columns: spec.dataDim },
    ...{ share, constant, mask, log, ...vectors },
    sums: shared === null ? vectors.logProbs : vectors.squares,
    parameter: shared?.value.at ?? 0,
    parameterGradient: shared?.gradient.at ?? 0,
  };
}

function latents(
  { memory }: LoweringContext,
  common: Common,
  prefix: string,
): Arguments<typeof LATENTS> {
  const at = (name: string) => memory.find(name)?.at ?? 0;
  const logVariance = matrixOf(memory, `${prefix}log_variance`);
  const z = matrixOf(memory, `${prefix}z`);
  return {
    ...common,
    ...{ z: z.at, draws: z.rows / common.size, stride: z.stride },
    mean: at(`${prefix}mean`),
    logVariance: logVariance.at,
    logVarianceStride: logVariance.stride,
    ...{ noise: at("noise"), kl: at("kl"), zGradient: at("gradient/z") },
    meanGradient: at(`gradient/${prefix}mean`),
    logVarianceGradient: at(`gradient/${prefix}log_variance`),
  };
}

function outputs(
  { memory }: LoweringContext,
  common: Common,
  prefix: string,
): Arguments<typeof OUTPUTS> {
  const at = (name: string) => memory.find(`${prefix}${name}`)?.at ?? 0;
  const { rows, stride } = matrixOf(memory, `${prefix}output`);
  const output2 = at("output_log_variance");
  return {
    ...common,
    ...{ rows, stride, output: at("output"), output2 },
    ...{ x: at("x"), noise: at("noise") },
  };
}

function terms(
  { memory }: LoweringContext,
  common: Common,
): Arguments<typeof TERMS> {
  const kl = matrixOf(memory, "kl");
  return { ...common, kl: kl.at, klRows: kl.rows, klStride: kl.stride };
}

function chains(
  { memory }: LoweringContext,
  common: Common & { readonly kicks: number },
): Arguments<typeof CHAINS> {
  const at = (name: string) => matrixOf(memory, name).at;
  const { stride, rows } = matrixOf(memory, "z");
  return {
    ...common,
    ...{ rows, stride, z: at("z"), gradient: at("gradient/z") },
    ...{ keptZ: at("chain/z"), keptGradient: at("chain/gradient") },
    ...{ momentum: at("chain/momentum"), momenta: at("chain/momenta") },
    uniforms: at("chain/uniforms"),
    uniformStride: matrixOf(memory, "chain/uniforms").stride,
  };
}

/** The optimiser's settings; 0 for those that it does not have. */
function update(
  { optimizer, weightDecay, memory }: LoweringContext,
): Arguments<typeof UPDATE> {
  const none = { beta1: 0, beta2: 0, epsilon: 0 };
  const { beta1, beta2, epsilon } = { ...none, ...optimizer };
  return {
    ...{ weightDecay, beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 },
    epsilon,
    ...memory.update,
  };
}
