/** The runs of a command, one after the other or side by side. */

import type { TrainingData } from "../data/load.ts";
import { shareDatasets } from "../data/shared.ts";
import type { Backend } from "../engine/backend.ts";
import { MOST_THREADS } from "../engine/wasm/layout.ts";
import {
  hasWideOperations,
  prefersWideTiles,
  V8_FLAGS,
} from "../engine/wasm/wide.ts";
import type { Slot } from "../engine/webgpu/group.ts";
import { variable } from "../environment.ts";
import { UserError } from "../errors.ts";
import { isFinished } from "../results/run_folder.ts";
import { readRunJson } from "../results/run_json.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import { deriveFromRuns } from "../sweep/stored_runs.ts";
import { writeSummary } from "../sweep/summary.ts";
import { ownPartsOf } from "../train/parts.ts";
import { batchesOf, slotsOf } from "./batch_runs.ts";
import { downloadProgress, say } from "./progress.ts";
import type { Request } from "./request.ts";
import type { Session, TrainRun } from "./session.ts";
import { type Interrupt, notAtOnce } from "./signals.ts";
import { SweepProgress } from "./sweep_progress.ts";
import { RunWorker } from "./worker.ts";

/** @throws {UserError} a finished run was trained on other data */
async function requireSameData(
  path: string,
  { sha256 }: TrainingData,
): Promise<void> {
  if ((await readRunJson(path))?.data.sha256 === sha256) return;
  throw new UserError(
    `${path} was trained on other data; train it again with --fresh, or use ` +
      "another --out DIR",
  );
}

/**
 * The cores that this process may use. Slurm without a plugin for tasks says in
 * a variable alone how many a job was given.
 */
function cores(): number {
  const given = variable("SLURM_CPUS_PER_TASK");
  const all = navigator.hardwareConcurrency;
  return given && /^[1-9]\d{0,5}$/.test(given)
    ? Math.min(Number(given), all)
    : all;
}

/** Runs at a time: without --jobs one for each core, on a GPU one. */
export function jobsOf({ jobs, runs }: Request, { name }: Backend): number {
  const suitable = name === "webgpu" ? 1 : cores();
  return Math.min(jobs ?? suitable, runs.length);
}

/** Threads for each of so many runs that train at once. */
export function threadsOf(jobs: number): number {
  const share = Math.floor(cores() / jobs);
  return Math.min(Math.max(share, 1), MOST_THREADS);
}

/** One line on what the wasm engine runs on, so many runs at a time. */
export function threadsNotice(jobs: number): string {
  const threads = threadsOf(jobs);
  return `engine: wasm on ${threads} thread${threads === 1 ? "" : "s"}` +
    (jobs === 1 ? "" : " for each run") + ", the same bits on every machine" +
    (hasWideOperations() && !prefersWideTiles()
      ? `; twice as fast with DENO_V8_FLAGS=${V8_FLAGS.join(",")} set`
      : "");
}

/**
 * Trains the runs: one batch at a time in this thread, more in workers. A crash
 * ends the worker that it is in, and another takes its place; in this thread it
 * ends the command. A mistake of the user stops all runs.
 *
 * @returns how many failed
 * @throws {UserError} the first mistake, when all runs have stopped
 */
export async function trainAll(
  train: TrainRun,
  session: Session,
  backend: Backend,
  interrupt: Interrupt,
): Promise<number> {
  const { folder, engines, jobs, request } = session;
  const { runs, fresh, quiet, dataDir, data } = request;
  const stop = new AbortController();
  const signal = AbortSignal.any([interrupt.signal, stop.signal]);
  const onProgress = quiet ? undefined : downloadProgress();
  const files = { dataDir, data, onProgress, signal };
  const shared = shareDatasets(files);
  const source = { ...files, shared };

  using all = new SweepProgress(runs, { quiet });
  const waiting = batchesOf(runs, engines, request, backend).values();
  const errors: unknown[] = [];
  let failures = 0;

  async function isLeft({ name, config }: PlannedRun) {
    const path = `${folder}/${name}`;
    const by = { engine: engines.get(name)!, backend: backend.name };
    if (fresh || !await isFinished(path, by)) return true;
    // What a script's data set makes may depend on files that it reads.
    const isMade = ownPartsOf(config).some(({ kind }) => kind === "data set");
    if (isMade) await requireSameData(path, await shared(config));
    return false;
  }

  async function trainOne(
    plan: PlannedRun,
    worker: RunWorker | null,
    slot: Slot | undefined,
  ): Promise<void> {
    using _slot = slot ?? null;
    using progress = all.start(plan);
    const status = worker === null
      ? await train(plan, session, {
        ...{ backend, slot, source, signal, progress, say },
        // Others of its batch may be open.
        atOnce: slot === undefined ? interrupt.atOnce : notAtOnce,
      })
      : await worker.train(plan, progress);
    if (status === "failed" || status === "crashed") failures += 1;
    if (request.cell !== undefined) return; // the summary is not its own
    await deriveFromRuns(folder, (runs) => writeSummary(folder, runs));
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
      for (const plan of batch) {
        if (await isLeft(plan)) left.push(plan);
        else all.pass(plan);
      }
      const slots = slotsOf(left, engines, backend);
      await Promise.all(
        left.map((plan, i) => stopAtError(trainOne(plan, worker, slots[i]))),
      );
    }
  }

  await Promise.all(
    Array.from({ length: jobs }, () => stopAtError(work())),
  );
  if (errors.length > 0) throw errors[0];
  return failures;
}
