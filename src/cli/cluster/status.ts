/** `deno task status [FOLDER...]`: how far the sweeps are that submit sent. */

import { dirname } from "node:path";
import { z } from "zod";
import { UserError } from "../../errors.ts";
import { entriesOf, targetOf, unless } from "../../files.ts";
import { statesOf } from "../../sweep/run_state.ts";
import { counted, printableJson } from "../../text.ts";
import { inProject } from "../place.ts";
import { print, printReport } from "../progress.ts";
import { readTask, runTask, type Task } from "../task.ts";
import { lastLine, logsOf } from "./logs.ts";
import { isDone, runsInQueue } from "./send.ts";
import { queued, type QueuedJob } from "./slurm.ts";
import { JOBS, type Sweep, sweepsIn } from "./sweep_file.ts";

/** What is asked for. */
interface Asked {
  /** where sweeps lie */
  readonly folders: readonly string[];
  readonly json: boolean;
}

const STATUS: Task<Asked> = {
  usage: [
    "Says of each sweep that submit sent which of its runs are done, running,",
    "waiting or failed, from its folder and from Slurm's queue.",
    "",
    "Usage: deno task status [FOLDER...] [FLAGS]",
    "",
    "FOLDER is where --out led, or an experiment in it (default: results).",
  ],
  flags: { json: ["", "for programs: every run of every sweep"] },
  schema: z.object({ _: z.array(z.string()), json: z.boolean() })
    .transform(({ _: folders, json }) => ({ folders, json })),
};

/** What is said of a run; `missing`: no job was begun, and none waits. */
const STANDINGS = ["done", "running", "waiting", "failed", "missing"] as const;

/** Where a run stands. */
interface Standing {
  readonly run: string;
  readonly is: typeof STANDINGS[number];
  /** what else there is to say; "": nothing */
  readonly note: string;
}

/** @throws {UserError} no sweep was sent from there, or there is no Slurm */
export async function status(args: readonly string[]): Promise<number> {
  const task = readTask(args, STATUS);
  if (task !== null) await printStanding(task, queued);
  return 0;
}

/**
 * Prints where the runs of sweeps stand.
 *
 * @param ask what is in the queue
 * @throws {UserError} no sweep was sent from there, or it cannot be read
 */
export async function printStanding(
  { folders, json }: Asked,
  ask: () => Promise<readonly QueuedJob[]>,
): Promise<void> {
  const named = folders.length > 0 ? folders : [inProject("results")];
  const sweeps: Sweep[] = [];
  for (const folder of named) sweeps.push(...await sweepsAt(folder));
  const queue = await ask();
  const all: { sweep: Sweep; runs: Standing[] }[] = [];
  for (const sweep of sweeps) {
    all.push({ sweep, runs: await standingsOf(sweep, queue) });
  }
  if (json) {
    const values = all.map(({ sweep: { id, experiment, folder }, runs }) => ({
      ...{ id, experiment, folder, runs },
    }));
    printReport(`${printableJson(JSON.stringify(values, null, 2))}\n`);
  } else print(all.flatMap(({ sweep, runs }) => linesOf(sweep, runs)));
}

/** The sweeps of an experiment's folder, or of those in a folder. */
async function sweepsAt(folder: string): Promise<Sweep[]> {
  const here = await sweepsIn(folder);
  for (const { name } of await unless(["ENOENT"], entriesOf(folder)) ?? []) {
    const isExperiment = await targetOf(`${folder}/${name}/${JOBS}`) !== null;
    if (isExperiment) here.push(...await sweepsIn(`${folder}/${name}`));
  }
  if (here.length > 0) return here;
  throw new UserError(
    `${folder}: no sweep was sent from there; name the folder that --out named`,
  );
}

async function standingsOf(
  sweep: Sweep,
  queue: readonly QueuedJob[],
): Promise<Standing[]> {
  const jobs = runsInQueue([sweep], queue);
  const logs = await logsOf(sweep);
  const standings: Standing[] = [];
  for (const state of await statesOf(sweep.folder, sweep.runs)) {
    const { name: run, step, steps } = state;
    const job = jobs.get(run);
    const at = step > 0 ? `at step ${step} of ${steps}` : "";
    if (isDone(state)) standings.push({ run, is: "done", note: "" });
    else if (job !== undefined) {
      const note = `${at} job ${job.job} ${job.isRunning ? "" : job.reason}`;
      const is = job.isRunning ? "running" : "waiting";
      standings.push({ run, is, note: note.trim() });
    } else if (state.state === "failed") {
      standings.push({ run, is: "failed", note: state.error ?? "" });
    } else {
      const log = logs.get(run);
      const is = log === undefined ? "missing" : "failed";
      const said = log === undefined ? "" : await lastLine(log);
      standings.push({ run, is, note: `${at} ${said}`.trim() });
    }
  }
  return standings;
}

function linesOf(
  { experiment, id, folder, runs: all }: Sweep,
  runs: readonly Standing[],
): string[] {
  const counts = STANDINGS.flatMap((is) => {
    const count = runs.filter((run) => run.is === is).length;
    return count === 0 ? [] : [`${count} ${is}`];
  });
  const named = runs.filter(({ is }) => is !== "done" && is !== "waiting");
  return [
    `${experiment} ${id} in ${dirname(folder)}: ` +
    `${counted(all.length, "run")}, ` +
    counts.join(", "),
    ...named.map(({ run, is, note }) => `  ${run}  ${is} ${note}`.trimEnd()),
  ];
}

if (import.meta.main) await runTask(status);
