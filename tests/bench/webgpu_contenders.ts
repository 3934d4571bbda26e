/** The webgpu engine's part in timings: one run, or many as one. */

import { plannedObjective } from "../../src/engine/step_plan.ts";
import { RunGroup, runSizes } from "../../src/engine/webgpu/group.ts";
import type { Training } from "../../src/engine/webgpu/compile.ts";
import type { Tile } from "../../src/engine/webgpu/kernels/product.ts";
import { WebGpuEngine } from "../../src/engine/webgpu/webgpu_engine.ts";
import type { WebGpuDevice } from "../../src/engine/webgpu_device.ts";
import type { TrainingData } from "../../src/data/load.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { vaeSpec } from "../../src/train/create_vae.ts";
import { settingsAt } from "../../src/train/loop.ts";
import type { Contender } from "./contenders.ts";
import { newVae } from "./model.ts";
import { quantile } from "./report.ts";

/** Tiles of products that are tried: a GPU wants others than a CPU does. */
const TILES: readonly Tile[] = [
  { rows: 4, fours: 1, across: 8, down: 1 },
  { rows: 8, fours: 1, across: 8, down: 4 },
  { rows: 4, fours: 1, across: 8, down: 8 },
  { rows: 4, fours: 2, across: 8, down: 8 },
  { rows: 8, fours: 2, across: 8, down: 8 },
  { rows: 4, fours: 1, across: 16, down: 16 },
];

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

function trainingOf(config: RunConfig, tile: Tile): Training {
  const { objective, optimizer, weightDecay, batchSize, samples } = config;
  return {
    objective: plannedObjective(objective),
    ...{ optimizer, weightDecay, size: batchSize, draws: samples, tile },
  };
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
  const sizes = runSizes([specOf(config, dim)], trainingOf(config, tile));
  const { maxStorageBufferBindingSize, maxBufferSize } = device.device.limits;
  return 4 * runs * Math.max(...Object.values(sizes)) <=
    Math.min(maxStorageBufferBindingSize, maxBufferSize);
}

/** The engines of a group of runs, which differ by the seed. */
export async function webGpuEngines(
  { device, tile, runs }: WebGpuRuns,
  config: RunConfig,
  dim: number,
): Promise<WebGpuEngine[]> {
  const specs = Array<VaeSpec>(runs).fill(specOf(config, dim));
  const group = new RunGroup(device, specs, trainingOf(config, tile));
  return await Promise.all(specs.map((_, i) =>
    WebGpuEngine.create(
      newVae({ ...config, seed: config.seed + i }, dim),
      group,
    )
  ));
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

/** The tile whose steps take least, by the median of a few rounds. */
export async function fastestTile(
  device: WebGpuDevice,
  data: TrainingData,
  config: RunConfig,
): Promise<Tile> {
  const medians: number[] = [];
  for (const tile of TILES) {
    const contender = await webGpuContender(
      { device, tile, runs: 1 },
      ...[2, data, config] as const,
    );
    await contender.run(1);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push(await contender.run(2));
    medians.push(quantile(times, 0.5));
    await contender.close();
  }
  return TILES[medians.indexOf(Math.min(...medians))]!;
}
