/** Published numbers beside those of the runs of a report. */

import { basename, dirname } from "node:path";
import type { SourceRun } from "../../../figures/source_runs.ts";
import { cellsOf, COLUMNS } from "../../../published/report.ts";
import { PUBLISHED } from "../../../published/sections.ts";
import type { PublishedNumbers } from "./record.ts";

/**
 * What papers print of the experiments of the runs, where the runs reach it.
 *
 * @param runs finished ones; those of a revision are passed over
 * @throws {UserError} a run is damaged, or of another version
 */
export async function publishedOf(
  runs: readonly SourceRun[],
): Promise<PublishedNumbers[]> {
  const found: PublishedNumbers[] = [];
  const here = runs.filter(({ revision }) => revision === "");
  const folders = Map.groupBy(here, ({ path }) => dirname(path));
  for (const [folder, own] of folders) {
    const { experiment } = own[0]!;
    const section = PUBLISHED.find((one) => one.experiment === experiment);
    if (section === undefined) continue;
    const names = new Set(own.map(({ path }) => basename(path)));
    const numbers = await section.compare({ folder, names });
    if (numbers.length === 0) continue;
    found.push({
      experiment,
      source: section.source,
      columns: COLUMNS,
      rows: numbers.map(cellsOf),
    });
  }
  return found;
}
