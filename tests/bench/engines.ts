/** The laboratory's engines as contenders. */

import { openBackend } from "../../src/engine/backend.ts";
import type { Engine, StepTerms } from "../../src/engine/engine.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { WasmEngine } from "../../src/engine/wasm/wasm_engine.ts";
import { mostRuns, trainingOf } from "../../src/engine/webgpu/capacity.ts";
import { RunGroup } from "../../src/engine/webgpu/group.ts";
import type { Tile } from "../../src/engine/webgpu/tiles.ts";
import { WebGpuEngine } from "../../src/engine/webgpu/webgpu_engine.ts";
import type { WebGpuDevice } from "../../src/engine/webgpu_device.ts";
import { Batches } from "../../src/train/batches.ts";
import { settingsAt } from "../../src/train/loop.ts";
import { clocked, type Contender, type Time, type Trainer } from "./harness.ts";
import { newVae, specOf, type Training } from "./training.ts";

/** Threads of the CPU: 1 and all cores. */
export const THREADS = [...new Set([1, navigator.hardwareConcurrency])];

/** The time in which all threads of the wasm engine start. */
const MOST_MS_TO_START = 10_000;

/** Engines that train side by side, each with the next seed. */
export class Engines implements Trainer {
  readonly #engines: readonly (Engine & Disposable)[];
  readonly #batches: readonly Batches[];
  readonly #training: Training;
  readonly #check: () => void;
  #step = 0;

  /** @param check looks for failures of their device */
  constructor(
    engines: readonly (Engine & Disposable)[],
    training: Training,
    check: () => void = () => {},
  ) {
    this.#engines = engines;
    this.#training = training;
    this.#check = check;
    const { data, config } = training;
    this.#batches = engines.map((_, i) =>
      new Batches(data, { ...config, seed: config.seed + i })
    );
  }

  /**
   * Makes the minibatches, noise included, trains, and reads all terms.
   *
   * @param onStep before each step
   */
  async train(
    steps: number,
    onStep: () => void = () => {},
  ): Promise<StepTerms[][]> {
    for (let i = 0; i < steps; i++) {
      this.#step += 1;
      onStep();
      const settings = settingsAt(this.#training.config, this.#step);
      this.#engines.forEach((engine, run) =>
        engine.step(this.#batches[run]!.training(this.#step), settings)
      );
    }
    const terms = await Promise.all(
      this.#engines.map((engine) => engine.readTerms()),
    );
    this.#check();
    return terms;
  }

  /** See `Trainer`. */
  async time(steps: number): Promise<Time> {
    return await clocked(() => this.train(steps));
  }

  /** Frees the engines and their models. */
  close(): void {
    for (const engine of this.#engines) {
      engine[Symbol.dispose]();
      engine.vae.dispose();
    }
  }
}

/** Such as `2 threads`. */
export function threadsLabel(threads: number): string {
  return `${threads} thread${threads === 1 ? "" : "s"}`;
}

/** The wasm engine, once all of its threads run. */
export async function openWasm(
  training: Training,
  threads: number,
): Promise<WasmEngine> {
  await openBackend("cpu");
  const vae = newVae(training);
  const { config } = training;
  const engine = await WasmEngine.create(vae, config, threads);
  const start = performance.now();
  while (engine.threads < threads) {
    if (performance.now() - start > MOST_MS_TO_START) {
      throw new Error(`only ${threadsLabel(engine.threads)} started`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return engine;
}

/** The wasm engine. */
export function wasmContender(
  training: Training,
  threads: number,
): Contender {
  return {
    name: `wasm engine, ${threadsLabel(threads)}`,
    open: async () =>
      new Engines([await openWasm(training, threads)], training),
  };
}

/** The reference engine on a tfjs backend, which `open` makes current. */
export function tfjsContender(
  backend: string,
  training: Training,
  open: () => Promise<unknown>,
): Contender {
  return {
    name: `tfjs ${backend}`,
    async open() {
      await open();
      const engine = new ReferenceEngine(newVae(training), training.config);
      return new Engines([engine], training);
    },
  };
}

/** The adapter, and the tiles of the engine's products. */
export interface Gpu {
  readonly device: WebGpuDevice;
  readonly tile: Tile;
}

/** A group of runs of the webgpu engine, which differ by the seed. */
export async function openWebGpuEngines(
  { device, tile }: Gpu,
  training: Training,
  runs: number,
): Promise<Engines> {
  const spec = specOf(training);
  const { config } = training;
  const group = new RunGroup(
    device,
    Array(runs).fill(spec),
    trainingOf(config, tile),
  );
  const engines = await Promise.all(
    group.slots().map((place, i) => {
      const own = { ...training, config: { ...config, seed: config.seed + i } };
      return WebGpuEngine.create(newVae(own), place);
    }),
  );
  return new Engines(engines, training, device.check);
}

/** The webgpu engine: one run, or many as one. */
export function webGpuContender(
  gpu: Gpu,
  training: Training,
  runs: number,
): Contender {
  return {
    name: `webgpu engine${runs === 1 ? "" : `, ${runs} runs as one`}`,
    runs,
    device: gpu.device.device,
    async open() {
      const { config } = training;
      if (runs > mostRuns(gpu.device, specOf(training), config, gpu.tile)) {
        throw new Error("larger than the adapter's bindings");
      }
      return await openWebGpuEngines(gpu, training, runs);
    },
  };
}
