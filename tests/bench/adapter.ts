/** Milliseconds per training step on the WebGPU adapter. */

import type { TrainingData } from "../../src/data/load.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { formatTile, tileFor } from "../../src/engine/webgpu/tiles.ts";
import { findAdapter } from "../../src/engine/webgpu_device.ts";
import { Batches } from "../../src/train/batches.ts";
import { alternate, tfjsContender, type Timings } from "./contenders.ts";
import { jaxContender } from "./jax_step.ts";
import { configOf, shapesOf } from "./model.ts";
import { type Figure, medianOf } from "./report.ts";
import { webGpuContender, webGpuName } from "./webgpu_contenders.ts";

/**
 * Times a step of those who can train on the adapter: the webgpu engine, tfjs
 * ops and jax-js. Null where there is no adapter.
 */
export async function timeAdapter(
  data: TrainingData,
  rounds: number,
  withJax: boolean,
): Promise<
  | { shapes: string; timings: Timings; figures: Figure[]; adapter: string }
  | null
> {
  if (await findAdapter() === null) return null;
  const config = configOf();
  const { dim } = data;
  const batches = new Batches(data, config);
  const device = (await openBackend("webgpu")).webgpu!;
  const tile = tileFor(device.adapter);
  const timings = await alternate([
    await webGpuContender({ device, tile, runs: 1 }, 10, data, config),
    tfjsContender("webgpu", 2, batches, config, dim),
    ...withJax ? [await jaxContender("webgpu", 2, batches, config, dim)] : [],
  ], rounds);
  device.check();
  const shapes = shapesOf(config, dim);
  const against = (other: string, name: string, aim: string): Figure => ({
    figure: `webgpu engine against ${name}`,
    shapes,
    value: medianOf(timings, other) / medianOf(timings, webGpuName(1)),
    unit: "times as fast",
    aim,
  });
  const { description, api } = device.adapter;
  return {
    shapes,
    timings,
    figures: [
      against("tfjs webgpu", "tfjs ops on the adapter", "at least 5"),
      ...withJax
        ? [against("jax-js webgpu", "jax-js on the adapter", "at least 3")]
        : [],
    ],
    adapter: `${description} over ${api}, tiles ${formatTile(tile)}`,
  };
}
