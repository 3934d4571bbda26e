/** PyTorch and JAX as contenders: Python programs, in processes of their own. */

import { Batches } from "../../src/train/batches.ts";
import { THREADS, threadsLabel } from "./engines.ts";
import script from "./frameworks.py" with { type: "text" };
import type { Contender, Time, Trainer } from "./harness.ts";
import type { Training } from "./training.ts";
import { pythonWith } from "../python.ts";

/** Drawn once: making a batch is no part of their time. */
const BATCHES = 20;

const FRAMEWORKS = {
  torch: {
    name: "PyTorch",
    modes: ["eager", "compiled", "graph", "compiled-graph"],
  },
  jax: { name: "JAX", modes: ["eager", "compiled"] },
} as const;

type Framework = keyof typeof FRAMEWORKS;

/** Their Pythons, by module; undefined: that of the system which has it. */
export type Pythons = Readonly<Record<Framework, string | undefined>>;

/** Every mode of both, on a GPU where they have one. */
export async function gpuFrameworks(
  pythons: Pythons,
  training: Training,
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const module of ["torch", "jax"] as const) {
    const python = await pythonWith(module, pythons[module]);
    const { name, modes } = FRAMEWORKS[module];
    contenders.push(
      ...python === null
        ? [absent(name, module, pythons[module])]
        : modes.map((mode): Contender => ({
          name: `${name}, ${mode}`,
          open: () => open({ python, module, mode, threads: 0 }, training),
        })),
    );
  }
  return contenders;
}

/**
 * PyTorch on the CPU, with each number of threads of its own and of OpenBLAS:
 * which is fastest depends on the machine.
 */
export async function cpuTorch(
  given: string | undefined,
  training: Training,
): Promise<Contender[]> {
  const python = await pythonWith("torch", given);
  if (python === null) return [absent("PyTorch", "torch", given)];
  return THREADS.flatMap((threads) =>
    THREADS.map((blas): Contender => {
      const name = `PyTorch, ${threadsLabel(threads)}, OpenBLAS ${blas}`;
      const env = { OPENBLAS_NUM_THREADS: `${blas}` };
      const program: Program = {
        ...{ python, module: "torch", mode: "eager", threads, env },
      };
      return {
        name,
        open: async () => ({ ...await open(program, training), name }),
      };
    })
  );
}

/** A row that says why there is no other. */
function absent(name: string, module: string, python = "python3"): Contender {
  const why = `no ${python} here has the module ${module}`;
  return { name, open: () => Promise.reject(new Error(why)) };
}

/** How tests/bench/frameworks.py, which says more, is started. */
interface Program {
  readonly python: string;
  readonly module: Framework;
  readonly mode: string;
  readonly threads: number;
  readonly env?: Record<string, string>;
}

/** Starts the program and gives it its minibatches. */
async function open(
  { python, module, mode, threads, env = {} }: Program,
  { data, config }: Training,
): Promise<Trainer> {
  const { batchSize, samples, hidden, latentDim } = config;
  const sizes = [batchSize, samples, data.dim, hidden[0]!, latentDim, threads];
  const child = new Deno.Command(python, {
    args: ["-c", script, module, mode, ...sizes.map(String)],
    ...{ env, stdin: "piped", stdout: "piped" },
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  async function close(): Promise<void> {
    // It may have ended by itself.
    await writer.close().catch(() => {});
    await lines.cancel();
    await child.status;
  }
  /** Sends something and reads a line. */
  async function ask(sent: Blob): Promise<{ name?: string } & Time> {
    let text = "";
    try {
      await writer.write(await sent.bytes());
      while (!text.endsWith("\n")) {
        const { value, done } = await lines.read();
        if (done) throw new Error("it ended: see its errors above");
        text += value;
      }
      const answer = JSON.parse(text);
      if ("missing" in answer) throw new Error(answer.missing);
      return answer;
    } catch (error) {
      await close();
      throw error;
    }
  }
  const batches = new Batches(data, config);
  const pixels = new Blob(Array.from(
    { length: BATCHES },
    (_, i) => Float32Array.from(batches.training(i + 1).x),
  ));
  const { name } = await ask(new Blob([`${pixels.size}\n`, pixels]));
  return {
    ...name === undefined ? {} : { name },
    time: (steps) => ask(new Blob([`${steps}\n`])),
    close,
  };
}
