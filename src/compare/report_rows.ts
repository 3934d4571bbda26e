/** What a report says of a comparison, as the rows of a table. */

import { printable, short } from "./printable.ts";
import type { Comparison, FolderVerdict } from "./compare_trees.ts";
import type { FileVerdict, LoneRows } from "./compare_tables.ts";
import type { Change } from "./provenance.ts";
import {
  type ColumnVerdict,
  type Deviation,
  type Verdict,
  VERDICTS,
} from "./verdict.ts";

/** One row; all texts are printable, and empty where there is nothing. */
export interface ReportRow {
  /** name of the file */
  readonly file: string;
  /** name of the column, or how many columns or rows */
  readonly column: string;
  /** on these */
  readonly verdict: Verdict | "added" | "removed";
  /** key of the first row that is outside, else of the first not equal */
  readonly first: string;
  /** the largest deviation */
  readonly largest: string;
  /** the key of its row */
  readonly at: string;
  /** the deviation of the last row */
  readonly final: string;
}

const EMPTY = { first: "", largest: "", at: "", final: "" };

/** What is said of a run, or of an experiment's summary. */
export function rowsOf(folder: FolderVerdict): ReportRow[] {
  return [
    ...folder.files.flatMap(rowsOfFile),
    ...lone(folder.addedFiles, "added"),
    ...lone(folder.removedFiles, "removed"),
  ];
}

function lone(files: readonly string[], verdict: "added" | "removed") {
  return files.map((file) => ({ ...EMPTY, file, column: "all", verdict }));
}

function rowsOfFile(verdict: FileVerdict): ReportRow[] {
  const file = printable(verdict.file);
  const same = verdict.columns.filter((c) => c.verdict === "identical");
  const others = verdict.columns.filter((c) => c.verdict !== "identical");
  const row = (
    column: string,
    what: ReportRow["verdict"],
    rest: Partial<ReportRow> = {},
  ): ReportRow => ({ ...EMPTY, ...rest, file, column, verdict: what });
  const loneRows = (rows: LoneRows | null, what: "added" | "removed") =>
    rows === null ? [] : [
      row(rows.count === 1 ? "1 row" : `${rows.count} rows`, what, {
        first: key(rows.first),
      }),
    ];
  return [
    ...others.map((column) =>
      row(printable(column.name), column.verdict, deviations(column))
    ),
    ...verdict.addedColumns.map((name) => row(printable(name), "added")),
    ...verdict.removedColumns.map((name) => row(printable(name), "removed")),
    ...loneRows(verdict.addedRows, "added"),
    ...loneRows(verdict.removedRows, "removed"),
    ...same.length > 0 || verdict.verdict === "identical"
      ? [row(others.length > 0 ? `${same.length} more` : "all", "identical")]
      : [],
  ];
}

function deviations(column: ColumnVerdict) {
  const { firstOutside, firstUnequal, largest, final } = column;
  if (largest === null) return {};
  return {
    first: key((firstOutside ?? firstUnequal)?.key ?? ""),
    largest: size(largest),
    at: key(largest.key),
    final: final === null ? "" : size(final),
  };
}

function key(value: number | string): string {
  return printable(String(value));
}

/** The size, or the values themselves where it has none. */
function size({ a, b, size }: Deviation): string {
  return size < Infinity ? short(size) : printable(`${a} -> ${b}`);
}

/** A change of run.json as cells: origin, field, A, B, runs. */
export function changeCells(
  { origin, field, a, b, runs }: Change,
  compared: number,
): string[] {
  return [
    origin,
    printable(field),
    clipped(a),
    clipped(b),
    runs.length === compared
      ? "all runs"
      : runs.length === 1
      ? printable(runs[0]!)
      : `${runs.length} of ${compared} runs`,
  ];
}

/** Hashes and adapters are told apart by their beginnings. */
function clipped(json: string | undefined): string {
  if (json === undefined) return "(none)";
  const text = printable(json.replace(/^"(.*)"$/, "$1"));
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}

/** A warning where other things than the code may have moved the numbers. */
export function caution({ changes }: Comparison): string | null {
  const origins = new Set(changes.map(({ origin }) => origin));
  const causes = (["config", "data", "machine", "software"] as const)
    .filter((origin) => origins.has(origin));
  if (causes.length === 0) return null;
  const list = causes.join(" and ").replaceAll(/ and (?=.* and )/g, ", ");
  return `A and B differ in ${list}: ` +
    "what differs below need not come from the code.";
}

/** How many runs have which verdict. */
export function counts({ runs, added, removed }: Comparison): string {
  const numbers = [
    ...VERDICTS.map((verdict) =>
      [
        runs.filter((run) => run.verdict === verdict).length,
        verdict,
      ] as const
    ),
    [added.length, "added"] as const,
    [removed.length, "removed"] as const,
    [runs.filter((run) => run.renamedFrom !== null).length, "renamed"] as const,
  ];
  const total = runs.length + added.length + removed.length;
  return `${total} ${total === 1 ? "run" : "runs"}: ` +
    numbers.filter(([count]) => count > 0)
      .map(([count, what]) => `${count} ${what}`).join(", ");
}
