/** From a step's plan to its dispatches. */

import type { OptimizerSpec } from "../../model/optimizers.ts";
import { noiseKind } from "../../model/likelihood/noise.ts";
import {
  pixelwiseOf,
  sharedMode,
  sharedName,
} from "../../model/likelihood/families.ts";
import type { VaeSpec } from "../../model/spec.ts";
import {
  importanceSamples,
  type Kind,
  type ObjectiveSpec,
  TRAITS,
} from "../../objective/spec.ts";
import type { Operation, Stage } from "../operations.ts";
import { stepPlan } from "../step_plan.ts";
import { BATCH, BATCH_FIELDS, DREAMS } from "./kernels/batch.ts";
import { commandWords, type Kernel } from "./kernels/kernel.ts";
import {
  INFER,
  LATENTS_FIELDS,
  LOG_POSTERIOR,
  POSTERIOR_GRADIENT,
} from "./kernels/latents.ts";
import {
  dreamKernel,
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
import { jobOf, writeJobs } from "./products.ts";

/** The objectives that there are kernels of. */
export type GpuObjective = Exclude<
  ObjectiveSpec,
  { readonly name: "mcem" }
>;

/** The kinds of objectives that the kernels can train with. */
export const KINDS: ReadonlySet<Kind> = new Set<Kind>([
  "equal closed-form z",
  "equal at-draws z",
  "importance at-draws z",
  "equal none dreams",
]);

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
  const shared = sharedName(spec.likelihood);
  const { spread } = pixelwiseOf(spec.likelihood);
  const isotropic = spec.posterior === "isotropic" ? 1 : 0;
  const gradient = "gradient" in objective ? objective.gradient : "plain";
  const { weights, kl, encoder } = TRAITS[objective.name];
  const isIwae = weights === "importance";
  const isSampled = kl === "at-draws" && !isIwae;

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
  /** 0 where the plan has no such matrix */
  const placeOf = (name: string) => isThere(name) ? matrix(name).at : 0;

  /** A kernel whose invocations each do one of `count` things. */
  function over(count: number, kernel: Kernel, words: number[]): Dispatch {
    const groups = Math.ceil(count / layout.WORKGROUP);
    return { kernel, words, groups };
  }

  /** Whether the rows of all weights of an operation begin at whole fours. */
  function isAligned(operation: Operation): boolean {
    if (operation.kind === "layer-gradient") return true;
    const weights = layersOf(operation)
      .map((layer) => parameter(`${layer}/weight`));
    // Rows of latent width lie alike in all runs of a group, as in one alone.
    return weights.every(({ name, shape }) =>
      !/^encoder\/(mean|log_variance)\//.test(name) && shape[1]! % 4 === 0
    );
  }

  /** Products of one kernel. */
  function products(
    form: ProductForm,
    operations: readonly Operation[],
  ): Dispatch {
    const jobs = operations.map((own) => jobOf(own, { matrix, parameter }));
    const kernel = productKernel({
      form,
      activation: activationOf(operations[0]!),
      aligned: isAligned(operations[0]!),
      tile,
    });
    const { words, tiles } = writeJobs(jobs, tile);
    const constants = { JOBS: jobs.length, SOURCES: jobs[0]!.sources.length };
    return { kernel: { ...kernel, constants }, words, groups: tiles };
  }

  function batch(): Dispatch {
    const x = matrix("x");
    const noise = matrix("noise");
    const words = commandWords(BATCH_FIELDS, {
      ...{ size, columns: dataDim, x: x.at, xStride: x.stride, rows },
      ...{ dims: latentDim, noise: noise.at, noiseStride: noise.stride },
      ...{ dreamZ: placeOf("dream/z"), dreamNoise: placeOf("dream/noise") },
    });
    const dreams = isThere("dream/z");
    const constants = {
      DREAMS: DREAMS[dreams ? noiseKind(spec.likelihood) : "none"],
    };
    const count = size * x.stride + rows * noise.stride +
      (dreams ? size * (noise.stride + x.stride) : 0);
    return over(count / 4, { ...BATCH, constants }, words);
  }

  /** @param prefix of the matrices: of the batch, or of the dreams */
  function latents(prefix = ""): number[] {
    const z = matrix(`${prefix}z`);
    const logVariance = matrix(`${prefix}log_variance`);
    return commandWords(LATENTS_FIELDS, {
      ...{ size, draws, dims: latentDim, stride: z.stride },
      mean: matrix(`${prefix}mean`).at,
      logVariance: logVariance.at,
      logVarianceStride: logVariance.stride,
      noise: matrix("noise").at,
      z: z.at,
      kl: matrix("kl").at,
      ratios: prefix === "" ? terms.ratios : terms.logPosteriors,
      zGradient: placeOf("gradient/z"),
      meanGradient: placeOf(`gradient/${prefix}mean`),
      logVarianceGradient: placeOf(`gradient/${prefix}log_variance`),
      ...{ rowWeights: terms.rowWeights, takes: terms.takes },
      klWeights: terms.klWeights,
    });
  }

  function logPosterior(prefix: string): Dispatch {
    const constants = { ISOTROPIC: isotropic };
    return over(size, { ...LOG_POSTERIOR, constants }, latents(prefix));
  }

  function infer(): Dispatch {
    const constants = { ISOTROPIC: isotropic, SAMPLED: isSampled ? 1 : 0 };
    return over(rows, { ...INFER, constants }, latents());
  }

  function posteriorGradient(): Dispatch {
    const constants = {
      ISOTROPIC: isotropic,
      CLOSED_FORM: kl === "closed-form" ? 1 : 0,
      PATH: gradient === "plain" ? 0 : 1,
      TAKES: isIwae && gradient === "dreg" ? 1 : 0,
    };
    const count = isotropic ? size : size * matrix("z").stride / 4;
    return over(count, { ...POSTERIOR_GRADIENT, constants }, latents());
  }

  /** @param prefix of the matrices: of the batch, or of the dreams */
  function outputs(prefix = ""): number[] {
    const output = matrix(`${prefix}output`);
    const logVariance = `${prefix}output_log_variance`;
    return commandWords(OUTPUT_FIELDS, {
      ...{ rows: output.rows, size, columns: dataDim, stride: output.stride },
      x: matrix(`${prefix}x`).at,
      output: output.at,
      logVariance: isThere(logVariance) ? matrix(logVariance).at : output.at,
      sums: shared === null ? terms.logProbs : terms.squares,
      factors: terms.factors,
      noise: placeOf(`${prefix}noise`),
      variance: variancePlace(),
    });
  }

  /** Where ln sigma_dec^2 of all pixels is; 0 where there is none. */
  function variancePlace(): number {
    return shared === null ? 0 : parameter(shared).at;
  }

  function dream(): Dispatch {
    const count = size * matrix("dream/x").stride / 4;
    return over(count, dreamKernel(spec.likelihood), outputs("dream/"));
  }

  function likelihood(): Dispatch {
    const kernel = likelihoodKernel(spec.likelihood);
    return { kernel, words: outputs(), groups: rows };
  }

  function weigh(): Dispatch {
    const kl = matrix("kl");
    const words = commandWords(WEIGH_FIELDS, {
      ...{ size, draws, dims: latentDim, columns: dataDim },
      k: importanceSamples(objective),
      ...{ kl: kl.at, klRows: kl.rows, klStride: kl.stride },
      ...{ logProbs: terms.logProbs, squares: terms.squares },
      ...{ ratios: terms.ratios, rowWeights: terms.rowWeights },
      ...{ factors: terms.factors, takes: terms.takes },
      ...{ klMeans: terms.klMeans, klWeights: terms.klWeights },
      logPosteriors: terms.logPosteriors,
      log: terms.log,
      variance: variancePlace(),
    });
    const constants = {
      VARIANCE: VARIANCES[sharedMode(spec.likelihood)],
      ...(spread && { SHARE: spread.share, CONSTANT: spread.constant }),
      IWAE: isIwae ? 1 : 0,
      WAKE_SLEEP: encoder === "dreams" ? 1 : 0,
    };
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

  /** Of operations of one kernel. */
  function dispatchesOf(operations: readonly Operation[]): Dispatch[] {
    const [first] = operations as [Operation];
    switch (first.kind) {
      case "batch":
        return [batch()];
      case "affine":
      case "input-gradient":
        return [products(first.kind, operations)];
      case "infer":
        return [infer()];
      case "dream":
        return [dream()];
      case "log-posterior":
        return [logPosterior(first.prefix)];
      case "likelihood":
        return [likelihood()];
      case "weigh":
        return [weigh()];
      case "scale-output":
        return [over(rows * matrix("output").stride / 4, SCALE, outputs())];
      case "layer-gradient":
        // Nothing but the update waits for them: they come side by side.
        laterGradients.push(...operations);
        return [];
      case "posterior-gradient":
        return [posteriorGradient()];
      case "update":
        return [products("layer-gradient", laterGradients), update()];
      default:
        throw new Error(`no kernel of ${first.kind}`);
    }
  }

  /** The operations of a stage, by the kernel that they take. */
  function byKernel(stage: Stage): Operation[][] {
    const groups = Map.groupBy(stage, (operation) =>
      JSON.stringify([
        operation.kind,
        activationOf(operation),
        isAligned(operation),
        operation.kind === "input-gradient" ? operation.from.length : 1,
      ]));
    return [...groups.values()];
  }

  const dispatches = plan.stages.flatMap(byKernel).flatMap(dispatchesOf);
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
