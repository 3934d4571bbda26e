/** A comparison as text for a terminal, as Markdown, and as JSON. */

import { UserError } from "../errors.ts";
import { isWorse, VERDICTS } from "./compare_columns.ts";
import type { ColumnVerdict, Deviation, Verdict } from "./compare_columns.ts";
import type { FileVerdict, LoneRows } from "./compare_tables.ts";
import type { Change } from "./runs.ts";
import {
  aligned,
  code,
  escaped,
  markdownTable,
  padded,
  printable,
  printableJson,
  short,
  widthsOf,
} from "../text.ts";
import type { Comparison, FolderVerdict } from "./compare_trees.ts";

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
  removed: 31,
  different: 31,
  unreadable: 31,
};

/** What {@linkcode cells} has. */
export const HEAD: readonly string[] = [
  "FILE",
  "COLUMN",
  "VERDICT",
  "FIRST",
  "LARGEST",
  "AT",
  "FINAL",
];

/** The text, with a line end. @param options.colour with SGR codes */
export function reportText(
  comparison: Comparison,
  { bar, colour = false }: ReportOptions & { colour?: boolean },
): string {
  const paint = (text: string, verdict: ReportRow["verdict"]) =>
    colour ? `\x1b[${COLOURS[verdict]}m${text}\x1b[0m` : text;
  const title = (folder: FolderVerdict) =>
    (printable(folder.path) || ".") +
    (folder.renamedFrom === null
      ? ""
      : ` (was ${printable(folder.renamedFrom)})`) +
    `  ${paint(folder.verdict, folder.verdict)}${without(folder)}`;

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
    ...changeLines(comparison.changes, comparison.runs.length),
    ...hasRows ? [`  ${padded(HEAD, widths).join("  ").trimEnd()}`] : [],
    ...body,
    ...comparison.added.map((run) =>
      `${printable(run)}  ${paint("added", "added")}`
    ),
    ...comparison.removed.map((run) =>
      `${printable(run)}  ${paint("removed", "removed")}`
    ),
    "",
    ...comparison.unreadable.map((why) => paint(why, "unreadable")),
    counts(comparison),
    conclusion(comparison, bar, paint),
    "",
  ].join("\n");
}

/** What differs in the run.json of the compared runs, and an empty line. */
export function changeLines(
  changes: readonly Change[],
  compared: number,
): string[] {
  if (compared === 0) return [];
  if (changes.length === 0) return ["run.json differs in times alone", ""];
  const table = changes.map((change) => {
    const [origin, field, a, b, where] = changeCells(change, compared);
    return [origin!, field!, `${a} -> ${b}`, where!];
  });
  const warning = caution(changes);
  return [
    "run.json differs in",
    ...aligned(table).map((line) => `  ${line}`),
    ...warning === null ? [] : [warning],
    "",
  ];
}

function conclusion(
  { verdict, unreadable: { length } }: Comparison,
  bar: Verdict,
  paint: (text: string, verdict: Verdict) => string,
): string {
  if (length > 0) {
    const files = length === 1 ? "1 file is" : `${length} files are`;
    return paint(`no verdict: ${files} unreadable`, "unreadable");
  }
  return isWorse(verdict, bar)
    ? paint(`fails: ${verdict} is worse than ${bar}`, "different")
    : paint(`passes: nothing is worse than ${bar}`, "identical");
}

/** The texts of a row. */
export function cells(row: ReportRow): string[] {
  const { file, column, verdict, first, largest, at, final } = row;
  return [file, column, verdict, first, largest, at, final];
}

/** Names the files of all steps that neither side has. */
function without({ missingFiles }: FolderVerdict): string {
  return missingFiles.length === 0
    ? ""
    : `, without ${missingFiles.join(" and ")} in A and B`;
}

/**
 * The error that files were unreadable, with the first of them; null: none
 * was.
 */
export function unreadableError(
  { unreadable: [first, ...others] }: Pick<Comparison, "unreadable">,
): UserError | null {
  if (first === undefined) return null;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  return new UserError(
    `${first}${more}; run it again, or choose other runs with --run`,
  );
}

/** The text, with a line end. */
export function reportMarkdown(
  comparison: Comparison,
  { bar }: ReportOptions,
): string {
  const { runs, experiments, changes, added, removed } = comparison;
  const rows = [...runs, ...experiments].flatMap((folder) => {
    const { path, renamedFrom, verdict } = folder;
    const name = code(path || ".") +
      (renamedFrom === null ? "" : ` (was ${code(renamedFrom)})`);
    return verdict === "identical"
      ? [[name, "all", "all", verdict + without(folder), "", "", "", ""]]
      : rowsOf(folder).map((row) => [name, ...cells(row).map(escaped)]);
  });
  const lone = (paths: readonly string[], verdict: string) =>
    paths.map((path) => [code(path), "all", "all", verdict, "", "", "", ""]);
  const passes = !isWorse(comparison.verdict, bar);
  return [
    `**${passes ? "passes" : "fails"}**: ${comparison.verdict}. ` +
    `A is ${code(comparison.a)}, B is ${code(comparison.b)}. ` +
    `${counts(comparison)}.`,
    "",
    ...changeMarkdown(changes, runs.length),
    ...comparison.unreadable.flatMap((why) => [escaped(why), ""]),
    ...markdownTable(
      ["run", "file", "column", "verdict", "first", "largest", "at", "final"],
      [...rows, ...lone(added, "added"), ...lone(removed, "removed")],
    ),
    "",
  ].join("\n");
}

/**
 * The text, with a line end. Numbers that JSON has not, such as NaN, are
 * texts; a missing field of run.json is null. A file of identical bytes lists
 * no columns.
 */
export function reportJson(
  { changes, ...rest }: Comparison,
  { bar }: ReportOptions,
): string {
  return toJson({
    passes: !isWorse(rest.verdict, bar),
    bar,
    ...rest,
    runJson: changesJson(changes),
  });
}

/** The changes with values in place of JSON. */
export function changesJson(changes: readonly Change[]): unknown[] {
  return changes.map(({ a, b, ...change }) => ({
    ...change,
    a: a === undefined ? null : JSON.parse(a),
    b: b === undefined ? null : JSON.parse(b),
  }));
}

/** JSON with texts for the numbers that it has not. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_, inner: unknown) =>
      typeof inner === "number" && !Number.isFinite(inner)
        ? String(inner)
        : inner,
    2,
  );
  return `${printableJson(text)}\n`;
}

/** One row; all texts are printable, and empty where there is nothing. */
export interface ReportRow {
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
  if (verdict.verdict === "unreadable") {
    return [{ ...EMPTY, file, column: "all", verdict: "unreadable" }];
  }
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
function changeCells(
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

/** {@linkcode changeLines} in Markdown. */
export function changeMarkdown(
  changes: readonly Change[],
  compared: number,
): string[] {
  if (changes.length === 0) return [];
  const warning = caution(changes);
  return [
    ...markdownTable(
      ["run.json", "field", "A", "B", "in"],
      changes.map((change) => {
        const [origin, field, a, b, where] = changeCells(change, compared);
        return [origin!, code(field!), code(a!), code(b!), escaped(where!)];
      }),
    ),
    "",
    ...warning === null ? [] : [warning, ""],
  ];
}

/** A warning where other things than the code may have moved the numbers. */
function caution(changes: readonly Change[]): string | null {
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
