/** Tables of numbers as text: CSV and TSV. */

import { refuse, type Selection, type Sheet } from "./sheet.ts";

/** The most characters that a text may have in V8. */
const MOST_TEXT = 2 ** 29 - 24;

/** What stands for a missing value, in small letters. */
const MISSING: readonly string[] = [
  "",
  "na",
  "n/a",
  "nan",
  "null",
  "none",
  "?",
];

/**
 * The rows of a CSV or TSV file. The first line is a header where none of its
 * cells is a number; columns without names are called 1, 2 and so on. Lines
 * end with LF or CRLF; cells may stand in double quotes.
 *
 * Where values may be missing, cells are NaN that are empty, or one of
 * {@linkcode MISSING}.
 *
 * @param separator between cells
 * @param where the file, for messages
 * @throws {UserError} a cell is no finite number, lines differ in length, there
 *   are no rows, or no such column
 */
export function parseTextTable(
  bytes: Uint8Array,
  separator: "," | "\t",
  where: string,
  selection: Selection,
): Sheet {
  if (bytes.length > MOST_TEXT) {
    refuse(where, "more than 512 MiB of text; save it as .npy");
  }
  const text = decode(bytes, where);
  const lines = linesOf(text);
  const first = lines.next().value;
  if (first === undefined) refuse(where, "it has no rows");
  const cells = cellsOf(first.line, separator, `${where}, line 1`);
  const hasHeader = cells.every((cell) => numberOf(cell) === undefined);
  const names = hasHeader
    ? cells.map((name) => name.trim())
    : cells.map((_, i) => `${i + 1}`);
  const { kept, labelAt } = choose(names, selection, where);

  const isMissing = (cell: string) =>
    selection.missing === "mask" &&
    MISSING.includes(cell.trim().toLowerCase());
  // Each cell, which may be empty, ends with a character or the text. Pages that
  // are not written to take no memory.
  const values = new Float32Array(text.length + 1);
  let length = 0;
  const labels: string[] = [];
  let count = 0;
  function append(row: readonly string[], number: number): void {
    if (row.length !== names.length) {
      refuse(
        where,
        `line ${number} has ${row.length} cells, not ${names.length}`,
      );
    }
    for (const at of kept) {
      const value = isMissing(row[at]!) ? NaN : numberOf(row[at]!);
      if (Number.isNaN(value)) {
        values[length++] = NaN;
        continue;
      }
      if (value === undefined || !Number.isFinite(Math.fround(value))) {
        refuse(
          where,
          `line ${number}, column ${names[at]}: ${JSON.stringify(row[at])} ` +
            "is no finite number; correct it, choose others with --columns, " +
            "or use --missing mask",
        );
      }
      values[length++] = value;
    }
    if (labelAt >= 0) labels.push(row[labelAt]!.trim());
    count += 1;
  }

  if (!hasHeader) append(cells, 1);
  for (const { line, number } of lines) {
    append(cellsOf(line, separator, `${where}, line ${number}`), number);
  }
  if (count === 0) refuse(where, "it has no rows below its header");
  return {
    count,
    shape: [kept.length],
    values: values.slice(0, length),
    columns: kept.map((at) => names[at]!),
    labels: labelAt >= 0 ? labels : null,
  };
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    refuse(where, "it is not UTF-8 text");
  }
}

/** Lines that are not empty, with their numbers from 1. */
function* linesOf(text: string): Generator<{ line: string; number: number }> {
  let number = 0;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, text[end - 1] === "\r" ? end - 1 : end);
    number += 1;
    start = end + 1;
    if (line.trim() !== "") yield { line, number };
  }
}

const QUOTED = /^\s*"((?:[^"]|"")*)"\s*$/;

function cellsOf(line: string, separator: string, where: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let open: string | undefined;
  for (const part of line.split(separator)) {
    const cell = open === undefined ? part : open + separator + part;
    const quotes = cell.split('"').length - 1;
    open = quotes % 2 === 1 ? cell : undefined;
    if (open === undefined) {
      cells.push(QUOTED.exec(cell)?.[1]?.replaceAll('""', '"') ?? cell);
    }
  }
  if (open !== undefined) refuse(where, "a quoted cell does not end");
  return cells;
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

function numberOf(cell: string): number | undefined {
  return NUMBER.test(cell) ? Number(cell) : undefined;
}

/** Where the columns are. @throws {UserError} there is no such column */
export function choose(
  names: readonly string[],
  { columns, labels }: Selection,
  where: string,
): { kept: number[]; labelAt: number } {
  const at = (flag: string, name: string) => {
    const found = names.indexOf(name);
    if (found >= 0 && names.lastIndexOf(name) === found) return found;
    const why = found < 0
      ? `its columns are ${abridged(names)}`
      : "two columns have that name";
    return refuse(where, `--${flag} ${name}: ${why}`);
  };
  const labelAt = labels === null ? -1 : at("labels", labels);
  const kept = columns?.map((name) => at("columns", name)) ??
    [...names.keys()].filter((i) => i !== labelAt);
  if (kept.length === 0) refuse(where, "no column is left beside --labels");
  if (kept.includes(labelAt)) {
    refuse(where, `--labels ${labels}: it is among --columns, too`);
  }
  return { kept, labelAt };
}

function abridged(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(", ");
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}
