/** Contenders that are Python programs, in processes of their own. */

import type { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import type { Contender } from "./contenders.ts";

/** Drawn once: making a batch is no part of their time. */
const BATCHES = 20;

/** A program that speaks as tests/bench/torch_step.py says. */
export interface PythonProgram {
  readonly python: string;
  /** its text */
  readonly script: string;
  /** of the CPU; 0: on a GPU, where it can */
  readonly threads: number;
  readonly mode: string;
  readonly env?: Record<string, string>;
}

/**
 * Starts a program and gives it its minibatches.
 *
 * @returns the contender, by the name that the program gives itself; or why
 *   it cannot take part
 */
export async function pythonContender(
  { python, script, threads, mode, env = {} }: PythonProgram,
  steps: number,
  { batches, config, dim }: {
    batches: Batches;
    config: RunConfig;
    dim: number;
  },
): Promise<Contender | { readonly missing: string }> {
  const { batchSize, samples, hidden, latentDim } = config;
  const child = new Deno.Command(python, {
    // deno-fmt-ignore
    args: [
      "-c", script,
      ...[batchSize, samples, dim, hidden[0]!, latentDim, threads].map(String),
      mode,
    ],
    env,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  async function answer(): Promise<string> {
    let text = "";
    while (!text.endsWith("\n")) {
      const { value, done } = await lines.read();
      if (done) throw new Error(`${mode} of ${python} ended: see its errors`);
      text += value;
    }
    return text;
  }
  async function close(): Promise<void> {
    await writer.close();
    await lines.cancel();
    await child.status;
  }
  const bytes = await new Blob(
    Array.from(
      { length: BATCHES },
      (_, i) => Float32Array.from(batches.training(i + 1).x),
    ),
  ).bytes();
  const encoder = new TextEncoder();
  try {
    await writer.write(encoder.encode(`${bytes.length}\n`));
    await writer.write(bytes);
  } catch {
    // It has ended: it says why, or else its answer fails.
  }
  const first = await answer().catch(({ message }: Error) =>
    JSON.stringify({ name: python, missing: message })
  );
  const { name, missing }: { name: string; missing?: string } = JSON.parse(
    first,
  );
  if (missing !== undefined) {
    await lines.cancel();
    await child.status;
    return { missing: `${name}: ${missing}` };
  }
  return {
    name,
    steps,
    async run(count) {
      await writer.write(encoder.encode(`${count}\n`));
      return Number(await answer());
    },
    close,
  };
}

/** The first Python that has such a module; null where none has. */
export async function pythonWith(
  module: string,
  pythons: readonly string[] = ["python3", "/usr/bin/python3"],
): Promise<string | null> {
  for (const python of pythons) {
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
