/** How far the runs of a sweep are, as their folders say. */

import { isDeepStrictEqual } from "node:util";
import { checkpointSteps } from "../results/checkpoint.ts";
import { readRunJson } from "../results/run_json.ts";
import { isFolder, partialOf } from "../results/run_place.ts";
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
  /** optimiser updates in all */
  readonly steps: number;
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
  const begun = (await checkpointSteps(partialOf(path))).at(-1);
  if (begun !== undefined) {
    return { name, state: "partial", step: begun, steps, error: null };
  }
  const run = await readRunJson(path);
  if (run === null) {
    const state = await isFolder(path) ? "taken" : "new";
    return { name, state, step: 0, steps, error: null };
  }
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
  if (!isDeepStrictEqual(plain(run.config), plain(config))) {
    return { name, state: "taken", step: 0, steps, error: null };
  }
  if (run.status !== "finished") {
    return { name, state: "failed", step: 0, steps, error: run.error };
  }
  const isPassed = (await checkpointSteps(path)).includes(steps);
  const step = isPassed ? steps : 0;
  return { name, state: "finished", step, steps, error: null };
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
