/** From a step's plan to its dispatches. */

import type { OptimizerSpec } from "../../model/optimizers.ts";
import { DECODER_LOG_VARIANCE, type VaeSpec } from "../../model/spec.ts";
import { importanceSamples, type ObjectiveSpec } from "../../objective/spec.ts";
import type { Operation, Stage } from "../operations.ts";
import { stepPlan } from "../step_plan.ts";
import { BATCH, BATCH_FIELDS } from "./kernels/batch.ts";
import { commandWords, type Kernel } from "./kernels/kernel.ts";
import {
  INFER,
  LATENTS_FIELDS,
  POSTERIOR_GRADIENT,
} from "./kernels/latents.ts";
import {
  type LikelihoodKernel,
  likelihoodKernel,
  OUTPUT_FIELDS,
  SCALE,
} from "./kernels/likelihood.ts";
import {
  type ProductForm,
  productKernel,
  type Tile,
} from "./kernels/product.ts";
import { UPDATE_FIELDS, updateKernel } from "./kernels/update.ts";
import { VARIANCES, WEIGH, WEIGH_FIELDS } from "./kernels/weigh.ts";
import * as layout from "./layout.ts";
import {
  type PlacedMatrices,
  type PlacedMatrix,
  type PlacedParameter,
  type PlacedParameters,
  placeMatrices,
  placeParameters,
} from "./memory_layout.ts";
import { jobOf, type JobShape, writeJobs } from "./products.ts";

/** The objectives that there are kernels of. */
export type GpuObjective = Exclude<
  ObjectiveSpec,
  { readonly name: "wake-sleep" | "mcem" }
>;

/** What a training is, but for the model and the seed. */
export interface Training {
  readonly objective: GpuObjective;
  readonly optimizer: OptimizerSpec;
  /** see `Optimizer` */
  readonly weightDecay: number;
  /** datapoints of a batch */
  readonly size: number;
  /** draws of z for each */
  readonly draws: number;
  readonly tile: Tile;
}

/** Where a run's part of each buffer begins, in words. */
export interface Origin {
  readonly matrices: number;
  readonly values: number;
  readonly state: number;
  readonly terms: number;
}

/** One dispatch of a kernel, as far as it is one run's. */
export interface Dispatch {
  readonly kernel: Kernel;
  /** what the kernel is told of the run */
  readonly words: readonly number[];
  /** workgroups */
  readonly groups: number;
}

/** A run's part of a group's step. */
export interface CompiledStep {
  readonly parameters: PlacedParameters;
  readonly matrices: PlacedMatrices;
  /** one after the other; runs of a group have the same kernels */
  readonly dispatches: readonly Dispatch[];
}

/** How many arrays of a parameter's shape an optimiser keeps. */
export const OPTIMIZER_ARRAYS = { sgd: 0, adagrad: 1, adam: 2 } as const;

/** Compiles the training step of one run. */
export function compileStep(
  spec: VaeSpec,
  training: Training,
  origin: Origin,
): CompiledStep {
  const { objective, optimizer, weightDecay, size, draws, tile } = training;
  const plan = stepPlan(spec, size, draws, "train", objective);
  const parameters = placeParameters(spec);
  const matrices = placeMatrices(plan, objective);
  const names = new Map(parameters.all.map((own) => [own.name, own]));
  const { dataDim, latentDim } = spec;
  const rows = size * draws;
  const isotropic = spec.posterior === "isotropic" ? 1 : 0;
  const gradient = objective.name === "elbo" ? "plain" : objective.gradient;
  const isIwae = objective.name === "iwae";
  const isSampled = objective.name === "elbo-sampled";

  function matrix(name: string): PlacedMatrix {
    const placed = matrices.byName.get(name);
    if (placed === undefined) throw new Error(`no matrix ${name}`);
    return { ...placed, at: origin.matrices + placed.at };
  }
  function parameter(name: string): PlacedParameter {
    const placed = names.get(name);
    if (placed === undefined) throw new Error(`no parameter ${name}`);
    return { ...placed, at: origin.values + placed.at };
  }
  const terms = Object.fromEntries(
    Object.entries(matrices.terms).map(([name, at]) => [
      name,
      origin.terms + at,
    ]),
  ) as PlacedMatrices["terms"];
  const isThere = (name: string) => matrices.byName.has(name);

  /** A kernel whose invocations each do one of `count` things. */
  function over(count: number, kernel: Kernel, words: number[]): Dispatch {
    const groups = Math.ceil(count / layout.WORKGROUP);
    return { kernel, words, groups };
  }

  function products(
    form: ProductForm,
    shapes: readonly JobShape[],
    operations: readonly Operation[],
  ): Dispatch {
    const weights = operations.flatMap(layersOf)
      .map((layer) => parameter(`${layer}/weight`));
    // Rows of latent width lie alike in all runs of a group, as in one alone.
    const aligned = weights.every(({ name, shape }) =>
      !/^encoder\/(mean|log_variance)\//.test(name) && shape[1]! % 4 === 0
    );
    const kernel = productKernel({
      form,
      activation: activationOf(operations[0]!),
      aligned: form === "layer-gradient" || aligned,
      tile,
    });
    const { words, tiles } = writeJobs(shapes, tile);
    const constants = {
      JOBS: shapes.length,
      SOURCES: shapes[0]!.sources.length,
    };
    return { kernel: { ...kernel, constants }, words, groups: tiles };
  }

  function batch(): Dispatch {
    const x = matrix("x");
    const noise = matrix("noise");
    const words = commandWords(BATCH_FIELDS, {
      ...{ size, columns: dataDim, x: x.at, xStride: x.stride, rows },
      ...{ dims: latentDim, noise: noise.at, noiseStride: noise.stride },
    });
    return over((size * x.stride + rows * noise.stride) / 4, BATCH, words);
  }

  function latents(): number[] {
    const z = matrix("z");
    const logVariance = matrix("log_variance");
    return commandWords(LATENTS_FIELDS, {
      ...{ size, draws, dims: latentDim, stride: z.stride },
      mean: matrix("mean").at,
      logVariance: logVariance.at,
      logVarianceStride: logVariance.stride,
      noise: matrix("noise").at,
      z: z.at,
      kl: matrix("kl").at,
      ratios: terms.ratios,
      zGradient: matrix("gradient/z").at,
      meanGradient: matrix("gradient/mean").at,
      logVarianceGradient: matrix("gradient/log_variance").at,
      ...{ rowWeights: terms.rowWeights, takes: terms.takes },
      klWeights: terms.klWeights,
    });
  }

  function infer(): Dispatch {
    const constants = { ISOTROPIC: isotropic, SAMPLED: isSampled ? 1 : 0 };
    return over(rows, { ...INFER, constants }, latents());
  }

  function posteriorGradient(): Dispatch {
    const constants = {
      ISOTROPIC: isotropic,
      CLOSED_FORM: objective.name === "elbo" ? 1 : 0,
      PATH: gradient === "plain" ? 0 : 1,
      TAKES: isIwae && gradient === "dreg" ? 1 : 0,
    };
    const count = isotropic ? size : size * matrix("z").stride / 4;
    return over(count, { ...POSTERIOR_GRADIENT, constants }, latents());
  }

  function outputs(): number[] {
    const output = matrix("output");
    const name = "output_log_variance";
    return commandWords(OUTPUT_FIELDS, {
      ...{ rows, size, columns: dataDim, stride: output.stride },
      x: matrix("x").at,
      output: output.at,
      logVariance: isThere(name) ? matrix(name).at : output.at,
      sums: varianceKind(spec) === VARIANCES.none
        ? terms.logProbs
        : terms.squares,
      factors: terms.factors,
    });
  }

  function likelihood(): Dispatch {
    const { likelihood } = spec;
    const constants: Record<string, number> = likelihood.family === "gaussian"
      ? { SIGMOID: likelihood.mean === "sigmoid" ? 1 : 0 }
      : {};
    const kernel = { ...likelihoodKernel(familyOf(spec)), constants };
    return { kernel, words: outputs(), groups: rows };
  }

  function weigh(): Dispatch {
    const kl = matrix("kl");
    const kind = varianceKind(spec);
    const words = commandWords(WEIGH_FIELDS, {
      ...{ size, draws, dims: latentDim, columns: dataDim },
      k: importanceSamples(objective),
      ...{ kl: kl.at, klRows: kl.rows, klStride: kl.stride },
      ...{ logProbs: terms.logProbs, squares: terms.squares },
      ...{ ratios: terms.ratios, rowWeights: terms.rowWeights },
      ...{ factors: terms.factors, takes: terms.takes },
      ...{ klMeans: terms.klMeans, klWeights: terms.klWeights },
      log: terms.log,
      variance: kind === VARIANCES.none
        ? 0
        : parameter(DECODER_LOG_VARIANCE).at,
    });
    const constants = { VARIANCE: kind, IWAE: isIwae ? 1 : 0 };
    return over(1, { ...WEIGH, constants }, words);
  }

  function update(): Dispatch {
    const fours = parameters.trained / 4;
    const words = commandWords(UPDATE_FIELDS, {
      values: origin.values,
      first: origin.state,
      second: origin.state + parameters.trained,
      fours,
    });
    return over(fours, updateKernel(optimizer, weightDecay), words);
  }

  const laterGradients: Operation[] = [];

  function dispatchesOf(stage: Stage): Dispatch[] {
    const now = stage.filter(({ kind }) => kind !== "layer-gradient");
    // Nothing but the update waits for them: they are computed side by side.
    laterGradients.push(
      ...stage.filter(({ kind }) => kind === "layer-gradient"),
    );
    if (now.length === 0) return [];
    const jobs = () => now.map((own) => jobOf(own, { matrix, parameter }));
    switch (now[0]!.kind) {
      case "batch":
        return [batch()];
      case "affine":
        return [products("affine", jobs(), now)];
      case "infer":
        return [infer()];
      case "likelihood":
        return [likelihood()];
      case "weigh":
        return [weigh()];
      case "scale-output":
        return [over(rows * matrix("output").stride / 4, SCALE, outputs())];
      case "input-gradient":
        return [products("input-gradient", jobs(), now)];
      case "posterior-gradient":
        return [posteriorGradient()];
      case "update": {
        const own = laterGradients.map((operation) =>
          jobOf(operation, { matrix, parameter })
        );
        return [products("layer-gradient", own, laterGradients), update()];
      }
      default:
        throw new Error(`no kernel of ${now[0]!.kind}`);
    }
  }

  const dispatches = plan.stages.flatMap(dispatchesOf);
  return { parameters, matrices, dispatches };
}

/** The layers whose parameters a product reads or whose gradients it gives. */
function layersOf(operation: Operation): string[] {
  switch (operation.kind) {
    case "affine":
    case "layer-gradient":
      return [operation.layer];
    case "input-gradient":
      return operation.from.map(({ layer }) => layer);
    default:
      return [];
  }
}

function activationOf(operation: Operation) {
  switch (operation.kind) {
    case "affine":
      return operation.activation;
    case "input-gradient":
      return operation.activated?.activation ?? null;
    default:
      return null;
  }
}

function familyOf({ likelihood }: VaeSpec): LikelihoodKernel {
  if (likelihood.family !== "gaussian") return "bernoulli";
  return likelihood.variance === "per-pixel" ? "per-pixel" : "gaussian";
}

function varianceKind({ likelihood }: VaeSpec): number {
  if (likelihood.family !== "gaussian") return VARIANCES.none;
  switch (likelihood.variance) {
    case "per-pixel":
      return VARIANCES.none;
    case "learned":
    case "optimal":
      return VARIANCES[likelihood.variance];
    default:
      return VARIANCES.kept;
  }
}
