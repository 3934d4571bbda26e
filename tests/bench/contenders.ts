/** Who takes part in tests/bench/step.ts. */

import { ReferenceEngine } from "../../src/engine/reference.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Kernels } from "../../src/engine/wasm/module.ts";
import { WasmEngine } from "../../src/engine/wasm/wasm_engine.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { Vae } from "../../src/model/vae.ts";
import type { Batches } from "../../src/train/batches.ts";
import { vaeSpec } from "../../src/train/create_vae.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { settingsAt } from "../../src/train/loop.ts";

/** One way to train a step. */
export interface Contender {
  readonly name: string;
  /** steps in one round: slow ones do fewer */
  readonly steps: number;
  /** Trains so many steps. @returns milliseconds per step */
  run(steps: number): Promise<number>;
  close(): Promise<void>;
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

function newVae(config: RunConfig, dim: number): Vae {
  const spec = vaeSpec(config, { dim, image: null });
  return new Vae(spec, initialParameters(spec, config.seed));
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
  const vae = newVae(config, dim);
  const engine = await WasmEngine.create(vae, config, threads, kernels);
  while (engine.threads < threads) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const how = [
    "wasm engine",
    ...kernels.fastMath ? ["fast math"] : [],
    ...kernels.blas ? ["OpenBLAS"] : [],
    `${threads} thread${threads === 1 ? "" : "s"}`,
  ];
  const name = how.join(", ");
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

/** PyTorch in a process of its own, or null where it is not installed. */
export async function torchContender(
  threads: number,
  steps: number,
  batches: Batches,
  config: RunConfig,
  dim: number,
): Promise<Contender | null> {
  const python = await pythonWithTorch();
  if (python === null) return null;
  const { batchSize, samples, hidden, latentDim } = config;
  const script = new URL("./torch_step.py", import.meta.url).pathname;
  const child = new Deno.Command(python, {
    // deno-fmt-ignore
    args: [
      script, ...[batchSize, samples, dim, hidden[0]!, latentDim, threads]
        .map(String),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const drawn = Array.from({ length: 20 }, (_, i) => batches.training(i + 1).x);
  const bytes = new Uint8Array(
    await new Blob(drawn.map((x) => Float32Array.from(x))).arrayBuffer(),
  );
  const text = (line: string) => new TextEncoder().encode(`${line}\n`);
  await writer.write(text(`${bytes.length}`));
  await writer.write(bytes);
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    name: `PyTorch, ${threads} thread${threads === 1 ? "" : "s"}`,
    steps,
    async run(count) {
      await writer.write(text(`${count}`));
      let answer = "";
      while (!answer.endsWith("\n")) {
        const { value, done } = await lines.read();
        if (done) throw new Error("PyTorch's process ended");
        answer += value;
      }
      return Number(answer);
    },
    async close() {
      await writer.close();
      await lines.cancel();
      await child.status;
    },
  };
}

/** The first Python that has PyTorch. */
async function pythonWithTorch(): Promise<string | null> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", "import torch"],
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}
