/** Runs that the webgpu engine trains in the same dispatches. */

import type { Backend } from "../engine/backend.ts";
import type { EngineDescription } from "../engine/open_engine.ts";
import type { Slot } from "../engine/webgpu/group.ts";
import { mostRuns, openGroup } from "../engine/webgpu/capacity.ts";
import { tileOf } from "../engine/webgpu/tiles.ts";
import { UserError } from "../errors.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import type { Request } from "./request.ts";
import { largestSpec } from "./rules.ts";

export type BatchRequest = Pick<Request, "batchRuns" | "jobs">;

/**
 * The runs in batches of those that share all but the latent dimension, the
 * seed and when they are evaluated, and their kernels' tiles; runs of other
 * engines alone. A GPU that a CPU plays gains nothing by it, so there each is
 * alone unless --batch-runs says otherwise.
 *
 * @throws {UserError} the runs are to train side by side in workers, too, or
 *   no engine of theirs can train several at once
 */
export function batchesOf(
  runs: readonly PlannedRun[],
  engines: ReadonlyMap<string, EngineDescription>,
  { batchRuns, jobs = 1 }: BatchRequest,
  backend: Backend,
): PlannedRun[][] {
  const asked = batchRuns ?? 1;
  if (asked > 1 && jobs > 1) {
    throw new UserError(
      `--batch-runs ${asked}: these runs share a thread; omit --jobs`,
    );
  }
  const can = ({ name }: PlannedRun) => engines.get(name)!.name === "webgpu";
  if (asked > 1 && !runs.some(can)) {
    throw new UserError(
      `--batch-runs ${asked}: only the webgpu engine supports it; add ` +
        "--engine webgpu",
    );
  }
  const auto = backend.adapter?.software === false && jobs === 1 ? Infinity : 1;
  const alike = Map.groupBy(
    runs,
    (run) => can(run) ? keyOf(run, engines) : run.name,
  );
  return [...alike.values()].flatMap((group) => {
    if (group.length === 1) return [group];
    const room = roomFor(group, engines, backend);
    return cut(group, Math.max(Math.min(batchRuns ?? auto, room), 1));
  });
}

/**
 * Slots of a batch's runs in a group; none where a run is alone.
 *
 * @throws {UserError} the engine lacks a part of the models
 */
export function slotsOf(
  batch: readonly PlannedRun[],
  engines: ReadonlyMap<string, EngineDescription>,
  backend: Backend,
): readonly Slot[] {
  if (batch.length < 2) return [];
  const { name, config } = batch[0]!;
  const specs = batch.map(({ config }) => largestSpec(config));
  return openGroup(engines.get(name)!, specs, config, backend);
}

/** What the runs of a batch have in common. */
function keyOf(
  { name, config }: PlannedRun,
  engines: ReadonlyMap<string, EngineDescription>,
): string {
  const { tiles } = engines.get(name)!;
  const own = { latentDim: null, seed: null, evalEvery: null };
  return JSON.stringify({ ...config, ...own, tiles });
}

function roomFor(
  group: readonly PlannedRun[],
  engines: ReadonlyMap<string, EngineDescription>,
  backend: Backend,
): number {
  const { name, config } = group.reduce((a, b) =>
    b.config.latentDim > a.config.latentDim ? b : a
  );
  const tile = tileOf(engines.get(name)!);
  return mostRuns(backend.webgpu!, largestSpec(config), config, tile);
}

function cut<T>(list: readonly T[], most: number): T[][] {
  const count = Math.ceil(list.length / most);
  return Array.from(
    { length: count },
    (_, i) => list.slice(i * most, (i + 1) * most),
  );
}
