/** How far the runs of a sweep are, as their folders say. */

import { isDeepStrictEqual } from "node:util";
import { checkpointSteps } from "../results/checkpoint.ts";
import { endOf, readRunJson } from "../results/run_json.ts";
import { isFolder, partialOf } from "../results/run_place.ts";
import { UserError } from "../errors.ts";
import type { RunConfig } from "../train/config.ts";
import { isRuled, RunEnd } from "../train/stopping.ts";
import { evaluatedOf, readEvaluations } from "./finished_run.ts";
import type { PlannedRun } from "./runs.ts";

/** How far a run is; of what follows, what a repetition of its command does. */
export type State =
  /** its results are there; passed over if its checkpoint is, too */
  | "finished"
  /** it was begun, and goes on from its newest checkpoint */
  | "partial"
  /** its training ended in an error; it is trained again */
  | "failed"
  /** nothing of it is there; it is trained */
  | "new"
  /** its place has a run of another config; the command is refused */
  | "taken";

/** How far a planned run is. */
export interface RunState {
  readonly name: string;
  readonly state: State;
  /** the step that the command goes on from; all of a run that is passed over */
  readonly step: number;
  /** optimiser updates in all, as far as they are known; see `RunEnd` */
  readonly steps: number;
  /** the step whose state is the model; null: that of the last one, or none */
  readonly kept: number | null;
  /** why it failed; null: it did not */
  readonly error: string | null;
}

/**
 * How far a planned run is.
 *
 * @param folder of the experiment
 * @throws {UserError} the record of a run is damaged
 */
export async function stateOf(
  folder: string,
  { name, config }: PlannedRun,
): Promise<RunState> {
  const path = `${folder}/${name}`;
  const { steps } = config;
  const known = { name, step: 0, steps, kept: null, error: null };
  const begun = (await checkpointSteps(partialOf(path))).at(-1);
  if (begun !== undefined) {
    const end = await endBy(begun, partialOf(path), config);
    return { ...known, state: "partial", step: begun, steps: end };
  }
  const run = await readRunJson(path);
  if (run === null) {
    const state = await isFolder(path) ? "taken" : "new";
    return { ...known, state };
  }
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
  if (!isDeepStrictEqual(plain(run.config), plain(config))) {
    return { ...known, state: "taken" };
  }
  if (run.status !== "finished") {
    return { ...known, state: "failed", error: run.error };
  }
  const end = endOf(run);
  const isPassed = (await checkpointSteps(path)).includes(end.kept);
  return {
    ...known,
    state: "finished",
    step: isPassed ? end.step : 0,
    steps: end.step,
    kept: end.kept === end.step ? null : end.kept,
  };
}

/** The last step of a run that was begun, as far as its evaluations say. */
async function endBy(
  step: number,
  partial: string,
  config: RunConfig,
): Promise<number> {
  if (!isRuled(config)) return config.steps;
  // What follows the checkpoint may be torn, and is written again.
  const rows = await readEvaluations(partial).catch((error) => {
    if (error instanceof UserError) return [];
    throw error;
  });
  const evaluated = evaluatedOf(rows, config).filter((row) => row.step <= step);
  return new RunEnd(config, evaluated).isReached ? step : config.steps;
}

/** {@linkcode stateOf} each run, in order. */
export async function statesOf(
  folder: string,
  runs: readonly PlannedRun[],
): Promise<RunState[]> {
  const states: RunState[] = [];
  for (const run of runs) states.push(await stateOf(folder, run));
  return states;
}
