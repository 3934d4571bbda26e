/** A comparison as Markdown, such as for a pull request. */

import type { Comparison } from "./compare_trees.ts";
import {
  caution,
  changeCells,
  counts,
  type ReportRow,
  rowsOf,
} from "./report_rows.ts";
import { code, escaped, markdownTable } from "./markdown.ts";
import type { ReportOptions } from "./report_text.ts";
import { isWorse } from "./verdict.ts";

/** The text, with a line end. */
export function reportMarkdown(
  comparison: Comparison,
  { bar }: ReportOptions,
): string {
  const { runs, experiments, changes, added, removed } = comparison;
  const warning = caution(comparison);
  const rows = [...runs, ...experiments].flatMap((folder) => {
    const { path, renamedFrom, verdict } = folder;
    const name = code(path || ".") +
      (renamedFrom === null ? "" : ` (was ${code(renamedFrom)})`);
    return verdict === "identical"
      ? [[name, "all", "all", verdict, "", "", "", ""]]
      : rowsOf(folder).map((row) => [name, ...cells(row)]);
  });
  const lone = (paths: readonly string[], verdict: string) =>
    paths.map((path) => [code(path), "all", "all", verdict, "", "", "", ""]);
  const passes = !isWorse(comparison.verdict, bar);
  return [
    `**${passes ? "passes" : "fails"}**: ${comparison.verdict}. ` +
    `A is ${code(comparison.a)}, B is ${code(comparison.b)}. ` +
    `${counts(comparison)}.`,
    "",
    ...changes.length === 0 ? [] : [
      ...markdownTable(
        ["run.json", "field", "A", "B", "in"],
        changes.map((change) => {
          const [origin, field, a, b, where] = changeCells(change, runs.length);
          return [origin!, code(field!), code(a!), code(b!), escaped(where!)];
        }),
      ),
      "",
    ],
    ...warning === null ? [] : [warning, ""],
    ...markdownTable(
      ["run", "file", "column", "verdict", "first", "largest", "at", "final"],
      [...rows, ...lone(added, "added"), ...lone(removed, "removed")],
    ),
    "",
  ].join("\n");
}

function cells(row: ReportRow): string[] {
  const { file, column, verdict, first, largest, at, final } = row;
  return [file, column, verdict, first, largest, at, final].map(escaped);
}
