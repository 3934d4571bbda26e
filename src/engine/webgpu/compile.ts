/** From the plan of a step or an evaluation to its dispatches. */

import { sharedMode } from "../../model/likelihood/families.ts";
import { noiseKind } from "../../model/likelihood/noise.ts";
import type { OptimizerSpec } from "../../model/optimizers.ts";
import type { VaeSpec } from "../../model/spec.ts";
import { type ObjectiveSpec, traitsOf } from "../../objective/spec.ts";
import { ISOTROPIC } from "../codes.ts";
import { type Fields, UPDATE, wgslArguments } from "../fields.ts";
import { lowerKernel, lowerProduct, matrixOf } from "../lower.ts";
import type {
  KernelCall,
  KernelOperation,
  LoweringContext,
  Memory,
  Placed,
  PlacedVectors,
  ProductOperation,
} from "../lower.ts";
import type { Operation, Stage } from "../operations.ts";
import { programObjective, type Purpose, stepPlan } from "../step_plan.ts";
import { BATCH, BATCH_FIELDS, DREAMS, ROW_NOISE } from "./kernels/batch.ts";
import { type Kernel, type KernelCode, kernelWith } from "./kernels/kernel.ts";
import {
  INFER,
  INFER_KEPT,
  LOG_POSTERIOR,
  POSTERIOR_GRADIENT,
} from "./kernels/latents.ts";
import { dreamKernel, likelihoodKernel, SCALE } from "./kernels/likelihood.ts";
import {
  type LastOptions,
  productKernel,
  writeJobs,
} from "./kernels/product.ts";
import { updateCode } from "./kernels/update.ts";
import { rowWeightsKernel, WEIGHTS } from "./kernels/row_weights.ts";
import { SPREAD, SUM_TERMS } from "./kernels/sum_terms.ts";
import {
  WEIGHED_LATENTS,
  weighedPosteriorKernel,
} from "./kernels/weighed_posterior.ts";
import { WORKGROUP } from "./layout.ts";
import { placeMatrices, placeParameters } from "./memory_layout.ts";
import type { PlacedMatrices, PlacedParameters } from "./memory_layout.ts";
import { SUPPORTED } from "./supported.ts";
import type { Tile } from "./tiles.ts";

/** A training, without the model and the seed. */
export interface Training {
  readonly objective: ObjectiveSpec;
  readonly optimizer: OptimizerSpec;
  readonly weightDecay: number;
  /** datapoints of a batch */
  readonly size: number;
  /** draws of z for each */
  readonly draws: number;
  readonly tile: Tile;
}

/** Where a run's part of each buffer begins, in words. */
export interface Offsets {
  readonly matrices: number;
  readonly values: number;
  readonly state: number;
  readonly terms: number;
}

/** The offsets of a run that is alone. */
export const NO_OFFSETS: Offsets = {
  matrices: 0,
  values: 0,
  state: 0,
  terms: 0,
};

/** The products that there are kernels for: none is of a conditional model. */
type KernelProduct = Exclude<
  ProductOperation,
  { readonly kind: "condition-gradient" }
>;

/** A run's part of one dispatch of a kernel. */
export interface Dispatch {
  readonly kernel: Kernel;
  /** the run's arguments of the kernel */
  readonly words: readonly number[];
  /** workgroups */
  readonly groups: number;
  /** of the last of a step: those that make the batch of the next one */
  readonly ahead?: number;
}

/** A run's part of a group's step, or an evaluation of it. */
export interface CompiledStep {
  readonly parameters: PlacedParameters;
  readonly matrices: PlacedMatrices;
  /** one after the other; runs of a group have the same kernels */
  readonly dispatches: readonly Dispatch[];
}

/**
 * The dispatches of a step, or of an evaluation.
 *
 * @param turn of training: x of odd steps and that of even ones have their own
 *   places, so that the next is made while the last is still read
 */
export function compileStep(
  spec: VaeSpec,
  training: Training,
  offsets: Offsets,
  { purpose = "train", turn = 0 }: { purpose?: Purpose; turn?: 0 | 1 } = {},
): CompiledStep {
  const { optimizer, weightDecay, size, draws, tile } = training;
  const objective = programObjective(purpose, training.objective);
  const plan = stepPlan(spec, size, draws, purpose, objective);
  const parameters = placeParameters(spec);
  const matrices = placeMatrices(plan, objective, { turn, purpose });
  const memory = memoryOf(parameters, matrices, offsets);
  const lowering: LoweringContext = {
    ...{ spec, objective, optimizer, weightDecay, size, draws },
    ...{ supported: SUPPORTED, memory },
  };
  const update = updateCode(optimizer, weightDecay);
  const { constants: updateConstants } = wgslArguments(
    UPDATE,
    lowerKernel({ kind: "update" }, lowering).values,
  );
  const toState = {
    // A sum of words that is below 0 wraps around, as do the kernels' sums.
    toFirst: (memory.update.first - memory.update.values) >>> 0,
    toSecond: (memory.update.second - memory.update.values) >>> 0,
  };
  const { weights, encoder } = traitsOf(objective);
  /** whether the weight of a row is known before all terms are */
  const isWeighedAtOnce = weights === "equal" &&
    sharedMode(spec.likelihood) !== "optimal";
  /** whether it is needed for q(z|x) alone, and there one for all rows */
  const isWeighedLater = isWeighedAtOnce && encoder === "z";

  /** Whether the rows of all weights of an operation begin at whole fours. */
  function isAligned(operation: Operation): boolean {
    if (operation.kind === "layer-gradient") return true;
    // Rows of latent width lie alike in all runs of a group, as in one alone.
    return layersOf(operation).every((layer) =>
      !/^encoder\/(mean|log_variance)$/.test(layer) &&
      memory.parameter(`${layer}/weight`).value.columns % 4 === 0
    );
  }

  /** Products of one kernel. @param last where they end the step */
  function products(
    operations: readonly KernelProduct[],
    last?: LastOptions,
  ): Dispatch {
    const [first] = operations as [KernelProduct];
    const jobs = operations.map((own) => lowerProduct(own, memory));
    const kernel = productKernel({
      form: first.kind,
      activation: jobs[0]!.activation,
      aligned: isAligned(first),
      tile,
      ...last === undefined ? {} : { last },
    });
    const { words, tiles } = writeJobs(first.kind, jobs, tile, toState);
    const constants = {
      ...{ JOBS: jobs.length, SOURCES: jobs[0]!.sources.length },
      ...last === undefined ? {} : updateConstants,
    };
    return { kernel: { ...kernel, constants }, words, groups: tiles };
  }

  /** The gradients of all layers, with the update and the next batch. */
  function lastOf(operations: readonly KernelProduct[]): Dispatch {
    const options = { update, jobs: operations.length };
    const own = products(operations, options);
    const next = batch(BATCH);
    const constants = { ...own.kernel.constants, ...next.kernel.constants };
    return {
      kernel: { ...own.kernel, constants },
      words: [...own.words, ...next.words],
      groups: own.groups,
      ahead: next.groups,
    };
  }

  /** @param code of the batch, or of its noise alone */
  function batch(code: KernelCode): Dispatch {
    const x = matrixOf(memory, "x");
    const noise = matrixOf(memory, "noise");
    const dreamZ = memory.find("dream/z");
    const { constants, words } = wgslArguments(BATCH_FIELDS, {
      dreams: DREAMS[dreamZ === null ? "none" : noiseKind(spec.likelihood)],
      ...{ size, columns: x.columns, x: x.at, xStride: x.stride },
      ...{ rows: noise.rows, dims: noise.columns, noise: noise.at },
      noiseStride: noise.stride,
      dreamZ: dreamZ?.at ?? 0,
      dreamNoise: memory.find("dream/noise")?.at ?? 0,
    });
    const ofNoise = noise.rows * noise.stride;
    const count = code === ROW_NOISE ? ofNoise : size * x.stride + ofNoise +
      (dreamZ === null ? 0 : size * (noise.stride + x.stride));
    const groups = Math.ceil(count / 4 / WORKGROUP);
    return { kernel: { ...code, constants }, words, groups };
  }

  /** The kernel of an operation, and how many invocations it needs. */
  function codeOf(
    kind: KernelOperation["kind"],
    own: Readonly<Record<string, number>>,
  ): readonly [KernelCode, number] {
    const { rows, stride } = own as Record<string, number> & {
      rows: number;
      stride: number;
    };
    switch (kind) {
      case "infer":
        return [purpose === "draws" ? INFER_KEPT : INFER, size * draws];
      case "log-posterior":
        return [LOG_POSTERIOR, size];
      case "posterior-gradient":
        return [
          POSTERIOR_GRADIENT,
          own.posterior === ISOTROPIC ? size : size * stride / 4,
        ];
      case "likelihood": {
        const use = isWeighedAtOnce ? "weighed gradients" : "gradients";
        return [likelihoodKernel(spec.likelihood, use), rows * WORKGROUP];
      }
      case "log-likelihood":
        return [likelihoodKernel(spec.likelihood, "kept"), rows * WORKGROUP];
      case "spread":
        return [SPREAD, size * draws];
      case "sum-terms":
        return [SUM_TERMS, 1];
      case "dream":
        return [dreamKernel(spec.likelihood), rows * stride / 4];
      case "scale-outputs":
        return [SCALE, rows * stride / 4];
      default:
        throw new Error(`no kernel for ${kind}`);
    }
  }

  function kernelDispatch(operation: KernelOperation): Dispatch {
    const { kind } = operation;
    const { fields, values } = lowerKernel(operation, lowering);
    const { constants, words } = wgslArguments(fields, values);
    const [code, invocations] = codeOf(kind, values);
    return {
      kernel: kernelWith(code, constants),
      words,
      groups: Math.ceil(invocations / WORKGROUP),
    };
  }

  /** The terms of the batch and the weights of its rows. */
  function rowWeights(): Dispatch {
    const { values } = lowerKernel({ kind: "row-weights" }, lowering);
    return weighing(rowWeightsKernel(update), WEIGHTS, values, 1);
  }

  /** The same with the gradients by q(z|x). */
  function weighedPosterior(operation: KernelOperation): Dispatch {
    const terms = lowerKernel({ kind: "row-weights" }, lowering);
    const latents = lowerKernel(operation, lowering);
    const [, invocations] = codeOf("posterior-gradient", latents.values);
    const kernel = weighedPosteriorKernel(update);
    const values = { ...terms.values, ...latents.values };
    return weighing(kernel, WEIGHED_LATENTS, values, invocations);
  }

  function weighing(
    code: KernelCode,
    fields: Fields,
    values: KernelCall["values"],
    invocations: number,
  ): Dispatch {
    const { constants, words } = wgslArguments(fields, {
      ...values,
      ...toState,
    });
    return {
      kernel: kernelWith(code, { ...constants, ...updateConstants }),
      words,
      groups: Math.ceil(invocations / WORKGROUP),
    };
  }

  const laterGradients: KernelProduct[] = [];

  /** The dispatches of operations that share one kernel. */
  function dispatchesOf(operations: readonly Operation[]): Dispatch[] {
    const [first] = operations as [Operation];
    switch (first.kind) {
      case "batch":
        return [batch(BATCH)];
      case "row-noise":
        return [batch(ROW_NOISE)];
      case "affine":
      case "input-gradient":
        return [products(operations as KernelProduct[])];
      case "layer-gradient":
        // Only the update needs them: one dispatch computes them all, with it.
        laterGradients.push(...operations as KernelProduct[]);
        return [];
      case "update":
        return [lastOf(laterGradients)];
      case "row-weights":
        return isWeighedLater ? [] : [rowWeights()];
      case "posterior-gradient":
        return [
          isWeighedLater ? weighedPosterior(first) : kernelDispatch(first),
        ];
      case "scale-outputs":
        return isWeighedAtOnce ? [] : [kernelDispatch(first)];
      case "condition-gradient":
        throw new Error(`no kernel for ${first.kind}`);
      default:
        return [kernelDispatch(first)];
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

/** Where the things of a run are among those of all runs. */
function memoryOf(
  parameters: PlacedParameters,
  { byName, vectors, log, mask }: PlacedMatrices,
  offsets: Offsets,
): Memory {
  const moved = (placed: Placed, by: number) => ({
    ...placed,
    at: by + placed.at,
  });
  return {
    vectors: Object.fromEntries(
      Object.entries(vectors).map(([name, at]) => [name, offsets.terms + at]),
    ) as PlacedVectors,
    log: offsets.terms + log,
    mask: offsets.terms + mask,
    update: {
      count: parameters.trained,
      values: offsets.values,
      gradients: offsets.values,
      first: offsets.state,
      second: offsets.state + parameters.trained,
    },
    find(name) {
      const placed = byName.get(name);
      return placed === undefined ? null : moved(placed, offsets.matrices);
    },
    parameter(name) {
      const own = parameters.all.find((parameter) => parameter.name === name);
      if (own === undefined) throw new Error(`no parameter ${name}`);
      const [columns = 1, rows = 1] = own.shape.toReversed();
      const value = { at: own.at, rows, columns, stride: columns };
      const placed = moved(value, offsets.values);
      return { value: placed, gradient: placed };
    },
  };
}

/** The layers whose weights a product reads. */
function layersOf(operation: Operation): string[] {
  switch (operation.kind) {
    case "affine":
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
