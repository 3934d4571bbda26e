/** `--list`: the runs of a command, how far each is, and what they will take. */

import { entriesOf, unless } from "../files.ts";
import { type RunState, statesOf } from "../sweep/run_state.ts";
import { shorterRuns } from "../sweep/shorter_runs.ts";
import { estimates, type Timed, timesIn } from "../sweep/step_times.ts";
import { aligned, counted } from "../text.ts";
import { runsBeside } from "./cell.ts";
import { inProject } from "./place.ts";
import { formatDuration, print, say } from "./progress.ts";
import type { Request } from "./request.ts";

/** A run, as programs get it. */
interface Listed extends RunState {
  /** the finished run whose steps it has; null: it goes on from none */
  readonly from: string | null;
  /** that it is about to take; null: nothing like it was timed */
  readonly seconds: number | null;
}

/**
 * Prints a line for each run, or one JSON value; writes nothing.
 *
 * @param folder of the experiment
 * @throws {UserError} the record of a run is damaged
 */
export async function listRuns(
  request: Request,
  experiment: string,
  folder: string,
  asJson: boolean,
): Promise<void> {
  const times = await timesFor(request, experiment);
  const secondsFrom = estimates(times);
  const states = await statesOf(folder, request.runs);
  const stored = await runsBeside(request, folder);
  const begun = await shorterRuns(folder, request.runs, stored);
  const runs = states.map((state, i): Listed => {
    const { config } = request.runs[i]!;
    const begins = request.fresh ? undefined : begun.get(state.name);
    const shorter = begins?.why === null ? begins : undefined;
    const step = request.fresh ? 0 : shorter?.step ?? state.step;
    const from = shorter?.name ?? null;
    const steps = shorter?.isEnd ? step : state.steps;
    // What evaluates is left where the training is not.
    const isLeft = state.state !== "taken" &&
      (step < steps || from !== null || state.state === "partial");
    const seconds = isLeft ? secondsFrom(step, { ...config, steps }) : 0;
    return { ...state, step, steps, from, seconds };
  });
  const jobs = Math.min(request.jobs ?? usualJobs(times), runs.length);
  const total = runs.reduce<number | null>(
    (sum, { seconds }) =>
      sum === null || seconds === null ? null : sum + seconds,
    0,
  );
  const all = total === null ? null : total / jobs;
  if (asJson) {
    const listed = runs.map((run, i) => ({
      ...run,
      config: request.runs[i]!.config,
    }));
    return print(
      JSON.stringify({ experiment, folder, runs: listed, jobs, seconds: all }),
    );
  }
  print(aligned(runs.map((run) => [run.name, beginText(run), timeText(run)])));
  if (!request.quiet) say(totalText(runs, jobs, all, times[0]?.isHere ?? true));
}

/** How far a run is, for people. */
export function stateText(
  { state, step, steps, kept, error }: RunState,
): string {
  const texts: Record<RunState["state"], string> = {
    finished: "finished" +
      (kept === null ? "" : `, with the state of step ${kept} of ${steps}`) +
      (step < steps ? ", without its checkpoint" : ""),
    partial: `partial at step ${step} of ${steps}`,
    failed: `failed: ${error}`,
    new: "new",
    taken: "its folder holds something else",
  };
  return texts[state];
}

function beginText(run: Listed): string {
  return run.from === null
    ? stateText(run)
    : `new, from step ${run.step} of ${run.from}` +
      (run.step === run.steps ? ", where it ends" : "");
}

function timeText({ seconds }: Listed): string {
  if (seconds === null) return "time not known";
  return seconds === 0 ? "" : `about ${formatDuration(1000 * seconds)}`;
}

function totalText(
  runs: readonly Listed[],
  jobs: number,
  seconds: number | null,
  isHere: boolean,
): string {
  const counts = Map.groupBy(runs, ({ state }) => state);
  const states = [...counts]
    .map(([state, { length }]) => `${length} ${state}`).join(", ");
  const time = seconds === null
    ? "; the time is not known, as nothing like them was timed here"
    : seconds === 0
    ? ""
    : `; about ${formatDuration(1000 * seconds)} in all` +
      (jobs === 1 ? "" : `, ${jobs} at a time`) +
      (isHere ? "" : ", by the times of another machine");
  return `${counted(runs.length, "run")}: ${states}${time}`;
}

/**
 * The times of runs of this experiment, in its folder or the project's results,
 * or else of others: those made on this machine before what git keeps, and of
 * that those of the engine that every machine has.
 */
async function timesFor(
  { out, engine, backend }: Request,
  experiment: string,
): Promise<Timed[]> {
  const fits = (timed: Timed) =>
    (engine === "auto" || timed.engine === engine) &&
    (backend === "auto" || timed.backend === backend);
  const places = [...new Set([out, inProject("results")])];
  const own = places.map((place) => `${place}/${experiment}`);
  const times = (await all(own)).filter(fits);
  const others = times.some(({ isHere }) => isHere)
    ? []
    : (await all(await foldersIn(places))).filter(fits);
  const preferred = [
    times.filter(({ isHere }) => isHere),
    others.filter(({ isHere }) => isHere),
    times.filter(({ engine }) => engine === "wasm"),
    others.filter(({ engine }) => engine === "wasm"),
    times,
  ];
  return preferred.find(({ length }) => length > 0) ?? others;
}

async function foldersIn(places: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const place of places) {
    const entries = await unless(["ENOENT", "ENOTDIR"], entriesOf(place)) ?? [];
    const folders = entries.filter(({ isDirectory }) => isDirectory);
    all.push(...folders.map(({ name }) => `${place}/${name}`));
  }
  return all;
}

async function all(folders: readonly string[]): Promise<Timed[]> {
  return (await Promise.all(folders.map(timesIn))).flat();
}

/** Runs at a time where no flag says it, if they train as others did. */
function usualJobs(times: readonly Timed[]): number {
  return times[0]?.backend === "webgpu" ? 1 : navigator.hardwareConcurrency;
}
