/** The runs of a command, one after the other or side by side. */

import type { DatasetSource } from "../data/load.ts";
import { shareDatasets } from "../data/shared.ts";
import type { Backend } from "../engine/backend.ts";
import type { EngineDescription } from "../engine/open_engine.ts";
import { MOST_THREADS } from "../engine/wasm/layout.ts";
import type { Place } from "../engine/webgpu/group.ts";
import type { Source } from "../results/provenance.ts";
import { isFinished } from "../results/run_folder.ts";
import type { RunJson } from "../results/run_json.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import { writeSummary } from "../sweep/summary.ts";
import { batchesOf, placesOf } from "./batch_runs.ts";
import type { Request } from "./config.ts";
import {
  downloadProgress,
  type Progress,
  say,
  startProgress,
} from "./progress.ts";
import { RunWorker } from "./worker.ts";

/** What the runs of one command share: data alone, for a worker gets a copy. */
export interface Session {
  readonly request: Request;
  /** of the experiment, with a folder for each run */
  readonly folder: string;
  readonly backend: Backend["name"];
  /** what trains each run, by its name */
  readonly engines: ReadonlyMap<string, EngineDescription>;
  /** runs at a time */
  readonly jobs: number;
  readonly revision: Source;
  readonly versions: RunJson["versions"];
  readonly lockSha256: RunJson["lockSha256"];
}

/** What a run is trained with, in whatever thread. */
export interface Means {
  readonly backend: Backend;
  readonly source: DatasetSource;
  /** the run's among those that train together; absent: it is alone */
  readonly place?: Place | undefined;
  /** aborts when the run is to end early */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Writes a line to stderr. */
  readonly say: (line: string) => void;
}

/**
 * Trains one run and says how it ended.
 *
 * @throws {UserError} the user has something to mend, and no run can go on
 */
export type TrainRun = (
  plan: PlannedRun,
  session: Session,
  means: Means,
) => Promise<RunJson["status"]>;

/** Runs at a time: a core each where nobody says, but one on a GPU. */
export function jobsOf({ jobs, runs }: Request, { name }: Backend): number {
  const suitable = name === "webgpu" ? 1 : navigator.hardwareConcurrency;
  return Math.min(jobs ?? suitable, runs.length);
}

/** Threads that each of so many runs has for itself. */
export function threadsOf(jobs: number): number {
  const share = Math.floor(navigator.hardwareConcurrency / jobs);
  return Math.min(Math.max(share, 1), MOST_THREADS);
}

/**
 * Trains the runs: one batch at a time in this thread, more in workers. A crash
 * ends the worker that it is in, and another takes its place; in this thread it
 * ends the command. A mistake of the user's stops all runs.
 *
 * @returns how many failed
 * @throws {UserError} the first mistake, when all runs have stopped
 */
export async function trainAll(
  train: TrainRun,
  session: Session,
  backend: Backend,
  interrupt: AbortSignal,
): Promise<number> {
  const { folder, engines, jobs, request } = session;
  const { runs, fresh, quiet, dataDir } = request;
  const stop = new AbortController();
  const signal = AbortSignal.any([interrupt, stop.signal]);
  const onProgress = quiet ? undefined : downloadProgress();
  const files = { dataDir, onProgress };
  const shared = shareDatasets(files);
  const source = { ...files, shared };

  const waiting = batchesOf(runs, engines, request, backend).values();
  const errors: unknown[] = [];
  let failures = 0;
  let summary = Promise.resolve();

  async function isLeft({ name, config: { steps } }: PlannedRun) {
    const by = { engine: engines.get(name)!, backend: backend.name };
    if (fresh || !await isFinished(`${folder}/${name}`, steps, by)) return true;
    if (!quiet) say(`${name}  finished before; --fresh runs it again`);
    return false;
  }

  async function trainOne(
    plan: PlannedRun,
    worker: RunWorker | null,
    place: Place | undefined,
  ): Promise<void> {
    using _place = place ?? null;
    using progress = startProgress(plan.name, plan.config.steps, { quiet });
    const status = worker === null
      ? await train(plan, session, {
        ...{ backend, place, source, signal, progress, say },
      })
      : await worker.train(plan, progress);
    if (status === "failed" || status === "crashed") failures += 1;
    // Two runs may end at once, and the file is one.
    summary = summary.then(() => writeSummary(folder));
    await summary;
  }

  async function stopAtError(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      errors.push(error);
      stop.abort();
    }
  }

  async function work(): Promise<void> {
    using worker = jobs > 1 ? new RunWorker(session, shared, signal) : null;
    for (const batch of waiting) {
      if (signal.aborted) return;
      const left: PlannedRun[] = [];
      for (const plan of batch) if (await isLeft(plan)) left.push(plan);
      const places = placesOf(left, engines, backend);
      await Promise.all(
        left.map((plan, i) => stopAtError(trainOne(plan, worker, places[i]))),
      );
    }
  }

  await Promise.all(
    Array.from({ length: jobs }, () => stopAtError(work())),
  );
  if (errors.length > 0) throw errors[0];
  return failures;
}
