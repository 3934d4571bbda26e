/** Room on a device: what can be trained there, and how many runs at once. */

import { UserError } from "../../errors.ts";
import type { VaeSpec } from "../../model/spec.ts";
import { importanceSamples } from "../../objective/spec.ts";
import type { Backend } from "../backend.ts";
import type { TrainingSpec } from "../engine.ts";
import { requireSupport } from "../supported.ts";
import type { WebGpuDevice } from "../webgpu_device.ts";
import { compileStep, type Training } from "./compile.ts";
import { RunGroup, runSizes, type Slot } from "./group.ts";
import type { Tile } from "./tiles.ts";
import { BINDINGS, ROWS } from "./layout.ts";
import { bytesOfWorkgroup } from "./kernels/product_shared.ts";
import { bindableBytes } from "./limits.ts";
import { NO_OFFSETS } from "./memory_layout.ts";
import { SUPPORTED } from "./supported.ts";
import { formatTile, invocationsOf, tileOf } from "./tiles.ts";

/** A training with its sizes: a run's config will do. */
export interface GpuTraining extends TrainingSpec {
  /** B */
  readonly batchSize: number;
  /** L */
  readonly samples: number;
}

/** The training as kernels are made for it. */
export function trainingOf(
  { objective, optimizer, weightDecay = 0, batchSize, samples }: GpuTraining,
  tile: Tile,
): Training {
  return {
    objective,
    optimizer,
    weightDecay,
    size: batchSize,
    draws: samples * importanceSamples(objective),
    tile,
  };
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
  requireSupport(SUPPORTED, { ...spec, ...training });
  const remedy = "take --engine reference";
  if (limits.maxStorageBuffersPerShaderStage < BINDINGS) {
    throw new UserError(
      `the webgpu engine binds ${BINDINGS} buffers, and the adapter ` +
        `${limits.maxStorageBuffersPerShaderStage} at most; ${remedy}`,
    );
  }
  const { across, down } = tile;
  if (
    across > limits.maxComputeWorkgroupSizeX ||
    down > limits.maxComputeWorkgroupSizeY ||
    invocationsOf(tile) > limits.maxComputeInvocationsPerWorkgroup
  ) {
    throw new UserError(
      `--tiles: a workgroup of ${across}x${down} is larger than the ` +
        `adapter's largest, ${limits.maxComputeInvocationsPerWorkgroup}`,
    );
  }
  const bytes = tile.kind === "shared" ? bytesOfWorkgroup(tile) : 0;
  if (bytes > limits.maxComputeWorkgroupStorageSize) {
    throw new UserError(
      `--tiles: a workgroup of ${formatTile(tile)} needs ${bytes} bytes of ` +
        `memory, and the adapter has ${limits.maxComputeWorkgroupStorageSize}`,
    );
  }
  const planned = trainingOf(training, tile);
  const most = bindableBytes(limits);
  for (const [name, words] of Object.entries(runSizes([spec], planned))) {
    if (4 * words <= most) continue;
    throw new UserError(
      `the webgpu engine needs ${mebibytes(4 * words)} for ` +
        `${WHAT[name as keyof typeof WHAT]}, and the adapter binds ` +
        `${mebibytes(most)} at most; take smaller layers, a smaller batch, ` +
        "fewer samples, or --engine reference",
    );
  }
  const { dispatches } = compileStep(spec, planned, NO_OFFSETS);
  const groups = Math.max(
    ...dispatches.map(({ groups, second }) =>
      Math.max(groups, second?.groups ?? 0)
    ),
  );
  if (groups > limits.maxComputeWorkgroupsPerDimension) {
    throw new UserError(
      `the webgpu engine needs ${groups} workgroups side by side, and the ` +
        `adapter has ${limits.maxComputeWorkgroupsPerDimension}; ${remedy}`,
    );
  }
}

/** How many runs fit into a group. @param spec the largest of their models */
export function mostRuns(
  { device: { limits } }: WebGpuDevice,
  spec: VaeSpec,
  training: GpuTraining,
  tile: Tile,
): number {
  const planned = trainingOf(training, tile);
  const { dispatches } = compileStep(spec, planned, NO_OFFSETS);
  const words = Math.max(
    ...Object.values(runSizes([spec], planned)),
    ...dispatches.map(({ words }) => words.length),
    ROWS + training.batchSize,
  );
  return Math.min(
    Math.floor(bindableBytes(limits) / (4 * words)),
    limits.maxComputeWorkgroupsPerDimension,
  );
}

/**
 * Makes room for runs that are trained together, a slot for each.
 *
 * @param specs of their models, or of larger ones; they differ by the latent
 *   dimension alone
 * @throws {UserError} the engine lacks a part of the models
 */
export function openGroup(
  engine: Parameters<typeof tileOf>[0],
  specs: readonly VaeSpec[],
  training: GpuTraining,
  { webgpu }: Pick<Backend, "webgpu">,
): Slot[] {
  if (webgpu === null) throw new Error("the backend is not webgpu");
  for (const spec of specs) requireSupport(SUPPORTED, { ...spec, ...training });
  return new RunGroup(webgpu, specs, trainingOf(training, tileOf(engine)))
    .slots();
}
