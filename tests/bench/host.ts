/**
 * The host's part of a step of the webgpu engine: what JavaScript, wgpu and the
 * driver do on the thread that trains. Kernels do nothing, so that a software
 * adapter is as good as a GPU.
 */

import process from "node:process";
import { openBackend } from "../../src/engine/backend.ts";
import { tileFor } from "../../src/engine/webgpu/tiles.ts";
import { findAdapter } from "../../src/engine/webgpu_device.ts";
import { type Engines, openWebGpuEngines } from "./engines.ts";
import { quantile } from "./harness.ts";
import type { Options } from "./options.ts";
import type { Entry } from "./report.ts";
import { configOf, shapesOf } from "./training.ts";

/** Milliseconds of a round: the clock of a thread may have ticks of 10 ms. */
const ROUND = 500;

/** Steps of a reading, as the loop of training has them. */
const BLOCK = 1024;

/**
 * Milliseconds that a step of all runs is taken to last on the GPU, by which the
 * engine decides how many are a submit: 20 of them. By the time that a software
 * adapter takes it would be another number on every machine and in every minute.
 */
const STEP = 0.5;

/**
 * Microseconds of the CPU per run and step, alone and in groups, in rounds that
 * take turns.
 */
export async function* timeHost(
  { data, rounds, groups }: Options,
): AsyncGenerator<Entry> {
  if (await findAdapter() === null) {
    const failed = "no WebGPU adapter on this machine";
    const row = { contender: "webgpu engine", shapes: "", failed };
    yield { shapes: "the host", rows: [row] };
    return;
  }
  const device = (await openBackend("webgpu")).webgpu!;
  using clock = new Clock();
  const gpu = { device, tile: tileFor(device.adapter) };
  // Few units, which change nothing here: software adapters bind little memory.
  const training = { data, config: configOf({ hidden: [40] }) };
  const restore = withoutKernels(device.device);
  const all: { runs: number; engines: Engines; times: number[] }[] = [];
  for (const runs of [1, ...groups]) {
    const engines = await openWebGpuEngines(gpu, training, runs);
    // once: it makes the pipelines, and V8 compiles what is used often
    await engines.train(BLOCK, clock.onStep);
    all.push({ runs, engines, times: [] });
  }
  restore();
  for (let round = 0; round < rounds; round++) {
    for (const { runs, engines, times } of all) {
      times.push(await microseconds(engines, clock) / runs);
    }
  }
  for (const { runs, engines, times } of all) {
    engines.close();
    yield {
      figure: `the host's part, ${runs === 1 ? "1 run" : `${runs} as one`}`,
      shapes: shapesOf(training),
      value: quantile(times, 0.5),
      unit: `us of the CPU per run and step (${
        quantile(times, 0).toFixed(1)
      } to ${quantile(times, 1).toFixed(1)})`,
      ...runs === 1 ? {} : { aim: "32 as one: at most 5" },
    };
  }
  device.check();
}

/** What a step of all runs takes of this thread. */
async function microseconds(engines: Engines, clock: Clock): Promise<number> {
  let steps = 0;
  const before = process.threadCpuUsage();
  const start = clock.real();
  do {
    await engines.train(BLOCK, clock.onStep);
    steps += BLOCK;
  } while (clock.real() - start < ROUND);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / steps;
}

/** In whose time steps of all runs last `STEP`, in place of `performance`. */
class Clock implements Disposable {
  readonly real: () => number = performance.now.bind(performance);
  #now = this.real();

  constructor() {
    performance.now = () => this.#now;
  }

  readonly onStep = (): void => {
    this.#now += STEP;
  };

  [Symbol.dispose](): void {
    const replaced: Partial<Performance> = performance;
    delete replaced.now;
  }
}

/** Makes pipelines that do nothing. @returns what ends that */
function withoutKernels(device: GPUDevice): () => void {
  const own = device.createComputePipeline;
  const module = device.createShaderModule({
    code: "@compute @workgroup_size(1) fn main() {}",
  });
  device.createComputePipeline = ({ layout }) =>
    own.call(device, { layout, compute: { module, entryPoint: "main" } });
  return () => {
    const replaced: Partial<GPUDevice> = device;
    delete replaced.createComputePipeline;
  };
}
