/** Who takes part in a timing, and the timing: one round of each in turn. */

import { ReferenceEngine } from "../../src/engine/reference.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Kernels } from "../../src/engine/wasm/module.ts";
import type { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { settingsAt } from "../../src/train/loop.ts";
import { newVae, threadsLabel, wasmEngine } from "./model.ts";

/** One way to train a step. */
export interface Contender {
  readonly name: string;
  /** steps in one round: slow ones do fewer */
  readonly steps: number;
  /** Trains so many steps. @returns milliseconds per step */
  run(steps: number): Promise<number>;
  close(): Promise<void>;
}

/** Milliseconds per step of every round, by the contender's name. */
export type Timings = ReadonlyMap<string, readonly number[]>;

/**
 * Lets the contenders alternate, after a round that is not counted, so that
 * what else the machine does meets all of them. It closes them.
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Timings> {
  const timings = new Map(
    contenders.map(({ name }) => [name, [] as number[]]),
  );
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run, steps } of contenders) {
      const value = await run(steps);
      if (round > 0) timings.get(name)!.push(value);
    }
  }
  for (const contender of contenders) await contender.close();
  return timings;
}

/** Times an engine of the laboratory, the reading of its terms included. */
function timed(
  name: string,
  steps: number,
  engine: Engine & Disposable,
  batches: Batches,
  config: RunConfig,
): Contender {
  let step = 0;
  return {
    name,
    steps,
    async run(count) {
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        step += 1;
        engine.step(batches.training(step), settingsAt(config, step));
      }
      await engine.readTerms();
      return (performance.now() - start) / count;
    },
    close() {
      engine[Symbol.dispose]();
      engine.vae.dispose();
      return Promise.resolve();
    },
  };
}

/** The name of {@linkcode wasmContender}. */
export function wasmName(threads: number, kernels: Kernels = {}): string {
  return [
    "wasm engine",
    ...kernels.fastMath ? ["fast math"] : [],
    ...kernels.blas ? ["OpenBLAS"] : [],
    threadsLabel(threads),
  ].join(", ");
}

/** The wasm engine, once all of its threads run. */
export async function wasmContender(
  threads: number,
  steps: number,
  batches: Batches,
  config: RunConfig,
  dim: number,
  kernels: Kernels = {},
): Promise<Contender> {
  const engine = await wasmEngine(config, dim, threads, kernels);
  const name = wasmName(threads, kernels);
  return timed(name, steps, engine, batches, config);
}

/** The reference engine on the current tfjs backend. */
export function tfjsContender(
  backend: string,
  steps: number,
  batches: Batches,
  config: RunConfig,
  dim: number,
): Contender {
  const engine = new ReferenceEngine(newVae(config, dim), config);
  return timed(`tfjs ${backend}`, steps, engine, batches, config);
}
