/** What is made of all runs of an experiment: its summary and figures. */

import { isFolder, partialOf } from "../results/run_place.ts";
import { drawFigures } from "../sweep/figures.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import {
  deriveFromRuns,
  ofSetups,
  type StoredRun,
} from "../sweep/stored_runs.ts";
import { writeSummary } from "../sweep/summary.ts";
import { say } from "./progress.ts";
import type { Request } from "./request.ts";

/** What the figures of an experiment depend on beside its runs. */
export interface FigureRules {
  /** one line for `--help` */
  readonly shows: string;
  /**
   * the setting along the x axis of the figure of the ELBO's terms, such as
   * `latent` or `batch-size`; no figures of learning curves and terms if absent
   */
  readonly axis?: string;
  /** Draws figures of its own, when all runs are done. */
  readonly figures?: (
    folder: string,
    runs: readonly PlannedRun[],
  ) => Promise<void>;
}

/**
 * Writes the summary of the runs that are in an experiment's folder, and the
 * figures of the planned ones and those like them.
 *
 * @returns the planned runs that are there, finished or failed, by their names
 */
export async function deriveResults(
  { axis, shows, figures }: FigureRules,
  folder: string,
  { runs: planned, swept }: Pick<Request, "runs" | "swept">,
): Promise<ReadonlyMap<string, StoredRun>> {
  const asked = new Set(planned.map(({ name }) => name));
  let there: StoredRun[] = [];
  await deriveFromRuns(folder, async (runs) => {
    await writeSummary(folder, runs);
    there = runs.filter(({ name }) => asked.has(name));
    if (there.length === 0) return;
    const drawn = ofSetups(runs, planned, swept);
    if (axis !== undefined) await drawFigures(folder, shows, axis, drawn);
    await figures?.(folder, drawn);
  });
  return new Map(there.map((run) => [run.name, run]));
}

/** Names the planned runs that are not finished. @returns how many they are */
export async function nameMissing(
  folder: string,
  planned: readonly PlannedRun[],
  there: ReadonlyMap<string, StoredRun>,
): Promise<number> {
  let missing = 0;
  for (const { name } of planned) {
    const run = there.get(name)?.json;
    if (run?.status === "finished") continue;
    missing += 1;
    const isBegun = await isFolder(partialOf(`${folder}/${name}`));
    say(
      `${name} ${
        run === undefined
          ? isBegun ? "is not finished" : "is missing"
          : `${run.status}: ${run.error}`
      }`,
    );
  }
  return missing;
}
