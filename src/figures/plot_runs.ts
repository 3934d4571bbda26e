/** Figures for scripts. */

import type { TopLevelSpec } from "vega-lite";
import { notebookFigure } from "../plot/notebook_figure.ts";
import { figureOf } from "./figure.ts";
import { type FigureRequest, USUAL } from "./request.ts";
import { runInFolder, type SourceRun } from "./source_runs.ts";

/**
 * A figure of runs, as `deno task plot` draws it: curves during training where
 * x counts progress, values after the last step where it is a setting.
 *
 * ```ts ignore
 * const spec = await plotRuns(folders, { x: "batch_size", y: ["elbo", "kl"] });
 * await saveFigure(`${folder}/batch-size`, spec);
 * ```
 *
 * Notebooks show it.
 *
 * @param folders of runs, finished or not; failed ones are named, not drawn
 * @param request what is not said is as without flags
 * @throws {UserError} there is no such quantity or setting, or nothing to draw
 */
export async function plotRuns(
  folders: readonly string[],
  request: Partial<FigureRequest> = {},
): Promise<TopLevelSpec> {
  const runs: SourceRun[] = [];
  for (const folder of folders) runs.push(await runInFolder(folder));
  return notebookFigure(await figureOf(runs, { ...USUAL, ...request }));
}
