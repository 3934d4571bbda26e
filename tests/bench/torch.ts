/** PyTorch's part in tests/bench/step.ts, in processes of its own. */

import type { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import type { Contender } from "./contenders.ts";
import { THREADS, threadsLabel } from "./model.ts";

/** Drawn once: making a batch is no part of PyTorch's time. */
const BATCHES = 20;

/**
 * PyTorch, with each number of threads of its own and of OpenBLAS: which is
 * fastest depends on the machine. None where it is not installed.
 */
export async function torchContenders(
  steps: number,
  batches: Batches,
  config: RunConfig,
  dim: number,
): Promise<Contender[]> {
  const python = await pythonWith("torch");
  if (python === null) return [];
  const contenders: Contender[] = [];
  for (const threads of THREADS) {
    for (const blasThreads of THREADS) {
      contenders.push(
        await torchContender(python, { threads, blasThreads }, {
          ...{ steps, batches, config, dim },
        }),
      );
    }
  }
  return contenders;
}

async function torchContender(
  python: string,
  { threads, blasThreads }: { threads: number; blasThreads: number },
  { steps, batches, config, dim }: {
    steps: number;
    batches: Batches;
    config: RunConfig;
    dim: number;
  },
): Promise<Contender> {
  const { batchSize, samples, hidden, latentDim } = config;
  const script = new URL("./torch_step.py", import.meta.url).pathname;
  const child = new Deno.Command(python, {
    // deno-fmt-ignore
    args: [
      script, ...[batchSize, samples, dim, hidden[0]!, latentDim, threads]
        .map(String),
    ],
    env: { OPENBLAS_NUM_THREADS: `${blasThreads}` },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const bytes = await new Blob(
    Array.from(
      { length: BATCHES },
      (_, i) => Float32Array.from(batches.training(i + 1).x),
    ),
  ).bytes();
  const text = (line: string) => new TextEncoder().encode(`${line}\n`);
  await writer.write(text(`${bytes.length}`));
  await writer.write(bytes);
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    name: `PyTorch, ${threadsLabel(threads)}, OpenBLAS ${blasThreads}`,
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

/** The first Python that has such a module; null where none has. */
export async function pythonWith(module: string): Promise<string | null> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", `import ${module}`],
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}
