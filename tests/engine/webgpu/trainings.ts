/** Trainings on the webgpu engine. */

import { openBackend } from "../../../src/engine/backend.ts";
import { trainingOf } from "../../../src/engine/webgpu/capacity.ts";
import { RunGroup } from "../../../src/engine/webgpu/group.ts";
import type { Tile } from "../../../src/engine/webgpu/tiles.ts";
import { WebGpuEngine } from "../../../src/engine/webgpu/webgpu_engine.ts";
import type { WebGpuDevice } from "../../../src/engine/webgpu_device.ts";
import {
  initialParameters,
  type ParameterValues,
} from "../../../src/model/parameters.ts";
import { Vae } from "../../../src/model/vae.ts";
import type { Training } from "../training.ts";

/** Small tiles: llvmpipe compiles them fast. */
export const SMALL_TILE: Tile = {
  ...{ kind: "plain", rows: 4, fours: 1, across: 8, down: 1 },
};

/** A group of one training, which runs of several models may join. */
export function groupOf(
  { objective, optimizer, weightDecay = 0, size, samples }: Training,
  specs: readonly Training["spec"][],
  device: WebGpuDevice,
  tile: Tile = SMALL_TILE,
): RunGroup {
  const options = { objective, optimizer, weightDecay, samples };
  return new RunGroup(
    device,
    specs,
    trainingOf({ ...options, batchSize: size }, tile),
  );
}

/** A new engine, alone in its group, and its VAE. */
export async function webGpuEngineOf(
  training: Training,
  device: WebGpuDevice,
  initial: readonly ParameterValues[] = initialParameters(training.spec, 0),
  tile: Tile = SMALL_TILE,
): Promise<WebGpuEngine> {
  const vae = new Vae(training.spec, initial);
  const group = groupOf(training, [training.spec], device, tile);
  return await WebGpuEngine.create(vae, group.slots()[0]!);
}

/** The device of the tfjs backend. */
export async function openDevice(): Promise<WebGpuDevice> {
  return (await openBackend("webgpu")).webgpu!;
}
