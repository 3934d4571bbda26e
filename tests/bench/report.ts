/** What tests/bench/main.ts prints: text, Markdown, or JSON lines. */

import type { Timings } from "./contenders.ts";

/** How it is printed. */
export type Format = "text" | "markdown" | "json";

/** One number that is no time of a step. */
export interface Figure {
  readonly figure: string;
  readonly shapes: string;
  readonly value: number;
  readonly unit: string;
  /** what is to be reached */
  readonly aim?: string;
}

/** The value that a part of the others lies below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(part * (sorted.length - 1))]!;
}

/** The median of the rounds of one contender. */
export function medianOf(timings: Timings, contender: string): number {
  return quantile(timings.get(contender)!, 0.5);
}

/** Three digits that count. */
export function short(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

/** Prints what the numbers that follow are of, such as the machine. */
export function printLine(name: string, value: string, format: Format): void {
  if (format === "json") console.log(JSON.stringify({ [name]: value }));
  else console.log(value);
}

/** Prints a table of milliseconds per step, fastest first. */
export function printTimings(
  shapes: string,
  timings: Timings,
  format: Format,
): void {
  const rows = [...timings].map(([contender, values]) => ({
    contender,
    shapes,
    unit: "ms per step",
    rounds: values.length,
    median: quantile(values, 0.5),
    fastest: quantile(values, 0),
    slowest: quantile(values, 1),
  })).toSorted((a, b) => a.median - b.median);
  if (format === "json") {
    for (const row of rows) console.log(JSON.stringify(row));
    return;
  }
  const head = [shapes, "median, ms per step", "fastest", "slowest"];
  const cells = rows.map(({ contender, median, fastest, slowest }) => [
    contender,
    ...[median, fastest, slowest].map(short),
  ]);
  printTable([head, ...cells], format);
}

/** Prints a table of other figures. */
export function printFigures(figures: readonly Figure[], format: Format): void {
  if (format === "json") {
    for (const figure of figures) console.log(JSON.stringify(figure));
    return;
  }
  const cells = figures.map(({ figure, shapes, value, unit, aim = "" }) => [
    `${figure}: ${shapes}`,
    `${short(value)} ${unit}`,
    aim,
  ]);
  printTable([["figure", "value", "aim"], ...cells], format);
}

function printTable(rows: readonly string[][], format: Format): void {
  console.log();
  for (const line of tableLines(rows, format)) console.log(line);
}

/** A table, its head first, of columns that line up. */
export function tableLines(
  rows: readonly string[][],
  format: Format,
): string[] {
  const widths = rows[0]!.map((_, i) =>
    Math.max(...rows.map((row) => row[i]!.length))
  );
  const line = (row: readonly string[]) => {
    const cells = row.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
    );
    return format === "markdown"
      ? `| ${cells.join(" | ")} |`
      : `  ${cells.join("   ")}`;
  };
  const rule = widths.map((width, i) =>
    i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
  );
  const [head, ...body] = rows.map(line);
  return [head!, ...format === "markdown" ? [line(rule)] : [], ...body];
}
