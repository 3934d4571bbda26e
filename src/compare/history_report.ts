/** The history of a value as text, Markdown or JSON. */

import type { HistoryRow } from "./history.ts";
import { printable, short } from "./printable.ts";
import { toJson } from "./report_json.ts";
import { aligned } from "./text_table.ts";
import { escaped, markdownTable } from "./markdown.ts";

/** How a history is written. */
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
