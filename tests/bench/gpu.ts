/** The webgpu engine on this machine's adapter: checked, then timed. */

import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import type { StepTerms } from "../../src/engine/engine.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { formatTile, tileFor } from "../../src/engine/webgpu/tiles.ts";
import { findAdapter } from "../../src/engine/webgpu_device.ts";
import {
  Engines,
  type Gpu,
  openWebGpuEngines,
  tfjsContender,
  webGpuContender,
} from "./engines.ts";
import { gpuFrameworks } from "./frameworks.ts";
import {
  type Contender,
  GPU_ROUND,
  quantile,
  timeTable,
  WATCHED_STEPS,
} from "./harness.ts";
import { jaxContender } from "./jax_step.ts";
import type { Options } from "./options.ts";
import type { Entry, Figure } from "./report.ts";
import { configOf, newVae, shapesOf, type Training } from "./training.ts";
import { watch } from "./watch.ts";

const TOLERANCE = 1e-4;

/**
 * For every batch size and L a table of all who can train on the adapter, and
 * PyTorch and JAX where they are.
 *
 * @throws {Error} the engine fails a check
 */
export async function* timeGpu(options: Options): AsyncGenerator<Entry> {
  const { data, rounds, jaxJs, pythons, groups, tiles, checkSteps } = options;
  if (await findAdapter() === null) {
    const failed = "no WebGPU adapter on this machine";
    const row = { contender: "webgpu engine", shapes: "", failed };
    yield { shapes: "the WebGPU adapter", rows: [row] };
    return;
  }
  const samples = options.samples ?? [1];
  const trainings = options.sizes.flatMap((batchSize) =>
    samples.map((L) => ({ data, config: configOf({ batchSize, samples: L }) }))
  );
  const checked = trainings.slice(0, samples.length);
  // On the CPU first, as tfjs has one backend at a time.
  const expected: StepTerms[][] = [];
  for (const training of checked) {
    // Three at least: the first has no update before it.
    const steps = Math.max(3, Math.ceil(checkSteps / training.config.samples));
    expected.push(await termsOnCpu(training, steps));
  }
  const device = (await openBackend("webgpu")).webgpu!;
  const gpu = { device, tile: tileFor(device.adapter) };
  for (const [i, training] of checked.entries()) {
    yield await checkTerms(gpu, training, expected[i]!);
  }
  yield await checkGroup(gpu, checked[0]!, groups[0]!, checkSteps);

  for (const training of trainings) {
    const contenders: Contender[] = [
      ...[1, ...groups].map((runs) => webGpuContender(gpu, training, runs)),
      ...tiles.map((tile): Contender => ({
        ...webGpuContender({ device, tile }, training, 1),
        name: `webgpu engine, tiles ${formatTile(tile)}`,
      })),
      {
        ...tfjsContender("webgpu", training, () => tf.setBackend("webgpu")),
        device: device.device,
        aim: "at least 5",
      },
      ...jaxJs
        ? [{ ...jaxContender("webgpu", training), aim: "at least 3" }]
        : [],
      ...(await gpuFrameworks(pythons, training))
        .map((contender) => ({ ...contender, aim: "at least 1" })),
    ];
    // A software adapter takes a minute for as many steps as a GPU's rounds.
    const size = device.adapter.software ? {} : { round: GPU_ROUND };
    yield await timeTable(shapesOf(training), contenders, rounds, size);
    device.check();
    yield* kernelTimes(gpu, training);
  }
}

/** Trains engines from their first step on. */
async function termsOf(
  engines: Engines,
  steps: number,
): Promise<StepTerms[][]> {
  const terms = await engines.train(steps);
  engines.close();
  return terms;
}

/** By tfjs ops in plain JavaScript: what the engine is held against. */
async function termsOnCpu(
  training: Training,
  steps: number,
): Promise<StepTerms[]> {
  await openBackend("cpu");
  const engine = new ReferenceEngine(newVae(training), training.config);
  return (await termsOf(new Engines([engine], training), steps))[0]!;
}

/** @throws {Error} the engine is further from the terms than it may be */
async function checkTerms(
  gpu: Gpu,
  training: Training,
  expected: readonly StepTerms[],
): Promise<Figure> {
  const engines = await openWebGpuEngines(gpu, training, 1);
  const [terms] = await termsOf(engines, expected.length);
  const value = Math.max(
    ...expected.map((row, i) => furthest(row, terms![i]!)),
  );
  const figure = `terms of ${expected.length} steps against tfjs on the CPU`;
  const shapes = shapesOf(training);
  if (!(value <= TOLERANCE)) {
    throw new Error(`${figure}: ${shapes}: a relative difference of ${value}`);
  }
  const aim = `at most ${TOLERANCE}`;
  return { figure, shapes, value, unit: "relative difference", aim };
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
async function checkGroup(
  gpu: Gpu,
  training: Training,
  runs: number,
  steps: number,
): Promise<Figure> {
  const { config } = training;
  const last = {
    ...training,
    config: { ...config, seed: config.seed + runs - 1 },
  };
  const together = await termsOf(
    await openWebGpuEngines(gpu, training, runs),
    steps,
  );
  const alone = await termsOf(await openWebGpuEngines(gpu, last, 1), steps);
  const value =
    together.at(-1)!.filter((row, i) =>
      JSON.stringify(row) !== JSON.stringify(alone[0]![i])
    ).length;
  const figure = `the last of ${runs} runs as one against it alone`;
  if (value > 0) throw new Error(`${figure}: ${value} steps differ`);
  const shapes = `${shapesOf(training)}, ${steps} steps`;
  return { figure, shapes, value, unit: "steps with other bits", aim: "0" };
}

/** The median of each dispatch of the engine by itself, over a few steps. */
async function* kernelTimes(
  gpu: Gpu,
  training: Training,
): AsyncGenerator<Figure> {
  const engines = await openWebGpuEngines(gpu, training, 1);
  await engines.train(WATCHED_STEPS);
  // One by one: of a submit of several only the first has a batch's dispatch.
  const { passes, dispatches } = await watch(
    gpu.device.device,
    async () => {
      for (let i = 0; i < WATCHED_STEPS; i++) await engines.train(1);
    },
    true,
  );
  engines.close();
  const each = dispatches / WATCHED_STEPS;
  for (let i = 0; passes !== null && i < each; i++) {
    const own = passes.filter((_, j) => j % each === i);
    yield {
      figure: `dispatch ${i + 1} by itself, ${own[0]!.label}`,
      shapes: shapesOf(training),
      value: quantile(own.map(({ milliseconds }) => milliseconds), 0.5),
      unit: "ms on the GPU",
    };
  }
}
