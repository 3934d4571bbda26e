/** What the benchmark prints: text, Markdown, or JSON lines. */

import type { Failure, Row, Table } from "./harness.ts";

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

/** What a part of the benchmark finds. */
export type Entry = Table | Figure;

/** Prints tables as they come and all figures at the end. */
export class Report {
  readonly #machine: string;
  readonly #format: Format;
  readonly #file: string | undefined;
  readonly #entries: Entry[] = [];

  /** @param file where all of it is written after every entry, as Markdown */
  constructor(machine: string, format: Format, file?: string) {
    this.#machine = machine;
    this.#format = format;
    this.#file = file;
    print(format === "json" ? [JSON.stringify({ machine })] : [machine]);
  }

  async add(entry: Entry): Promise<void> {
    this.#entries.push(entry);
    if (this.#format === "json") print(jsonOf(entry));
    else if ("rows" in entry) print(["", ...timeLines(entry, this.#format)]);
    if (this.#file === undefined) return;
    await Deno.writeTextFile(this.#file, `${this.#document().join("\n")}\n`);
  }

  end(): void {
    if (this.#format !== "json") print(this.#figures(this.#format));
  }

  #figures(format: Format): string[] {
    const figures = this.#entries.filter((entry) => "figure" in entry);
    if (figures.length === 0) return [];
    const cells = figures.map(({ figure, shapes, value, unit, aim = "" }) => [
      `${figure}: ${shapes}`,
      `${short(value)} ${unit}`,
      aim,
    ]);
    return ["", ...tableLines([["figure", "value", "aim"], ...cells], format)];
  }

  #document(): string[] {
    const tables = this.#entries.filter((entry) => "rows" in entry);
    return [
      "# Milliseconds per step of one run",
      "",
      `${this.#machine}. By tests/bench/main.ts, whose head says what is timed.`,
      ...tables.flatMap((table) => ["", ...timeLines(table, "markdown")]),
      ...this.#figures("markdown"),
      ...["", "```json", JSON.stringify({ machine: this.#machine })],
      ...this.#entries.flatMap(jsonOf),
      "```",
    ];
  }
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

function jsonOf(entry: Entry): string[] {
  const rows = "rows" in entry ? entry.rows : [entry];
  return rows.map((row) => JSON.stringify(row));
}

/** Three digits that count. */
function short(value: number | null | undefined): string {
  return value == null ? "" : `${Number(value.toPrecision(3))}`;
}

/** Times; with the work of a device if that of any contender is known. */
function timeLines({ shapes, rows }: Table, format: Format): string[] {
  const times = ["median", "fastest", "slowest", "CPU", "CPU fastest", "ratio"];
  const work = rows.some((row) => "work" in row)
    ? ["on the GPU", "dispatches", "submits", "uploads"]
    : [];
  const scale = rows.some((row) => "perMultiplyAdd" in row)
    ? ["CPU ps per multiplication"]
    : [];
  const far = rows.some((row) => "far" in row) ? ["far rounds"] : [];
  const optional = [...work, ...scale, ...far];
  const cells = (row: Row | Failure) =>
    "failed" in row ? Array<string>(times.length + optional.length).fill("") : [
      ...[row.median, row.fastest, row.slowest, row.cpu, row.cpuFastest],
      row.ratio,
      ...[row.work?.onGpu, row.work?.dispatches, row.work?.submits]
        .concat(row.work?.uploads).slice(0, work.length),
      ...[row.perMultiplyAdd].slice(0, scale.length),
      ...[row.far ?? 0].slice(0, far.length),
    ].map(short);
  return tableLines([
    [
      `${shapes}, ms per step`,
      ...times,
      ...optional,
      "aim of the ratio, failure",
    ],
    ...rows.map((row) => [
      row.contender,
      ...cells(row),
      "failed" in row ? row.failed : row.aim ?? "",
    ]),
  ], format);
}

/** A table, its head first, of columns that line up. */
function tableLines(rows: readonly string[][], format: Format): string[] {
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
