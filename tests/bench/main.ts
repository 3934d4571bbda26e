/**
 * A program: how fast the engines train, against PyTorch, tfjs and jax-js, and
 * what else the wasm engine's speed depends on. PyTorch takes part where it is installed
 * (Debian: python3-torch and libopenblas0-pthread).
 *
 *     deno task bench [--json | --markdown] [--only PART,...] [--rounds N]
 *         [--samples 1,5,25,50] [--backend wasm] [--no-jax] [--data-dir DIR]
 *
 * Parts: step, gpu, cells, logging, start, memory. `gpu` is the WebGPU adapter,
 * where there is one: see tests/bench/gpu/ for more of it. `--backend` is that
 * of tfjs in `step`: wasm, webgpu or cpu. With `--data-dir` the data are MNIST, else glyphs.
 */

import { parseArgs } from "node:util";
import { BACKENDS } from "../../src/engine/backend.ts";
import { timeAdapter } from "./adapter.ts";
import { timeCells } from "./cells.ts";
import { wasmName } from "./contenders.ts";
import { timeLogging } from "./logging.ts";
import { measureMemory } from "./memory.ts";
import { configOf, dataOf, shapesOf } from "./model.ts";
import {
  type Figure,
  medianOf,
  printFigures,
  printLine,
  printTimings,
} from "./report.ts";
import { timeStarts } from "./start.ts";
import { comparisons, costOfDraws, timeSteps } from "./step.ts";

const PARTS = ["step", "gpu", "cells", "logging", "start", "memory"] as const;

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    "json": { type: "boolean", default: false },
    "markdown": { type: "boolean", default: false },
    "only": { type: "string", default: PARTS.join(",") },
    "rounds": { type: "string", default: "15" },
    "samples": { type: "string", default: "1,5,25,50" },
    "backend": { type: "string", default: "wasm" },
    "jax": { type: "boolean", default: true },
    "data-dir": { type: "string" },
  },
});
const format = flags.json ? "json" : flags.markdown ? "markdown" : "text";
const rounds = Number(flags.rounds);
const dataDir = flags["data-dir"];
const parts = flags.only.split(",");
const backend = BACKENDS.find((name) => name === flags.backend);
const unknown = parts.find((part) => !PARTS.some((name) => name === part));
if (unknown !== undefined || backend === undefined || !(rounds >= 1)) {
  console.error(
    "usage: deno task bench [--json | --markdown] [--only " +
      `${PARTS.join(",")}] [--rounds N] [--samples 1,5,25,50] ` +
      `[--backend ${BACKENDS.join("|")}] [--no-jax] [--data-dir DIR]`,
  );
  Deno.exit(2);
}

/** The processor's name, where the system tells. */
async function processor(): Promise<string> {
  try {
    const text = await Deno.readTextFile("/proc/cpuinfo");
    return /^model name\s*: (.*)$/m.exec(text)?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

const data = await dataOf(dataDir);
const cores = navigator.hardwareConcurrency;
printLine(
  "machine",
  `${cores} cores of ${await processor()}, ${Deno.build.os}, ` +
    `Deno ${Deno.version.deno}, data: ${data.name}`,
  format,
);

const figures: Figure[] = [];
if (parts.includes("step")) {
  const medians = new Map<number, number>();
  for (const samples of flags.samples.split(",").map(Number)) {
    const { shapes, timings } = await timeSteps(data, {
      ...{ samples, rounds, backend, withJax: flags.jax },
    });
    printTimings(shapes, timings, format);
    medians.set(samples, medianOf(timings, wasmName(cores)));
    if (samples === 1) figures.push(...comparisons(shapes, timings));
  }
  const shapes = shapesOf(configOf({ samples: 25 }), data.dim);
  figures.push(...costOfDraws(medians, shapes));
}
if (parts.includes("gpu")) {
  const timed = await timeAdapter(data, rounds, flags.jax);
  if (timed === null) {
    printLine("adapter", "no WebGPU adapter on this machine", format);
  } else {
    printLine("adapter", timed.adapter, format);
    printTimings(timed.shapes, timed.timings, format);
    figures.push(...timed.figures);
  }
}
for (
  const [part, time] of [["cells", timeCells], [
    "logging",
    timeLogging,
  ]] as const
) {
  if (!parts.includes(part)) continue;
  const { shapes, timings, figures: more } = await time(data, rounds);
  printTimings(shapes, timings, format);
  figures.push(...more);
}
if (parts.includes("start")) {
  figures.push(...await timeStarts(dataDir, Math.min(rounds, 5)));
}
if (parts.includes("memory")) figures.push(...await measureMemory());
if (figures.length > 0) printFigures(figures, format);
// jax-js keeps its threads, which would keep the program.
Deno.exit();
