/** Sends the cells of a sweep that are missing, each once. */

import { UserError } from "../../errors.ts";
import { makeFolder } from "../../files.ts";
import { writeAtomically } from "../../results/files.ts";
import { lockFile } from "../../results/lock.ts";
import { type RunState, statesOf } from "../../sweep/run_state.ts";
import type { PlannedRun } from "../../sweep/runs.ts";
import { counted } from "../../text.ts";
import { chunkStart } from "../cell.ts";
import { print } from "../progress.ts";
import { shellWords } from "../task_command.ts";
import {
  arraysOf,
  type CellArray,
  cellsScript,
  gatherScript,
  rangesOf,
  type Resources,
  type Start,
} from "./batch_script.ts";
import {
  maxArraySize,
  queued,
  type QueuedJob,
  sbatch,
  sbatchArgs,
  USUAL_ARRAY_SIZE,
} from "./slurm.ts";
import {
  JOBS,
  type Sweep,
  sweepFileOf,
  sweepsIn,
  sweepText,
} from "./sweep_file.ts";

/** How cells are sent. */
export interface Sending {
  readonly start: Start;
  readonly resources: Resources;
  /** jobs that run at a time; undefined: as many as there is room for */
  readonly throttle: number | undefined;
  /** how many chunks the runs are in, each a job */
  readonly of: number;
}

/** What is to be sent of a sweep. */
export interface Plan {
  /** chunks, in order */
  readonly cells: readonly number[];
  /** runs of these that are missing */
  readonly missing: number;
  /** missing runs that share a chunk with one that is in the queue */
  readonly held: number;
}

/**
 * Which chunks to send: those with a run that is neither finished nor in the
 * queue, unless another of its runs is in the queue, as no run is sent twice.
 */
export function planOf(
  runs: readonly PlannedRun[],
  of: number,
  { finished, inQueue }: {
    readonly finished: ReadonlySet<string>;
    readonly inQueue: ReadonlySet<string>;
  },
): Plan {
  const cells: number[] = [];
  let [missing, held] = [0, 0];
  for (let cell = 0; cell < of; cell++) {
    const names = chunkOf(runs, cell, of).map(({ name }) => name);
    const left = names
      .filter((name) => !finished.has(name) && !inQueue.has(name)).length;
    if (left === 0) continue;
    if (names.some((name) => inQueue.has(name))) {
      held += left;
      continue;
    }
    cells.push(cell);
    missing += left;
  }
  return { cells, missing, held };
}

/** The runs of a chunk. */
export function chunkOf<T>(runs: readonly T[], cell: number, of: number): T[] {
  return runs.slice(chunkStart(cell, of, runs), chunkStart(cell + 1, of, runs));
}

/** The names of the runs of these sweeps that are in the queue, with jobs. */
export function runsInQueue(
  sweeps: readonly Sweep[],
  jobs: readonly QueuedJob[],
): Map<string, QueuedJob> {
  const byId = new Map(sweeps.map((sweep) => [sweep.id, sweep]));
  return new Map(jobs.flatMap((job) => {
    const sweep = byId.get(job.sweep);
    if (sweep === undefined || job.cell === undefined) return [];
    const { index, of } = job.cell;
    return chunkOf(sweep.runs, index, of)
      .map(({ name }): [string, QueuedJob] => [name, job]);
  }));
}

/** The runs that a cell would pass over. @throws {UserError} one is damaged */
async function finishedOf({ folder, runs }: Sweep): Promise<Set<string>> {
  const states = await statesOf(folder, runs);
  return new Set(states.filter(isDone).map(({ name }) => name));
}

/** Whether a cell passes over a run. */
export function isDone({ state, step, steps }: RunState): boolean {
  return state === "finished" && step === steps;
}

interface BatchFile {
  readonly path: string;
  readonly text: string;
}

function arrayFile(
  sweep: Sweep,
  array: CellArray,
  sending: Sending,
): BatchFile {
  const part = array.offset === 0 ? "" : `-${array.offset}`;
  return {
    path: `${sweep.jobs}/cells${part}.sh`,
    text: cellsScript(sweep, sending.start, { ...sending, array }),
  };
}

function gatherFile(sweep: Sweep, { start, resources }: Sending): BatchFile {
  return {
    path: `${sweep.jobs}/gather.sh`,
    text: gatherScript(sweep, start, resources),
  };
}

/** Prints the scripts, and what would send them if nothing is in the queue. */
export async function rehearse(
  sweep: Sweep,
  sending: Sending,
): Promise<void> {
  const finished = await finishedOf(sweep);
  const none = new Set<string>();
  const state = { finished, inQueue: none };
  const { cells } = planOf(sweep.runs, sending.of, state);
  const arrays = arraysOf(cells, USUAL_ARRAY_SIZE);
  const gather = gatherFile(sweep, sending);
  const files = arrays.map((array) => arrayFile(sweep, array, sending));
  const ids = files.map((_, i) => `JOB${i + 1}`);
  const lines = [
    ...files.map((
      { path },
      i,
    ) => [...sbatchArgs(afterOf(sending, ids, i)), path]),
    ...files.length === 0 ? [] : [[...sbatchArgs(ids), gather.path]],
  ].map((args) => `sbatch ${shellWords(args)}`);
  for (const { path, text } of [...files, gather]) {
    print([`# ${path}`, ...text.trimEnd().split("\n"), ""]);
  }
  print([
    ...lines,
    `# ${
      counted(sweep.runs.length, "run")
    }, ${finished.size} finished; nothing was sent`,
  ]);
}

/** Submits a script after others. @throws {UserError} it is refused */
async function sent(
  path: string,
  after: readonly string[],
  before: readonly string[],
): Promise<string> {
  try {
    return await sbatch(path, after);
  } catch (error) {
    if (!(error instanceof UserError) || before.length === 0) throw error;
    throw new UserError(
      `${error.message}; ${path} was not sent, jobs ${
        before.join(", ")
      } were: ` +
        "submit again, which sends only the rest",
    );
  }
}

/** Arrays of a throttled sweep run one after the other. */
function afterOf(
  { throttle }: Sending,
  ids: readonly string[],
  i: number,
): readonly string[] {
  return throttle === undefined || i === 0 ? [] : [ids[i - 1]!];
}

/**
 * Writes the files of a sweep and sends what is missing of it, and the job that
 * gathers. Of what other sweeps in the folder have in the queue, nothing is
 * sent again.
 *
 * @throws {UserError} Slurm is not there, or refuses; what it took before that
 *   is in the queue
 */
export async function send(
  sweep: Sweep,
  sending: Sending,
): Promise<void> {
  const { folder, jobs, runs } = sweep;
  const limit = await maxArraySize(); // first: perhaps there is no Slurm
  await makeFolder(`${jobs}/logs`);
  const lock = await lockFile(
    `${folder}/${JOBS}/.lock`,
    `${folder}/${JOBS}`,
    "use another --out DIR",
  );
  try {
    // The queue first: what leaves it meanwhile is seen in its folder.
    const queue = await queued();
    const others = (await sweepsIn(folder)).filter(({ id }) => id !== sweep.id);
    const inQueue = new Set(runsInQueue([...others, sweep], queue).keys());
    const finished = await finishedOf(sweep);
    const { cells, missing, held } = planOf(runs, sending.of, {
      finished,
      inQueue,
    });
    await writeAtomically(sweepFileOf(sweep), sweepText(sweep));
    const ids: string[] = [];
    const arrays = arraysOf(cells, limit);
    for (const [i, array] of arrays.entries()) {
      const { path, text } = arrayFile(sweep, array, sending);
      await writeAtomically(path, text);
      ids.push(await sent(path, afterOf(sending, ids, i), ids));
      const which = rangesOf(array.indices.map((at) => at + array.offset));
      print(`job ${ids.at(-1)}: cells ${which} of ${sending.of}`);
    }
    const own = queue.filter(({ sweep: id }) => id === sweep.id);
    const before = own.filter(({ cell }) => cell !== undefined)
      .map(({ job }) => job.split("_")[0]!);
    const after = [...new Set([...before, ...ids])];
    const isGathered = own.some(({ cell }) => cell === undefined);
    if (ids.length > 0 || after.length > 0 && !isGathered) {
      const { path, text } = gatherFile(sweep, sending);
      await writeAtomically(path, text);
      print(
        `job ${await sent(path, after, ids)}: summary and figures, after that`,
      );
    }
    const waiting = runs.filter(({ name }) => inQueue.has(name)).length;
    print(
      `${
        counted(runs.length, "run")
      }: ${finished.size} finished, ${waiting} in ` +
        `the queue ` +
        `before, ${missing} sent` +
        (held === 0
          ? ""
          : `, ${held} in chunks with some of these: submit again later`),
    );
    print(
      finished.size === runs.length
        ? "nothing to send; --gather writes the summary and the figures"
        : `logs are in ${jobs}/logs; deno task status ${shellWords([folder])}`,
    );
  } finally {
    await lock.remove();
  }
}
