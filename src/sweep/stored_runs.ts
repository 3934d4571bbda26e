/** The runs in an experiment's folder, read back. */

import { readRunJson, type RunJson } from "../results/run_json.ts";
import { runNames } from "../results/run_place.ts";
import type { RunConfig } from "../train/config.ts";
import { configOf } from "./finished_run.ts";
import type { PlannedRun } from "./runs.ts";
import { allSettings, inOrder, settingsOf } from "../train/settings.ts";

/** A run that took its place, finished or failed. */
export interface StoredRun extends PlannedRun {
  readonly folder: string;
  readonly json: RunJson;
}

/**
 * The runs in an experiment's folder, in the order of their names, those of
 * earlier commands too; none where there is no folder yet.
 *
 * @throws {UserError} a run is damaged, or of another version
 */
export async function storedRuns(experiment: string): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const name of await runNames(experiment)) {
    const folder = `${experiment}/${name}`;
    const json = await readRunJson(folder);
    if (json === null) continue;
    runs.push({ name, folder, json, config: configOf(folder, json) });
  }
  return runs;
}

/**
 * Makes files from the runs in an experiment's folder, and makes them again
 * until no other process has added a run meanwhile: so the last of several
 * processes to write a file knows the runs of all of them.
 */
export async function deriveFromRuns(
  experiment: string,
  derive: (runs: StoredRun[]) => Promise<void>,
): Promise<void> {
  let known: string | undefined;
  for (;;) {
    const runs = await storedRuns(experiment);
    const state = JSON.stringify(runs.map(({ name, json }) => [name, json]));
    if (state === known) return;
    known = state;
    await derive(runs);
  }
}

/**
 * The runs of the set-ups of planned ones, whatever is swept, in the order of
 * the swept values.
 *
 * @param swept flags of what is swept, beside those that take lists
 */
export function ofSetups(
  runs: readonly StoredRun[],
  planned: readonly PlannedRun[],
  swept: readonly string[] = [],
): StoredRun[] {
  const lists = [...allSettings().values()].filter(({ isSwept }) => isSwept);
  const all = new Set([...swept, ...lists.map(({ flag }) => flag)]);
  const setupOf = (config: RunConfig) =>
    JSON.stringify([...settingsOf(config)].filter(([flag]) => !all.has(flag)));
  const setups = new Set(planned.map(({ config }) => setupOf(config)));
  return inOrder(runs.filter(({ config }) => setups.has(setupOf(config))));
}
