/**
 * A program: how fast the engines train, against PyTorch, JAX, tfjs and jax-js,
 * and what else their speed depends on.
 *
 *     deno task bench [--only PART,...] [--rounds 15] [--json | --markdown]
 *         [--data-dir DIR] [--out FILE]
 *
 * Parts, all by default:
 *
 *     step      all who train on the CPU, a table for each of --samples
 *     gpu       all who train on the WebGPU adapter, after checks of the engine
 *     host      the host's part of a step of the webgpu engine
 *     bound     L_k on the WebGPU adapter, in kernels and by tfjs ops
 *     draws     L_k on the CPU: of a test image, by one thread and by all
 *     scaling   the wasm engine by batch, latent and hidden units, and L
 *     cells     two cells of a sweep side by side
 *     logging   a row of train.csv for every step
 *     start     from the start of a process to its first step
 *     memory    what 20,000 steps keep
 *
 * In a table all contenders take turns, in rounds of about 0.3 s, on a hardware
 * GPU of 1.2 s or 2,000 steps (of 4 s, where these take longer), and a row has
 * medians over the rounds: of wall time, of CPU time (summed over threads, which
 * is steadier where others use the machine), and of the ratio of its time to
 * the first contender's of the same round. One that fails or is not installed
 * says so in its row. The model is 784-400-20 (tanh, Adam, Bernoulli, float32).
 * On the CPU a round that met cores which share no cache (a host's doing; see
 * core_distance.ts) is taken again, thirty times at most of a contender; those
 * that met them all the same are counted as far. Ours draw minibatches, pixels
 * and noise in the time that is taken; PyTorch and JAX are given minibatches on
 * their device. All read the terms of every step. Flags of `step` and `gpu`:
 *
 *     --samples 1,5,25,50       draws L; gpu: 1
 *     --batch 128               batch sizes, of gpu
 *     --backend wasm            of tfjs in step: wasm, webgpu or cpu
 *     --torch PYTHON --jax PYTHON   instead of python3 (Debian has the packages
 *                               python3-torch and libopenblas0-pthread)
 *     --no-jax                  without jax-js
 *     --runs 8                  webgpu runs that train as one, also of host
 *     --tiles 8x1/8x4,...       tiles beside those that the webgpu engine takes
 *     --check-steps 5           steps of the webgpu engine's checks
 *     --k 5000 --images 100     of bound; --k of draws, too
 *     --full                    for a large GPU: --batch 100,128 --samples 1,25
 *                               --runs 8,32,128 --check-steps 20
 *
 * With `--data-dir` the data are MNIST, else glyphs. `--out` writes everything
 * to a Markdown file as it comes, JSON lines at its end, as in results/bench/.
 *
 * One file brings `--only gpu` to any machine that has a Vulkan loader and the
 * Deno binary, without sources, network or data:
 *
 *     deno bundle -o bench.js tests/bench/main.ts
 *     deno run -A bench.js --only gpu --full --out results.md
 *
 * Ticks of timestamp queries are taken for nanoseconds, which they are on
 * llvmpipe and on NVIDIA's GPUs.
 */

import { formatTile, tileFor } from "../../src/engine/webgpu/tiles.ts";
import { findAdapter } from "../../src/engine/webgpu_device.ts";
import { timeBound } from "./bound.ts";
import { timeCells } from "./cells.ts";
import { timeDraws } from "./draws.ts";
import { timeGpu } from "./gpu.ts";
import { timeHost } from "./host.ts";
import { timeLogging } from "./logging.ts";
import { measureMemory } from "./memory.ts";
import { type Options, readOptions, type Request } from "./options.ts";
import { type Entry, Report } from "./report.ts";
import { timeStarts } from "./start.ts";
import { timeScaling } from "./scaling.ts";
import { timeSteps } from "./step.ts";

const PARTS: Record<string, (options: Options) => AsyncGenerator<Entry>> = {
  step: timeSteps,
  gpu: timeGpu,
  host: timeHost,
  bound: timeBound,
  draws: timeDraws,
  scaling: timeScaling,
  cells: timeCells,
  logging: timeLogging,
  start: timeStarts,
  memory: measureMemory,
};

/** What the times are of. */
async function machine({ data }: Request): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const name = /^model name\s*: (.*)$/m.exec(info)?.[1] ?? Deno.build.arch;
  const adapter = (await findAdapter())?.description;
  return [
    `${navigator.hardwareConcurrency} cores of ${name}`,
    adapter === undefined
      ? "no WebGPU adapter"
      : `${adapter.description} over ${adapter.api}, tiles ${
        formatTile(tileFor(adapter))
      }`,
    ...[Deno.build.os, `Deno ${Deno.version.deno}`, `data: ${data.name}`],
  ].join(", ");
}

const request = await readOptions(Deno.args, Object.keys(PARTS))
  .catch(({ message }: Error) => {
    console.error(message);
    Deno.exit(2);
  });
const report = new Report(await machine(request), request.format, request.out);
let exitCode = 0;
for (const part of request.parts) {
  try {
    for await (const entry of PARTS[part]!(request)) await report.add(entry);
  } catch (error) {
    // The other parts go on.
    console.error(`${part}: ${error instanceof Error ? error.message : error}`);
    exitCode = 1;
  }
}
report.end();
// jax-js keeps its threads, which would keep the program.
Deno.exit(exitCode);
