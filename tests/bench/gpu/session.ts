/** One table: all contenders at one batch size and one L, in turn. */

import type { TrainingData } from "../../../src/data/load.ts";
import type { WebGpuDevice } from "../../../src/engine/webgpu_device.ts";
import { formatTile } from "../../../src/engine/webgpu/tiles.ts";
import type { Tile } from "../../../src/engine/webgpu/kernels/product.ts";
import { Batches } from "../../../src/train/batches.ts";
import type { RunConfig } from "../../../src/train/config.ts";
import { alternate, type Contender, tfjsContender } from "../contenders.ts";
import { shapesOf } from "../model.ts";
import { quantile } from "../report.ts";
import { fits, webGpuContender, webGpuName } from "../webgpu_contenders.ts";
import { frameworkContenders, type Pythons } from "./frameworks.ts";
import { watch } from "./watch.ts";

/** One line of a table; milliseconds are those of one step of one run. */
export interface Row {
  readonly contender: string;
  readonly shapes: string;
  readonly unit: "ms per step and run";
  readonly rounds: number;
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  /** of one step of all runs that train as one; null: not on this device */
  readonly dispatches: number | null;
  readonly submits: number | null;
  readonly uploads: number | null;
  /** milliseconds on the GPU; null where it has no timestamps */
  readonly onGpu: number | null;
}

/** What a session has to say. */
export interface Session {
  readonly shapes: string;
  readonly rows: readonly Row[];
  /** milliseconds of each dispatch of the engine's step, by itself */
  readonly kernels: readonly { label: string; milliseconds: number }[] | null;
  /** who did not take part, and why */
  readonly missing: readonly string[];
}

/** What takes part, and how often. */
export interface SessionOptions {
  readonly device: WebGpuDevice;
  /** the engine's own first */
  readonly tiles: readonly Tile[];
  /** sizes of groups of runs */
  readonly groups: readonly number[];
  readonly rounds: number;
  readonly pythons: Pythons;
}

/** About as long takes a round of a contender. */
const ROUND_MS = 300;
const MOST_STEPS = 1000;
/** Steps that are counted and timed on the GPU. */
const WATCHED_STEPS = 5;

/** Times, counts, and times on the GPU. */
export async function hold(
  data: TrainingData,
  config: RunConfig,
  { device, tiles, groups, rounds, pythons }: SessionOptions,
): Promise<Session> {
  const batches = new Batches(data, config);
  const [tile, ...otherTiles] = tiles;
  const missing: string[] = [];
  const runsOf = new Map<string, number>();
  const ours: Contender[] = [];
  for (const runs of [1, ...groups]) {
    const own = { device, tile: tile!, runs };
    if (!fits(own, config, data.dim)) {
      missing.push(`${webGpuName(runs)}: larger than the adapter's bindings`);
      continue;
    }
    ours.push(await webGpuContender(own, 1, data, config));
    runsOf.set(webGpuName(runs), runs);
  }
  for (const other of otherTiles) {
    const own = { device, tile: other, runs: 1 };
    const contender = await webGpuContender(own, 1, data, config);
    const name = `${contender.name}, tiles ${formatTile(other)}`;
    ours.push({ ...contender, name });
  }
  ours.push(tfjsContender("webgpu", 1, batches, config, data.dim));
  const theirs = await frameworkContenders(pythons, {
    ...{ batches, config, dim: data.dim },
  });
  missing.push(...theirs.missing);

  const contenders: Contender[] = [];
  for (const contender of [...ours, ...theirs.contenders]) {
    const runs = runsOf.get(contender.name) ?? 1;
    contenders.push({ ...contender, steps: await stepsOf(contender, runs) });
  }
  const works = new Map<string, Omit<Row, "median" | "fastest" | "slowest">>();
  const shapes = shapesOf(config, data.dim);
  for (const { name, run } of ours) {
    const work = await watch(device.device, () => run(WATCHED_STEPS));
    const runs = runsOf.get(name) ?? 1;
    const onGpu = work.passes?.reduce((sum, own) => sum + own.milliseconds, 0);
    works.set(name, {
      ...{ contender: name, shapes, unit: "ms per step and run", rounds },
      dispatches: work.dispatches / WATCHED_STEPS,
      submits: work.submits / WATCHED_STEPS,
      uploads: work.uploads / WATCHED_STEPS,
      onGpu: onGpu === undefined ? null : onGpu / (WATCHED_STEPS * runs),
    });
  }
  const kernels = await kernelTimes(device, ours[0]!);
  device.check();

  const timings = await alternate(contenders, rounds);
  device.check();
  const rows = [...timings].map(([contender, values]): Row => ({
    ...works.get(contender) ?? {
      ...{ contender, shapes, unit: "ms per step and run", rounds },
      ...{ dispatches: null, submits: null, uploads: null, onGpu: null },
    },
    median: quantile(values, 0.5),
    fastest: quantile(values, 0),
    slowest: quantile(values, 1),
  })).toSorted((a, b) => a.median - b.median);
  return { shapes, rows, kernels, missing };
}

/** The steps of a round, after some to warm up. */
async function stepsOf({ run }: Contender, runs: number): Promise<number> {
  await run(1);
  for (let steps = 2;; steps *= 5) {
    const time = runs * await run(steps);
    // Of few steps, what is done once for all of them is a large part.
    if (steps * time > ROUND_MS / 5 || steps >= MOST_STEPS) {
      return Math.ceil(Math.min(ROUND_MS / time, MOST_STEPS));
    }
  }
}

/** The median of each dispatch over a few steps. */
async function kernelTimes(
  { device }: WebGpuDevice,
  { run }: Contender,
): Promise<Session["kernels"]> {
  const { passes, dispatches } = await watch(
    device,
    () => run(WATCHED_STEPS),
    true,
  );
  if (passes === null) return null;
  const each = dispatches / WATCHED_STEPS;
  return passes.slice(0, each).map(({ label }, i) => ({
    label: `${i + 1} ${label}`,
    milliseconds: quantile(
      passes.filter((_, j) => j % each === i).map((own) => own.milliseconds),
      0.5,
    ),
  }));
}
