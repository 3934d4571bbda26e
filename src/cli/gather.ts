/** What is made of all runs of an experiment: its summary and figures. */

import { drawFigures } from "../figures/sweep_figures.ts";
import type { PlannedRun } from "../sweep/runs.ts";
import { deriveFromRuns, ofSetups } from "../sweep/stored_runs.ts";
import { statesOf } from "../sweep/run_state.ts";
import { writeSummary } from "../sweep/summary.ts";
import { stateText } from "./list.ts";
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
 * @returns the names of the planned runs that are there, finished or failed
 */
export async function deriveResults(
  { axis, shows, figures }: FigureRules,
  folder: string,
  { runs: planned, swept }: Pick<Request, "runs" | "swept">,
): Promise<ReadonlySet<string>> {
  const asked = new Set(planned.map(({ name }) => name));
  let there = new Set<string>();
  await deriveFromRuns(folder, async (runs) => {
    await writeSummary(folder, runs);
    there = new Set(runs.map(({ name }) => name)).intersection(asked);
    if (there.size === 0) return;
    const drawn = ofSetups(runs, planned, swept);
    if (axis !== undefined) {
      await drawFigures(folder, { title: shows, axis, swept }, drawn);
    }
    await figures?.(folder, drawn);
  });
  return there;
}

/** Names the planned runs that are not finished. @returns how many they are */
export async function nameMissing(
  folder: string,
  planned: readonly PlannedRun[],
): Promise<number> {
  const missing = (await statesOf(folder, planned))
    .filter(({ state }) => state !== "finished");
  for (const run of missing) {
    say(`${run.name}  ${run.state === "new" ? "is missing" : stateText(run)}`);
  }
  return missing.length;
}
