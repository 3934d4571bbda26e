/** The webgpu engine's part in timings: one run, or many as one. */

import type { TrainingData } from "../../src/data/load.ts";
import { mostRuns, trainingOf } from "../../src/engine/webgpu/capacity.ts";
import { RunGroup } from "../../src/engine/webgpu/group.ts";
import type { Tile } from "../../src/engine/webgpu/kernels/product.ts";
import { WebGpuEngine } from "../../src/engine/webgpu/webgpu_engine.ts";
import type { WebGpuDevice } from "../../src/engine/webgpu_device.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { vaeSpec } from "../../src/train/create_vae.ts";
import { settingsAt } from "../../src/train/loop.ts";
import type { Contender } from "./contenders.ts";
import { newVae } from "./model.ts";

/** What the engine's runs are besides their seeds. */
export interface WebGpuRuns {
  readonly device: WebGpuDevice;
  readonly tile: Tile;
  /** how many train as one, with seeds from the config's on */
  readonly runs: number;
}

/** The name of {@linkcode webGpuContender}. */
export function webGpuName(runs: number): string {
  return `webgpu engine${runs === 1 ? "" : `, ${runs} runs as one`}`;
}

function specOf(config: RunConfig, dim: number): VaeSpec {
  return vaeSpec(config, { dim, image: null });
}

/** Whether the adapter's bindings are large enough for the runs' arrays. */
export function fits(
  { device, tile, runs }: WebGpuRuns,
  config: RunConfig,
  dim: number,
): boolean {
  return runs <= mostRuns(device, specOf(config, dim), config, tile);
}

/** The engines of a group of runs, which differ by the seed. */
export async function webGpuEngines(
  { device, tile, runs }: WebGpuRuns,
  config: RunConfig,
  dim: number,
): Promise<WebGpuEngine[]> {
  const specs = Array<VaeSpec>(runs).fill(specOf(config, dim));
  const group = new RunGroup(device, specs, trainingOf(config, tile));
  return await Promise.all(
    group.places().map((place, i) =>
      WebGpuEngine.create(
        newVae({ ...config, seed: config.seed + i }, dim),
        place,
      )
    ),
  );
}

/** Steps of all runs, counted by run; the reading of terms is included. */
export async function webGpuContender(
  own: WebGpuRuns,
  steps: number,
  data: TrainingData,
  config: RunConfig,
): Promise<Contender> {
  const engines = await webGpuEngines(own, config, data.dim);
  const batches = engines.map((_, i) =>
    new Batches(data, { ...config, seed: config.seed + i })
  );
  let step = 0;
  return {
    name: webGpuName(own.runs),
    steps,
    async run(count) {
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        step += 1;
        engines.forEach((engine, run) =>
          engine.step(batches[run]!.training(step), settingsAt(config, step))
        );
      }
      await Promise.all(engines.map((engine) => engine.readTerms()));
      return (performance.now() - start) / (count * engines.length);
    },
    close() {
      for (const engine of engines) {
        engine.dispose();
        engine.vae.dispose();
      }
      return Promise.resolve();
    },
  };
}
