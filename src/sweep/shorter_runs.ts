/** Finished runs that longer ones begin with. */

import { targetOf } from "../files.ts";
import { checkpointSteps } from "../results/checkpoint.ts";
import { partialOf } from "../results/run_place.ts";
import type { RunConfig } from "../train/config.ts";
import { beginningOf, kindOf } from "../train/longer.ts";
import type { PlannedRun } from "./runs.ts";
import type { StoredRun } from "./stored_runs.ts";

/** A finished run that has the first steps of a planned one. */
export interface Shorter {
  readonly name: string;
  readonly folder: string;
  readonly config: RunConfig;
  /** why the planned run does not go on from it; null: it can */
  readonly why: string | null;
}

/** What a run needs to be gone on from and has not; null: it has all. */
async function missingFrom(
  { folder, config: { steps } }: StoredRun,
): Promise<string | null> {
  const files = ["train.csv", "eval.csv", `checkpoint-${steps}.safetensors`];
  for (const file of files) {
    if (await targetOf(`${folder}/${file}`) === null) {
      return `it has no ${file}`;
    }
  }
  return null;
}

/**
 * For planned runs that are to start at their beginning, by name: the longest
 * finished run of the same config and fewer steps; or, where no such run can be
 * gone on from, the longest with the reason.
 *
 * @param folder of the experiment
 */
export async function shorterRuns(
  folder: string,
  planned: readonly PlannedRun[],
  stored: readonly StoredRun[],
): Promise<Map<string, Shorter>> {
  const names = new Set(stored.map(({ name }) => name));
  const finished = Map.groupBy(
    stored.filter(({ json }) => json.status === "finished")
      .toSorted((p, q) => q.config.steps - p.config.steps),
    ({ config }) => kindOf(config),
  );
  const found = new Map<string, Shorter>();
  for (const { name, config } of planned) {
    if (names.has(name)) continue;
    const partial = partialOf(`${folder}/${name}`);
    if ((await checkpointSteps(partial)).length > 0) continue;
    for (const run of finished.get(kindOf(config)) ?? []) {
      const beginning = beginningOf(config, run.config);
      if (beginning.kind === "other") continue;
      const why = beginning.kind === "differs"
        ? beginning.why
        : await missingFrom(run);
      const known = found.get(name);
      if (known === undefined || why === null) {
        found.set(name, {
          name: run.name,
          folder: run.folder,
          config: run.config,
          why,
        });
      }
      if (why === null) break;
    }
  }
  return found;
}
