/** The final value of one column, commit by commit. */

import { z } from "zod";
import { UserError } from "../errors.ts";
import { experimentOf, globMatcher, inOrder, nameOf, someOf } from "./names.ts";
import { toJson } from "./report.ts";
import { commitsOf, type Git, type GitChange } from "../git.ts";
import { keptIndex, parseLastRow, parseTable } from "../results/csv_table.ts";
import { endedSchema, type RunJson } from "../results/run_json.ts";
import { aligned, escaped, markdownTable, printable, short } from "../text.ts";

export interface HistoryOptions {
  /** where the history ends */
  readonly revision: string;
  /** folder of the results in the repository */
  readonly results: string;
  readonly experiment: string;
  /** of eval.csv, or else of train.csv */
  readonly column: string;
  /** pattern of the names of runs */
  readonly run?: string | undefined;
}

/** A run's final value as of one commit. */
export interface HistoryRow {
  readonly commit: string;
  /** of the commit: YYYY-MM-DD */
  readonly date: string;
  readonly subject: string;
  readonly run: string;
  /** of the row of the model; null where the run was removed, or cannot be read */
  readonly step: string | null;
  /** as it stands in the file; null as above */
  readonly value: string | null;
  /** value minus the one before; null where there is none */
  readonly change: number | null;
  /** why there is no value */
  readonly note: "removed" | "damaged" | null;
}

/** In the order in which the column is looked for. */
const FILES = ["eval.csv", "train.csv"];

/** The record, which says where a run ended. */
const RECORD = "run.json";

const recordSchema = z.looseObject({ ended: endedSchema.exactOptional() });

/**
 * The final value of a column after each commit that touched the file that
 * has it, oldest commit first.
 *
 * @throws {UserError} no commit has such a value
 */
export async function historyOf(
  git: Git,
  options: HistoryOptions,
): Promise<HistoryRow[]> {
  const { revision, experiment, column, run = "*" } = options;
  const folder = `${options.results}/${experiment}`;
  const commits = await commitsOf(git, await git.resolve(revision), folder);
  const matches = globMatcher(run);
  const rows: HistoryRow[] = [];
  const last = new Map<string, Final>();
  const ended = new Map<string, Pick<RunJson, "ended">>();
  const seenRuns = new Set<string>();
  const seenColumns = new Set<string>();
  for (const { files, ...commit } of commits) {
    for (const [name, touched] of byRun(files, folder)) {
      seenRuns.add(name);
      if (!matches(name)) continue;
      const before = last.get(name);
      const end = await endedIn(git, touched) ?? ended.get(name) ?? {};
      ended.set(name, end);
      const now = await finalIn(git, touched, {
        ...{ column, before, end, seenColumns },
      });
      if (now === null) continue;
      last.set(name, now);
      const { step, value, note } = now;
      const isKnown = value !== null && typeof before?.value === "string";
      const change = isKnown ? Number(value) - Number(before.value) : null;
      rows.push({ ...commit, run: name, step, value, change, note });
    }
  }
  if (rows.length > 0) return rows;
  const [what, known] = seenRuns.size === 0
    ? [`touched ${folder}`, "results must be committed to have a history"]
    : seenColumns.size === 0
    ? [`has a run called ${run} in ${folder}`, `there are ${someOf(seenRuns)}`]
    : [`has a column ${column} there`, `there are ${someOf(seenColumns)}`];
  throw new UserError(
    `no commit up to ${printable(revision)} ${printable(what)}; ${known}`,
  );
}

/** The final value of a run after a commit. */
interface Final extends Pick<HistoryRow, "step" | "value" | "note"> {
  /** the file that has it */
  readonly file: string;
}

/** Where a run ended as of a commit that touched its record; null: as before. */
async function endedIn(
  git: Git,
  touched: ReadonlyMap<string, GitChange>,
): Promise<Pick<RunJson, "ended"> | null> {
  const id = touched.get(RECORD)?.id;
  if (!id) return null;
  const text = new TextDecoder().decode(await git.read(id));
  try {
    return recordSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {}; // of a damaged record the last row is taken
  }
}

/** Files of runs by run and name; others are left out. */
function byRun(files: readonly GitChange[], folder: string) {
  const runs = new Map<string, Map<string, GitChange>>();
  for (const file of files) {
    if (![...FILES, RECORD].includes(nameOf(file.path))) continue;
    const path = experimentOf(file.path);
    if (experimentOf(path) !== folder || path.endsWith(".partial")) continue;
    const name = nameOf(path);
    const touched = runs.get(name) ?? new Map<string, GitChange>();
    runs.set(name, touched.set(nameOf(file.path), file));
  }
  return inOrder(runs.keys()).map((name) => [name, runs.get(name)!] as const);
}

/** @returns null where the commit left the file with the column alone */
async function finalIn(
  git: Git,
  touched: ReadonlyMap<string, GitChange>,
  { column, before, end, seenColumns }: {
    readonly column: string;
    readonly before: Final | undefined;
    readonly end: Pick<RunJson, "ended">;
    readonly seenColumns: Set<string>;
  },
): Promise<Final | null> {
  for (const file of FILES) {
    const change = touched.get(file);
    // eval.csv has it and stays as it was, whatever became of train.csv.
    if (change === undefined && before?.file === file) return null;
    if (change === undefined) continue;
    const gone = { file, step: null, value: null };
    if (change.id === null) {
      if (before?.file === file) return { ...gone, note: "removed" };
      continue;
    }
    try {
      const bytes = await git.read(change.id);
      const table = end.ended === undefined || file !== "eval.csv"
        ? parseLastRow(bytes, change.path)
        : parseTable(bytes, change.path);
      table.columns.keys().forEach((name) => seenColumns.add(name));
      const [steps, values] = ["step", column].map((name) =>
        table.columns.get(name)
      );
      if (values === undefined || table.rows === 0) continue;
      const row = file === "eval.csv" ? keptIndex(table, end) : -1;
      const step = steps?.texts.at(row) ?? null;
      const value = values.texts.at(row)!;
      return { file, step, value, note: null };
    } catch (error) {
      // One damaged old commit, which cannot be repaired, must not hide all others.
      if (!(error instanceof UserError)) throw error;
      if (before?.file !== file) continue;
      return { ...gone, note: "damaged" };
    }
  }
  return null;
}

export type HistoryFormat = "text" | "markdown" | "json";

const HEAD = ["COMMIT", "DATE", "RUN", "STEP", "VALUE", "CHANGE", "SUBJECT"];

/** One line per commit and run, with a line end. */
export function reportHistory(
  rows: readonly HistoryRow[],
  format: HistoryFormat,
): string {
  if (format === "json") return toJson({ history: rows });
  const table = [HEAD, ...rows.map(cells)];
  const lines = format === "text" ? aligned(table) : markdownTable(
    HEAD.map((cell) => cell.toLowerCase()),
    rows.map((row) => cells(row).map(escaped)),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function cells(row: HistoryRow): string[] {
  const { change } = row;
  return [
    row.commit.slice(0, 12),
    row.date,
    row.run,
    row.step ?? "",
    row.value ?? row.note ?? "",
    change === null ? "" : (change > 0 ? "+" : "") + short(change),
    row.subject,
  ].map(printable);
}
