/** The evaluations of a run, read back. */

import { readCsv, type TextRow } from "../results/csv_table.ts";
import { EVAL_COLUMNS } from "../results/run_folder.ts";

/**
 * The rows of a run's eval.csv, as texts by column; none where the run failed
 * before its first evaluation.
 */
export async function readEvaluations(
  folder: string,
): Promise<TextRow[]> {
  try {
    return await readCsv(`${folder}/eval.csv`, EVAL_COLUMNS);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
