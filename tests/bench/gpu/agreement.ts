/** The webgpu engine on this adapter against others, and against itself. */

import type { TrainingData } from "../../../src/data/load.ts";
import { openBackend } from "../../../src/engine/backend.ts";
import type { Engine, StepTerms } from "../../../src/engine/engine.ts";
import { ReferenceEngine } from "../../../src/engine/reference.ts";
import { Batches } from "../../../src/train/batches.ts";
import type { RunConfig } from "../../../src/train/config.ts";
import { settingsAt } from "../../../src/train/loop.ts";
import { newVae, shapesOf } from "../model.ts";
import type { Figure } from "../report.ts";
import { webGpuEngines, type WebGpuRuns } from "../webgpu_contenders.ts";

const TOLERANCE = 1e-4;

/** Trains engines side by side, each with the next seed. */
async function trained(
  engines: readonly (Engine & Disposable)[],
  data: TrainingData,
  config: RunConfig,
  steps: number,
): Promise<StepTerms[][]> {
  const configs = engines.map((_, i) => ({ ...config, seed: config.seed + i }));
  const batches = configs.map((own) => new Batches(data, own));
  for (let step = 1; step <= steps; step++) {
    engines.forEach((engine, i) =>
      engine.step(batches[i]!.training(step), settingsAt(config, step))
    );
  }
  const terms = await Promise.all(engines.map((engine) => engine.readTerms()));
  for (const engine of engines) {
    engine[Symbol.dispose]();
    engine.vae.dispose();
  }
  return terms;
}

/**
 * The terms of the first steps by tfjs ops in plain JavaScript: what the
 * engine is held against. It makes that backend the current one.
 */
export async function termsOnCpu(
  data: TrainingData,
  config: RunConfig,
  steps: number,
): Promise<StepTerms[]> {
  await openBackend("cpu");
  const engine = new ReferenceEngine(newVae(config, data.dim), config);
  const [terms] = await trained([engine], data, config, steps);
  return terms!;
}

/** @throws {Error} the engine is further from the terms than it may be */
export async function checkTerms(
  own: Omit<WebGpuRuns, "runs">,
  data: TrainingData,
  config: RunConfig,
  expected: readonly StepTerms[],
): Promise<Figure> {
  const engines = await webGpuEngines({ ...own, runs: 1 }, config, data.dim);
  const [terms] = await trained(engines, data, config, expected.length);
  const value = Math.max(
    ...expected.map((row, i) => furthest(row, terms![i]!)),
  );
  const figure = `terms of ${expected.length} steps against tfjs on the CPU`;
  const shapes = shapesOf(config, data.dim);
  if (!(value <= TOLERANCE)) {
    throw new Error(`${figure}: ${shapes}: a relative difference of ${value}`);
  }
  return {
    ...{ figure, shapes, value, unit: "relative difference" },
    aim: `at most ${TOLERANCE}`,
  };
}

/** The largest relative difference of two rows of terms. */
function furthest(a: StepTerms, b: StepTerms): number {
  const names = ["reconstruction", "kl", "objective"] as const;
  return Math.max(...names.map((name) =>
    Math.abs(a[name] - b[name]) /
    Math.max(Math.abs(a[name]), Math.abs(b[name]), 1)
  ));
}

/** @throws {Error} a run in a group has other terms than it has alone */
export async function checkGroup(
  { runs, ...own }: WebGpuRuns,
  data: TrainingData,
  config: RunConfig,
  steps: number,
): Promise<Figure> {
  const together = await trained(
    await webGpuEngines({ ...own, runs }, config, data.dim),
    ...[data, config, steps] as const,
  );
  const last = { ...config, seed: config.seed + runs - 1 };
  const [alone] = await trained(
    await webGpuEngines({ ...own, runs: 1 }, last, data.dim),
    ...[data, last, steps] as const,
  );
  const differing =
    together.at(-1)!.filter((row, i) =>
      JSON.stringify(row) !== JSON.stringify(alone![i])
    ).length;
  const figure = `the last of ${runs} runs as one against it alone`;
  if (differing > 0) throw new Error(`${figure}: ${differing} steps differ`);
  return {
    figure,
    shapes: `${shapesOf(config, data.dim)}, ${steps} steps`,
    ...{ value: differing, unit: "steps with other bits", aim: "0" },
  };
}
