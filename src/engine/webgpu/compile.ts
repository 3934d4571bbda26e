/** From the plan of a step or an evaluation to its dispatches. */

import { outputsOf, sharedMode } from "../../model/likelihood/families.ts";
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
  Product,
} from "../lower.ts";
import type { Operation, Stage } from "../operations.ts";
import { programObjective, type Purpose, stepPlan } from "../step_plan.ts";
import type { Dispatch } from "./dispatch.ts";
import { BATCH, BATCH_FIELDS, DREAMS, ROW_NOISE } from "./kernels/batch.ts";
import { type KernelCode, kernelWith } from "./kernels/kernel.ts";
import {
  HEADS,
  HEADS_FIELDS,
  INFER,
  INFER_KEPT,
  KL,
  LOG_POSTERIOR,
  POSTERIOR_GRADIENT,
} from "./kernels/latents.ts";
import { dreamKernel, likelihoodKernel, SCALE } from "./kernels/likelihood.ts";
import {
  OUTPUT_TERMS_FIELDS,
  outputTerms,
  rowSums,
} from "./kernels/output_terms.ts";
import { updateCode } from "./kernels/update.ts";
import { updateAndBatch } from "./kernels/update_and_batch.ts";
import { rowWeightsKernel, WEIGHTS } from "./kernels/row_weights.ts";
import { SPREAD, SUM_TERMS } from "./kernels/sum_terms.ts";
import {
  WEIGHED_LATENTS,
  weighedPosteriorKernel,
} from "./kernels/weighed_posterior.ts";
import { WORKGROUP } from "./layout.ts";
import {
  memoryOf,
  OUTPUT_TERMS,
  placeMatrices,
  placeParameters,
} from "./memory_layout.ts";
import type {
  Offsets,
  PlacedMatrices,
  PlacedParameters,
} from "./memory_layout.ts";
import {
  kernelKey,
  type KernelProduct,
  type More,
  productDispatch,
} from "./product_dispatch.ts";
import { SUPPORTED } from "./supported.ts";
import { ofEach, type Tile } from "./tiles.ts";

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
  const { weights, encoder } = traitsOf(objective);
  /** whether the weight of a row is known before all terms are */
  const isWeighedAtOnce = purpose === "train" && weights === "equal" &&
    sharedMode(spec.likelihood) !== "optimal";
  /** whether it is needed for q(z|x) alone, and there one for all rows */
  const isWeighedLater = isWeighedAtOnce && encoder === "z";
  /** whether the outputs become gradients where they are made */
  const endsInTerms = isWeighedLater && outputsOf(spec.likelihood) === 1;
  /** of each of the encoder's heads, if z is drawn where they are made */
  const tileOfHeads = isWeighedLater && spec.posterior === "diagonal"
    ? ofEach(tile)
    : null;
  const matrices = placeMatrices(plan, objective, {
    ...{ turn, purpose, hasTerms: endsInTerms },
  });
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

  /** Products of one kernel. */
  function products(
    operations: readonly KernelProduct[],
    more?: More,
  ): Dispatch {
    const [first] = operations as [KernelProduct];
    const jobs = operations.map((own) => lowerProduct(own, memory));
    return productDispatch(first, jobs, memory, tile, toState, more);
  }

  /** The gradients of all layers, with the update and the next batch. */
  function lastOf(operations: readonly KernelProduct[]): Dispatch {
    const { kernel, words, groups } = batch(BATCH);
    return products(operations, {
      addition: updateAndBatch(update, tile),
      constants: { ...updateConstants, ...kernel.constants },
      words,
      second: { groups, isOfNext: true },
    });
  }

  /** Mean and log variance of q(z|x), with the draws of z. */
  function headsOf(operations: readonly KernelProduct[], tile: Tile): Dispatch {
    const [first] = operations as [KernelProduct];
    const [mean, logVariance] = operations.map((own) =>
      lowerProduct(own, memory)
    ) as [Product, Product];
    const { values } = lowerKernel({ kind: "infer" }, lowering);
    const own = { ...values, logVarianceBias: logVariance.bias };
    const sources = [...mean.sources, ...logVariance.sources];
    const job = { ...mean, sources };
    return productDispatch(first, [job], memory, tile, toState, {
      addition: HEADS,
      ...wgslArguments(HEADS_FIELDS, own),
    });
  }

  /** The arguments of what makes and sums the terms of pixels. */
  function argumentsOfTerms() {
    const { values } = lowerKernel({ kind: "likelihood" }, lowering);
    const terms = matrixOf(memory, OUTPUT_TERMS).at;
    return wgslArguments(OUTPUT_TERMS_FIELDS, { ...values, terms });
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
      case "kl":
        return [KL, size];
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
  /** whether there are terms of pixels that are not summed yet */
  let hasTerms = false;

  /** The dispatches of operations that share one kernel. */
  function dispatchesOf(operations: readonly Operation[]): Dispatch[] {
    const [first] = operations as [Operation];
    switch (first.kind) {
      case "batch":
        return [batch(BATCH)];
      case "row-noise":
        return [batch(ROW_NOISE)];
      case "affine": {
        const own = operations as KernelProduct[];
        if (first.layer === "encoder/mean" && tileOfHeads !== null) {
          return [headsOf(own, tileOfHeads)];
        }
        if (first.layer !== "decoder/output" || !endsInTerms) {
          return [products(own)];
        }
        hasTerms = true;
        return [products(own, {
          addition: outputTerms(spec.likelihood),
          ...argumentsOfTerms(),
        })];
      }
      case "input-gradient": {
        const own = operations as KernelProduct[];
        if (!hasTerms) return [products(own)];
        hasTerms = false;
        return [products(own, {
          addition: rowSums(tile),
          ...argumentsOfTerms(),
          second: { groups: size * draws, isOfNext: false },
        })];
      }
      case "infer":
        return tileOfHeads === null ? [kernelDispatch(first)] : [];
      case "likelihood":
        return endsInTerms ? [] : [kernelDispatch(first)];
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
    const groups = Map.groupBy(stage, (own) => kernelKey(own, memory));
    return [...groups.values()];
  }

  const dispatches = plan.stages.flatMap(byKernel).flatMap(dispatchesOf);
  return { parameters, matrices, dispatches };
}
