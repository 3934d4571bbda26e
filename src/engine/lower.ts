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
import {
  importanceSamples,
  kindOf,
  type ObjectiveSpec,
} from "../objective/spec.ts";
import { ELBO } from "./codes.ts";
import {
  type Arguments,
  CHAINS,
  type Fields,
  LATENTS,
  OUTPUTS,
  TERMS,
  UPDATE,
} from "./fields.ts";
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

/** A parameter in an engine's memory. */
export interface PlacedArray {
  readonly value: Placed;
  readonly gradient: Placed;
}

/** Arrays of the parameters' shapes that an optimiser keeps. */
const STATES = { sgd: 0, adagrad: 1, adam: 2 } as const satisfies Record<
  OptimizerSpec["name"],
  number
>;

/** How many arrays of the parameters' shapes an optimiser keeps. */
export function stateArrays({ name }: OptimizerSpec): number {
  return entryOf(STATES, name);
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

/** The matrix of that name, which must be there. */
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

/** The operations that are products of a layer. */
export type ProductOperation = Extract<
  Operation,
  { readonly kind: "affine" | "input-gradient" | "layer-gradient" }
>;

/** The operands of a product, in an engine's memory. */
export function lowerProduct(
  operation: ProductOperation,
  memory: Memory,
): Product {
  const matrix = (name: string) => matrixOf(memory, name);
  const weight = (layer: string) => memory.parameter(`${layer}/weight`);
  const bias = (layer: string) => memory.parameter(`${layer}/bias`);
  switch (operation.kind) {
    case "affine": {
      const { input, layer, activation, output } = operation;
      return {
        sources: [{ a: matrix(input), b: weight(layer).value }],
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
  }
}

/** The operations that are a single kernel. */
export type KernelOperation = Exclude<
  Operation,
  ProductOperation | { readonly kind: "batch" }
>;

/** The arguments of these kernels. */
export const KERNEL_FIELDS = {
  "infer": LATENTS,
  "kl": LATENTS,
  "log-posterior": LATENTS,
  "posterior-gradient": LATENTS,
  "likelihood": OUTPUTS,
  "dream": OUTPUTS,
  "scale-outputs": OUTPUTS,
  "row-weights": TERMS,
  "sum-terms": TERMS,
  "chain-density": CHAINS,
  "chain-start": CHAINS,
  "chain-momentum": CHAINS,
  "chain-leap": CHAINS,
  "chain-accept": CHAINS,
  "update": UPDATE,
} as const satisfies Record<KernelOperation["kind"], Fields>;

/** The arguments of an operation's kernel. */
export function lowerKernel(
  operation: KernelOperation,
  context: LoweringContext,
): Readonly<Record<string, number>> {
  switch (operation.kind) {
    case "infer":
    case "posterior-gradient":
      return latents(context, "");
    case "kl":
      return { ...latents(context, ""), objective: ELBO, draws: 0 };
    case "log-posterior":
      return latents(context, operation.prefix);
    case "likelihood":
    case "scale-outputs":
      return outputs(context, "");
    case "dream":
      return outputs(context, "dream/");
    case "row-weights":
    case "sum-terms":
      return terms(context);
    case "chain-density":
      return chains(context, operation.kicks);
    case "chain-start":
    case "chain-momentum":
    case "chain-leap":
    case "chain-accept":
      return chains(context, false);
    case "update":
      return update(context);
  }
}

function latents(
  { spec, objective, size, supported, memory }: LoweringContext,
  prefix: string,
): Arguments<typeof LATENTS> {
  const { vectors } = memory;
  const at = (name: string) => memory.find(name)?.at ?? 0;
  const logVariance = matrixOf(memory, `${prefix}log_variance`);
  const z = matrixOf(memory, `${prefix}z`);
  return {
    objective: objectiveCode(supported, objective),
    posterior: entryOf(supported.posteriors, spec.posterior),
    gradient: entryOf(supported.gradients, gradientOf(objective)),
    size,
    draws: z.rows / size,
    dims: spec.latentDim,
    stride: z.stride,
    logVarianceStride: logVariance.stride,
    mean: at(`${prefix}mean`),
    logVariance: logVariance.at,
    noise: at("noise"),
    z: z.at,
    kl: at("kl"),
    ratios: vectors.ratios,
    logPosteriors: vectors.logPosteriors,
    zGradient: at("gradient/z"),
    meanGradient: at(`gradient/${prefix}mean`),
    logVarianceGradient: at(`gradient/${prefix}log_variance`),
    klWeights: vectors.klWeights,
    rowWeights: vectors.rowWeights,
    dregFactors: vectors.dregFactors,
    mask: memory.mask,
  };
}

function outputs(
  { spec: { likelihood, dataDim }, size, memory }: LoweringContext,
  prefix: string,
): Arguments<typeof OUTPUTS> {
  const { vectors } = memory;
  const at = (name: string) => memory.find(`${prefix}${name}`)?.at ?? 0;
  const { rows, stride } = matrixOf(memory, `${prefix}output`);
  const shared = sharedOf(likelihood, memory);
  return {
    likelihood: kernelOf(likelihood),
    rows,
    size,
    columns: dataDim,
    stride,
    x: at("x"),
    output: at("output"),
    output2: at("output_log_variance"),
    parameter: shared?.value.at ?? 0,
    sums: shared === null ? vectors.logProbs : vectors.squares,
    factors: vectors.factors,
    noise: at("noise"),
  };
}

function terms(
  { spec, objective, size, draws, supported, memory }: LoweringContext,
): Arguments<typeof TERMS> {
  const kl = matrixOf(memory, "kl");
  const shared = sharedOf(spec.likelihood, memory);
  return {
    ...spreadOf(spec, supported),
    objective: objectiveCode(supported, objective),
    ...{ size, draws, dims: spec.latentDim, columns: spec.dataDim },
    k: importanceSamples(objective),
    ...{ kl: kl.at, klRows: kl.rows, klStride: kl.stride },
    parameter: shared?.value.at ?? 0,
    parameterGradient: shared?.gradient.at ?? 0,
    log: memory.log,
    ...memory.vectors,
  };
}

function chains(
  { spec, size, draws, supported, memory }: LoweringContext,
  kicks: boolean,
): Arguments<typeof CHAINS> {
  const at = (name: string) => matrixOf(memory, name).at;
  return {
    ...spreadOf(spec, supported),
    kicks: kicks ? 1 : 0,
    ...{ rows: size * draws, dims: spec.latentDim, columns: spec.dataDim },
    stride: matrixOf(memory, "z").stride,
    uniformStride: matrixOf(memory, "chain/uniforms").stride,
    ...{ z: at("z"), gradient: at("gradient/z") },
    ...{ keptZ: at("chain/z"), keptGradient: at("chain/gradient") },
    ...{ momentum: at("chain/momentum"), momenta: at("chain/momenta") },
    uniforms: at("chain/uniforms"),
    parameter: sharedOf(spec.likelihood, memory)?.value.at ?? 0,
    ...memory.vectors,
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

function objectiveCode(supported: Supported, objective: ObjectiveSpec): number {
  return entryOf(supported.objectives, kindOf(objective));
}

/** The parameter of the likelihood that all pixels share; null: none. */
function sharedOf(
  likelihood: VaeSpec["likelihood"],
  { parameter }: Memory,
): PlacedArray | null {
  const name = sharedName(likelihood);
  return name === null ? null : parameter(name);
}

/** See Pixelwise.spread. */
function spreadOf({ likelihood }: VaeSpec, { sharedModes }: Supported) {
  const { share = 0, constant = 0 } = pixelwiseOf(likelihood).spread ?? {};
  const mode = entryOf(sharedModes, sharedMode(likelihood));
  return { share, constant, sharedMode: mode };
}
