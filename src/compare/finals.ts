/** What a run ended with: the values that a test over seeds compares. */

import {
  cellNumber,
  keptIndex,
  parseLastRow,
  type Table,
} from "../results/csv_table.ts";
import type { RunJson } from "../results/run_json.ts";
import { testedColumn } from "./column_tests.ts";
import { globMatcher } from "./names.ts";
import { isEvaluation, parseStored, type ResultsTree } from "./tree.ts";

/** Which columns are wanted. */
export interface FinalsOptions {
  /** patterns of columns; none: those of the table of tested columns */
  readonly columns?: readonly string[];
  /** patterns of columns that are left out */
  readonly ignore?: readonly string[];
  /** where the run ended: see `RunJson` */
  readonly ended?: RunJson["ended"] | undefined;
}

/** Final values by the name of their column. */
export type Finals = ReadonlyMap<string, number>;

/**
 * The final values of a run: the row of eval.csv that is of its model, the last
 * one unless its record says which, and the quantities of evaluations as
 * `nll (evaluation-k100-n500)`.
 *
 * @throws {UserError} a file is damaged
 */
export async function finalsOf(
  tree: ResultsTree,
  run: string,
  { columns = [], ignore = [], ended }: FinalsOptions,
): Promise<Finals> {
  const [named, ignored] = [columns, ignore].map((patterns) => {
    const matchers = patterns.map(globMatcher);
    return (name: string) => matchers.some((matches) => matches(name));
  });
  const finals = new Map<string, number>();
  for (const [file, stored] of tree.runs.get(run) ?? []) {
    const kind = file === "eval.csv"
      ? "eval.csv"
      : isEvaluation(file) && !file.endsWith("-units.csv")
      ? "evaluations"
      : null;
    if (kind === null) continue;
    const bytes = await stored.read();
    const values = kind === "eval.csv"
      ? ended === undefined
        ? keptRow(parseLastRow(bytes, stored.where), {})
        : keptRow(parseStored(stored, bytes), { ended })
      : quantities(parseStored(stored, bytes));
    for (const [name, value] of values) {
      const isWanted = columns.length > 0
        ? named!(name)
        : testedColumn(name).testedIn === kind;
      if (!isWanted || ignored!(name)) continue;
      const of = kind === "eval.csv" ? "" : ` (${file.replace(/\.csv$/, "")})`;
      finals.set(name + of, value);
    }
  }
  return finals;
}

/** The quantity in the name that {@linkcode finalsOf} gives a column. */
export function quantityOf(column: string): string {
  return column.replace(/ \(.*\)$/, "");
}

/** Columns that say where a row is, and not what was found. */
const PLACES = ["step", "samples_seen"];

function keptRow(
  table: Table,
  run: Pick<RunJson, "ended">,
): [string, number][] {
  const { columns, rows } = table;
  const kept = keptIndex(table, run);
  const row = kept < 0 ? rows - 1 : kept;
  return [...columns.values()].flatMap((column): [string, number][] => {
    const value = rows === 0 ? undefined : cellNumber(column, row);
    return value === undefined || PLACES.includes(column.name)
      ? []
      : [[column.name, value]];
  });
}

function quantities({ columns, rows }: Table): [string, number][] {
  const [names, values] = [columns.get("quantity"), columns.get("value")];
  if (names === undefined || values === undefined) return [];
  return Array.from(
    { length: rows },
    (_, row) => [names.texts[row]!, values.numbers[row]!],
  );
}
