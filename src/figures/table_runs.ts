/** Tables for scripts and notebooks. */

import { displayed } from "../notebook.ts";
import { type RunTable, tableOf, type TableRequest } from "./run_table.ts";
import { runInFolder, type SourceRun } from "./source_runs.ts";
import { TABLE_FORMATS } from "./table_text.ts";

/**
 * The means of finished runs over their seeds after the last step, as
 * `deno task table` prints them; notebooks show them as that table.
 *
 * ```ts ignore
 * const table = await tableRuns(folders, { columns: ["elbo", "kl"] });
 * console.log(table.groups.map(({ row, cells }) => [row, cells[0]?.mean]));
 * ```
 *
 * @param folders of runs; those that are not finished are left out
 * @param request what is not said is as without flags
 * @throws {UserError} none is finished, there is no such setting or quantity,
 *   runs of a row differ in more than their seed, or one is there twice
 */
export async function tableRuns(
  folders: readonly string[],
  { rows, columns = ["elbo"] }: Partial<TableRequest> = {},
): Promise<RunTable> {
  const runs: SourceRun[] = [];
  for (const folder of folders) runs.push(await runInFolder(folder));
  const table = await tableOf(runs, { rows, columns });
  return displayed(table, () => {
    const text = TABLE_FORMATS.markdown.of(table).join("\n");
    return { "text/markdown": text, "text/plain": text };
  });
}
