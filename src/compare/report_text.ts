/** A comparison as text for a terminal. */

import type { Comparison, FolderVerdict } from "./compare_trees.ts";
import { printable } from "./printable.ts";
import {
  caution,
  changeCells,
  counts,
  type ReportRow,
  rowsOf,
} from "./report_rows.ts";
import { aligned, padded, widthsOf } from "./text_table.ts";
import { isWorse, type Verdict } from "./verdict.ts";

/** How a comparison is reported. */
export interface ReportOptions {
  /** the worst verdict that passes */
  readonly bar: Verdict;
}

/** SGR codes: green, yellow, red. */
const COLOURS: Record<ReportRow["verdict"], number> = {
  identical: 32,
  equal: 32,
  added: 33,
  "within tolerance": 33,
  "within seed spread": 33,
  removed: 31,
  different: 31,
};

const HEAD = ["FILE", "COLUMN", "VERDICT", "FIRST", "LARGEST", "AT", "FINAL"];

/** The text, with a line end. @param options.colour with SGR codes */
export function reportText(
  comparison: Comparison,
  { bar, colour = false }: ReportOptions & { colour?: boolean },
): string {
  const paint = (text: string, verdict: ReportRow["verdict"]) =>
    colour ? `\x1b[${COLOURS[verdict]}m${text}\x1b[0m` : text;
  const title = ({ path, renamedFrom, verdict }: FolderVerdict) =>
    (printable(path) || ".") +
    (renamedFrom === null ? "" : ` (was ${printable(renamedFrom)})`) +
    `  ${paint(verdict, verdict)}`;

  const folders = [...comparison.runs, ...comparison.experiments];
  const rows = folders.map((folder) =>
    folder.verdict === "identical" ? [] : rowsOf(folder)
  );
  const widths = widthsOf([HEAD, ...rows.flat().map(cells)]);
  const body = folders.flatMap((folder, i) => [
    title(folder),
    ...rows[i]!.map((row) => {
      const [file, column, verdict, ...rest] = padded(cells(row), widths);
      const painted = paint(verdict!, row.verdict);
      return `  ${[file, column, painted, ...rest].join("  ")}`.trimEnd();
    }),
  ]);
  const hasRows = rows.some((own) => own.length > 0);
  return [
    `A  ${comparison.a}`,
    `B  ${comparison.b}`,
    "",
    ...changeLines(comparison),
    ...hasRows ? [`  ${padded(HEAD, widths).join("  ").trimEnd()}`] : [],
    ...body,
    ...comparison.added.map((run) =>
      `${printable(run)}  ${paint("added", "added")}`
    ),
    ...comparison.removed.map((run) =>
      `${printable(run)}  ${paint("removed", "removed")}`
    ),
    "",
    counts(comparison),
    conclusion(comparison, bar, paint),
    "",
  ].join("\n");
}

function changeLines(comparison: Comparison): string[] {
  const { changes, runs } = comparison;
  if (runs.length === 0) return [];
  if (changes.length === 0) return ["run.json differs in times alone", ""];
  const table = changes.map((change) => {
    const [origin, field, a, b, where] = changeCells(change, runs.length);
    return [origin!, field!, `${a} -> ${b}`, where!];
  });
  const warning = caution(comparison);
  return [
    "run.json differs in",
    ...aligned(table).map((line) => `  ${line}`),
    ...warning === null ? [] : [warning],
    "",
  ];
}

function conclusion(
  { verdict }: Comparison,
  bar: Verdict,
  paint: (text: string, verdict: Verdict) => string,
): string {
  return isWorse(verdict, bar)
    ? paint(`fails: ${verdict} is worse than ${bar}`, "different")
    : paint(`passes: nothing is worse than ${bar}`, "identical");
}

function cells(row: ReportRow): string[] {
  const { file, column, verdict, first, largest, at, final } = row;
  return [file, column, verdict, first, largest, at, final];
}
