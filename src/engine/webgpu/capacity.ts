/** What the webgpu engine can train on a device, and how many runs at once. */

import { UserError } from "../../errors.ts";
import type { OptimizerSpec } from "../../model/optimizers.ts";
import type { VaeSpec } from "../../model/spec.ts";
import {
  importanceSamples,
  kindOf,
  type ObjectiveSpec,
} from "../../objective/spec.ts";
import { missingFromPlans, type PlannedModel } from "../step_plan.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import {
  compileStep,
  type GpuObjective,
  KINDS,
  type Training,
} from "./compile.ts";
import { runSizes } from "./group.ts";
import type { Tile } from "./kernels/product.ts";
import { BINDINGS, COMMAND_WORDS, JOB_WORDS, ROWS } from "./layout.ts";

/** A training: a run's config will do. */
export interface GpuTraining {
  /** what a step goes up */
  readonly objective: ObjectiveSpec;
  /** with all its hyper-parameters but the step size */
  readonly optimizer: OptimizerSpec;
  /** see `Optimizer`; 0 if absent */
  readonly weightDecay?: number;
  /** B */
  readonly batchSize: number;
  /** L */
  readonly samples: number;
}

/** What kernels do not have of a training, in words; null: nothing is missing. */
export function missingFromKernels(
  model: PlannedModel,
  objective: ObjectiveSpec,
): string | null {
  return missingFromPlans(model) ??
    (isInKernels(objective) ? null : `objective ${objective.name}`);
}

function isInKernels(objective: ObjectiveSpec): objective is GpuObjective {
  return KINDS.has(kindOf(objective));
}

function gpuObjective(objective: ObjectiveSpec): GpuObjective {
  if (isInKernels(objective)) return objective;
  throw new Error(`kernels of ${objective.name}`);
}

/** The training as kernels are made for it. */
export function trainingOf(
  { objective, optimizer, weightDecay = 0, batchSize, samples }: GpuTraining,
  tile: Tile,
): Training {
  return {
    objective: gpuObjective(objective),
    optimizer,
    weightDecay,
    size: batchSize,
    draws: samples * importanceSamples(objective),
    tile,
  };
}

/** @throws {UserError} the engine lacks a part of the model or objective */
export function checkGpuPlans(spec: VaeSpec, objective: ObjectiveSpec): void {
  const missing = missingFromKernels(spec, objective);
  if (missing === null) return;
  throw new UserError(
    `the webgpu engine has no ${missing}; take --engine reference`,
  );
}

const WHAT = {
  values: "the parameters",
  state: "the optimiser's state",
  matrices: "a batch's activations",
  terms: "a batch's terms",
} as const;

const mebibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/**
 * Refuses a training that is beyond the device's limits, before it begins.
 *
 * @throws {UserError} it needs larger buffers, workgroups or dispatches, or a
 *   part of the model that the engine lacks
 */
export function checkCapacity(
  { device: { limits } }: WebGpuDevice,
  spec: VaeSpec,
  training: GpuTraining,
  tile: Tile,
): void {
  checkGpuPlans(spec, training.objective);
  const mend = "take --engine reference";
  if (limits.maxStorageBuffersPerShaderStage < BINDINGS) {
    throw new UserError(
      `the webgpu engine binds ${BINDINGS} buffers, and the adapter ` +
        `${limits.maxStorageBuffersPerShaderStage} at most; ${mend}`,
    );
  }
  const { across, down } = tile;
  if (
    across > limits.maxComputeWorkgroupSizeX ||
    down > limits.maxComputeWorkgroupSizeY ||
    across * down > limits.maxComputeInvocationsPerWorkgroup
  ) {
    throw new UserError(
      `--tiles: a workgroup of ${across}x${down} is larger than the ` +
        `adapter's largest, ${limits.maxComputeInvocationsPerWorkgroup}`,
    );
  }
  const planned = trainingOf(training, tile);
  const most = bytesOfBinding(limits);
  for (const [name, words] of Object.entries(runSizes([spec], planned))) {
    if (4 * words <= most) continue;
    throw new UserError(
      `the webgpu engine needs ${mebibytes(4 * words)} for ` +
        `${WHAT[name as keyof typeof WHAT]}, and the adapter binds ` +
        `${mebibytes(most)} at most; take smaller layers, a smaller batch, ` +
        "fewer samples, or --engine reference",
    );
  }
  const nowhere = { matrices: 0, values: 0, state: 0, terms: 0 };
  const { dispatches } = compileStep(spec, planned, nowhere);
  const groups = Math.max(...dispatches.map(({ groups }) => groups));
  if (groups > limits.maxComputeWorkgroupsPerDimension) {
    throw new UserError(
      `the webgpu engine needs ${groups} workgroups side by side, and the ` +
        `adapter has ${limits.maxComputeWorkgroupsPerDimension}; ${mend}`,
    );
  }
}

/**
 * How many runs of the training fit into a group.
 *
 * @param spec the largest of their models
 */
export function mostRuns(
  { device: { limits } }: WebGpuDevice,
  spec: VaeSpec,
  training: GpuTraining,
  tile: Tile,
): number {
  const sizes = runSizes([spec], trainingOf(training, tile));
  const words = Math.max(
    ...Object.values(sizes),
    ROWS + training.batchSize,
    // a dispatch's jobs: no layer has more
    (2 * spec.hidden.length + 4) * JOB_WORDS,
    COMMAND_WORDS,
  );
  return Math.min(
    Math.floor(bytesOfBinding(limits) / (4 * words)),
    limits.maxComputeWorkgroupsPerDimension,
  );
}

/** Bytes of the largest buffer that a kernel can have. */
function bytesOfBinding(limits: GPUSupportedLimits): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}
