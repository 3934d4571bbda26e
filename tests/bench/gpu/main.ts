/**
 * A program: how fast the webgpu engine trains on this machine's adapter,
 * against tfjs ops on it, and against PyTorch and JAX where there are, in one
 * session. It is one file that runs wherever Deno and a Vulkan loader are,
 * without the sources, the network or data (which it draws: glyphs). Here:
 *
 *     deno bundle -o gpu_bench.js tests/bench/gpu/main.ts
 *
 * and there, with that file and a Deno binary alone:
 *
 *     deno run -A gpu_bench.js --out results.md
 *
 * First it checks the engine: terms of the first steps against tfjs ops on the
 * CPU, and a run of a group against that run alone. What fails ends it, with
 * exit code 1, as does a machine without an adapter. Then, for every batch size
 * and L, all contenders take turns. Flags:
 *
 *     --batch 100,128 --samples 1,25    the tables
 *     --runs 8,32,128                   runs that train as one
 *     --tiles 8x1/8x4,...               tiles beside those that the engine takes
 *     --rounds 15                       of about 0.3 s; medians are of them
 *     --check-steps 20                  at L = 1; of more draws fewer, 3 at least
 *     --torch PYTHON --jax PYTHON       instead of python3
 *     --quick                           few of all that, for software adapters
 *     --out FILE                        writes what it prints, table by table
 *
 * The model is 784-400-20 (tanh, Adam, Bernoulli, float32). Ours gather their
 * minibatches, and draw pixels and noise, in the time that is taken; PyTorch
 * and JAX draw noise and are given minibatches that lie on their device. All
 * read the terms of every step, in blocks.
 *
 * Tried: llvmpipe; PyTorch 1.13 and JAX 0.10 on the CPU; an NVIDIA H200 with
 * PyTorch 2.11, where it ended in the mode `graph`, whose losses were not finite,
 * for a reason not known. Ticks of timestamp queries are taken for nanoseconds,
 * which they are on llvmpipe and on NVIDIA's GPUs.
 */

import { parseArgs } from "node:util";
import { findAdapter, openWebGpu } from "../../../src/engine/webgpu_device.ts";
import {
  formatTile,
  parseTile,
  tileFor,
} from "../../../src/engine/webgpu/tiles.ts";
import { configOf, dataOf } from "../model.ts";
import type { Figure } from "../report.ts";
import { checkGroup, checkTerms, termsOnCpu } from "./agreement.ts";
import { comparisons, reportLines } from "./report.ts";
import { hold, type Session } from "./session.ts";

const FULL = {
  ...{ "batch": "100,128", "samples": "1,25", "runs": "8,32,128" },
  ...{ "rounds": "15", "check-steps": "20" },
};
const QUICK: typeof FULL = {
  ...{ "batch": "128", "samples": "1", "runs": "8" },
  ...{ "rounds": "3", "check-steps": "5" },
};

const { values: given } = parseArgs({
  options: {
    "batch": { type: "string" },
    "samples": { type: "string" },
    "runs": { type: "string" },
    "tiles": { type: "string" },
    "rounds": { type: "string" },
    "check-steps": { type: "string" },
    "torch": { type: "string" },
    "jax": { type: "string" },
    "quick": { type: "boolean", default: false },
    "out": { type: "string" },
  },
});
const flags = { ...given.quick ? QUICK : FULL, ...given };

/** Ends the program. */
function fail(message: string): never {
  console.error(message);
  Deno.exit(1);
}

function numbers(flag: keyof typeof FULL): number[] {
  const values = flags[flag]!.split(",").map(Number);
  if (values.every((value) => Number.isInteger(value) && value >= 1)) {
    return values;
  }
  fail(`--${flag} ${flags[flag]}: whole numbers from 1 on, as ${FULL[flag]}`);
}

const [rounds, checkSteps] = [
  numbers("rounds")[0]!,
  numbers("check-steps")[0]!,
];
const [sizes, draws, groups] = [
  numbers("batch"),
  numbers("samples"),
  numbers("runs"),
];
const moreTiles = (flags.tiles?.split(",") ?? []).map((text) =>
  parseTile(text) ?? fail(`--tiles ${text}: ROWSxFOURS/ACROSSxDOWN`)
);

const found = await findAdapter();
if (found === null) fail("no WebGPU adapter on this machine");
const data = await dataOf(undefined);
const configs = sizes.flatMap((batchSize) =>
  draws.map((samples) => configOf({ batchSize, samples }))
);

// Checks: on the CPU first, as tfjs has one backend at a time.
const checked = configs.slice(0, draws.length);
const expected = [];
for (const config of checked) {
  // Three at least: the first has no update before it.
  const steps = Math.max(3, Math.ceil(checkSteps / config.samples));
  expected.push(await termsOnCpu(data, config, steps));
}
const device = await openWebGpu(
  found.adapter,
  found.description,
);
const tile = tileFor(device.adapter);
const figures: Figure[] = [];
for (const [i, config] of checked.entries()) {
  const own = { device, tile };
  figures.push(await checkTerms(own, data, config, expected[i]!));
}
figures.push(
  await checkGroup(
    { device, tile, runs: groups[0]! },
    ...[data, checked[0]!, checkSteps] as const,
  ),
);
device.check();

// Times. What there is is written after every table, in case time runs out.
const { description, api } = device.adapter;
const machine = `${description} over ${api}, ` +
  `${navigator.hardwareConcurrency} CPU cores, ${Deno.build.os}, ` +
  `Deno ${Deno.version.deno}, tiles ${formatTile(tile)}`;
const sessions: Session[] = [];
let text = "";
for (const config of configs) {
  const session = await hold(data, config, {
    ...{ device, tiles: [tile, ...moreTiles], groups, rounds },
    pythons: { torch: flags.torch, jax: flags.jax },
  });
  sessions.push(session);
  figures.push(...comparisons(session));
  const report = { adapter: description, machine, figures, sessions };
  text = reportLines(report).join("\n");
  if (flags.out !== undefined) await Deno.writeTextFile(flags.out, `${text}\n`);
}
console.log(text);
Deno.exit();
