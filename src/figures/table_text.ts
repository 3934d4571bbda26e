/** Tables of runs as texts: CSV, Markdown and LaTeX. */

import { formatRows } from "../results/csv_text.ts";
import type { MeanInterval } from "../statistics/mean_interval.ts";
import { columnOf } from "../train/settings.ts";
import type { TableRow } from "../table.ts";
import { escaped, markdownTable } from "../text.ts";
import type { RunTable } from "./run_table.ts";
import { settingText } from "./settings.ts";

/** A form of a table. */
interface TableFormat extends TableRow {
  readonly of: (table: RunTable) => string[];
}

/** All forms by name; their lines. */
export const TABLE_FORMATS = {
  csv: {
    help: "a row for each group of seeds: mean, sd, n, low and high",
    of: csvOf,
  },
  markdown: { help: "mean ± sd [interval] (n)", of: markdownOf },
  latex: { help: "the same as a tabular of the package booktabs", of: latexOf },
} as const satisfies Readonly<Record<string, TableFormat>>;

const PARTS = {
  mean: ({ mean }: MeanInterval) => mean,
  sd: ({ sd }: MeanInterval) => sd,
  n: ({ n }: MeanInterval) => n,
  low: ({ low }: MeanInterval) => low,
  high: ({ high }: MeanInterval) => high,
};

/** What stands below tables for people. */
const LEGEND =
  "mean ± standard deviation [95 % t interval of the mean] (seeds)";

/** What is said of numbers that are optimistic; see `testChose`. */
const CHOSEN = "the test split chose the end or the state of a run";

/** Whether that is so of a number in the table. */
const hasChosen = ({ groups }: RunTable) =>
  groups.some(({ isChosenByTest }) => isChosenByTest);

function csvOf(table: RunTable): string[] {
  const { rows, across, quantities, groups } = table;
  const settings = [...rows, ...across].map(columnOf);
  const parts = Object.entries(PARTS);
  const columns = quantities.flatMap((name) =>
    parts.map(([part]) => `${name}_${part}`)
  );
  const cells = groups.map((group) => {
    const values = [...group.row, ...group.across]
      .map((text, i): [string, string] => [settings[i]!, text]);
    const found = quantities.flatMap((name, i) =>
      parts.map(([part, of]): [string, string] => {
        const cell = group.cells[i];
        const value = cell && of(cell);
        // One seed says nothing of the others.
        const isKnown = value != null &&
          !(cell!.n === 1 && Number.isNaN(value));
        return [`${name}_${part}`, isKnown ? String(value) : ""];
      })
    );
    const chosen = group.isChosenByTest ? "test split" : "";
    return Object.fromEntries([...values, ...found, ["chosen_by", chosen]]);
  });
  const last = hasChosen(table) ? ["chosen_by"] : [];
  return formatRows([...settings, ...columns, ...last], cells, {
    headers: true,
  }).trimEnd().split("\n");
}

/**
 * The heads and the cells of a table for people.
 *
 * @param mark of numbers for which the test split chose the state
 */
function gridOf(
  { rows, across, quantities, groups }: RunTable,
  written: (cell: MeanInterval) => string,
  mark: string,
) {
  const labelOf = (values: readonly string[]) =>
    across.map((flag, i) => settingText(flag, values[i]!)).join(", ");
  const labels = [...new Set(groups.map((group) => labelOf(group.across)))];
  const columns = labels.flatMap((label) =>
    quantities.map((name, quantity) => ({ label, name, quantity }))
  );
  const heads = columns.map(({ label, name }) =>
    label === "" ? name : `${name}, ${label}`
  );
  const byRow = Map.groupBy(groups, ({ row }) => JSON.stringify(row));
  const body = [...byRow.values()].map((members) => [
    ...members[0]!.row,
    ...columns.map(({ label, quantity }) => {
      const group = members.find(({ across }) => labelOf(across) === label);
      const cell = group?.cells[quantity];
      if (cell == null) return "";
      return written(cell) + (group!.isChosenByTest ? mark : "");
    }),
  ]);
  return { heads: [...rows.map(columnOf), ...heads], body };
}

/** Decimals with which a standard deviation has two significant digits. */
function decimalsOf({ sd, mean }: MeanInterval): number {
  const scale = sd > 0 ? sd : Math.abs(mean) / 100;
  if (!(scale > 0 && scale < Infinity)) return 2;
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(scale))));
}

/** The numbers of a cell, rounded alike. */
function rounded(
  cell: MeanInterval,
): Record<"mean" | "sd" | "low" | "high", string> {
  const decimals = decimalsOf(cell);
  const text = (value: number) => value.toFixed(decimals);
  const { mean, sd, low, high } = cell;
  return { mean: text(mean), sd: text(sd), low: text(low), high: text(high) };
}

function markdownOf(table: RunTable): string[] {
  const { heads, body } = gridOf(table, (cell) => {
    const { mean, sd, low, high } = rounded(cell);
    return cell.n === 1
      ? `${mean} (1)`
      : `${mean} ± ${sd} [${low}, ${high}] (${cell.n})`;
  }, " †");
  const texts = body.map((row) =>
    row.map((text, i) => i < table.rows.length ? escaped(text) : text)
  );
  const legend = hasChosen(table) ? `${LEGEND}; †: ${CHOSEN}` : LEGEND;
  return [...markdownTable(heads.map(escaped), texts), "", legend];
}

/** Characters that mean something to LaTeX. */
const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  ...Object.fromEntries([..."&%$#_{}"].map((c) => [c, `\\${c}`])),
};

function inLatex(text: string): string {
  return text.replaceAll(/[\\~^&%$#_{}]/g, (c) => SPECIAL[c]!)
    .replaceAll("\u03b2", "$\\beta$");
}

function latexOf(table: RunTable): string[] {
  const { heads, body } = gridOf(table, (cell) => {
    const { mean, sd, low, high } = rounded(cell);
    return cell.n === 1
      ? `$${mean}$ ($1$)`
      : `$${mean} \\pm ${sd}$ $[${low}, ${high}]$ ($${cell.n}$)`;
  }, "$^\\dagger$");
  const line = (cells: readonly string[]) => `${cells.join(" & ")} \\\\`;
  const columns = "l".repeat(heads.length);
  return [
    `% ${LEGEND.replace("±", "+-").replace("%", "per cent")}`,
    ...hasChosen(table) ? [`% dagger: ${CHOSEN}`] : [],
    `\\begin{tabular}{${columns}}`,
    "\\toprule",
    line(heads.map(inLatex)),
    "\\midrule",
    ...body.map((row) =>
      line(row.map((text, i) => i < table.rows.length ? inLatex(text) : text))
    ),
    "\\bottomrule",
    "\\end{tabular}",
  ];
}
