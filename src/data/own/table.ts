/** Tables of numbers as text: CSV and TSV. */

import { didYouMean } from "../../table.ts";
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

/** What other programs put between cells, by the names of a message. */
const SEPARATORS: Readonly<Record<string, string>> = {
  "commas": ",",
  "semicolons": ";",
  "tabs": "\t",
  "bars": "|",
};

/**
 * The rows of a CSV or TSV file. The first line is a header where none of its
 * cells is a number, and not all are missing values; columns without names are
 * called 1, 2 and so on. Lines end with LF or CRLF; cells may stand in double
 * quotes.
 *
 * Where values may be missing, cells are NaN that are empty, or one of
 * {@linkcode MISSING}, and such labels are empty.
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
  if (text.includes("\r") && !text.includes("\n")) {
    refuse(where, "its lines end with CR alone; save it with LF or CRLF");
  }
  const lines = linesOf(text);
  const first = lines.next().value;
  if (first === undefined) refuse(where, "it has no rows");
  const cells = cellsOf(first.line, separator, `${where}, line 1`);
  const hasHeader = cells.every((cell) => numberOf(cell) === undefined) &&
    !cells.every((cell) => MISSING.includes(cell.trim().toLowerCase()));
  const names = cells.map((name, i) =>
    hasHeader && name.trim() !== "" ? name.trim() : `${i + 1}`
  );
  const { kept, labelAt } = choose(names, selection, where);

  const isMasked = selection.missing === "mask";
  const isMissing = (cell: string) =>
    MISSING.includes(cell.trim().toLowerCase());
  /** @throws {UserError} the cells are of one column alone, by mistake */
  function requireSeparator(): void {
    if (names.length > 1) return;
    const name = Object.keys(SEPARATORS).find((name) => {
      const other = SEPARATORS[name]!;
      return other !== separator && first!.line.includes(other);
    });
    if (name === undefined) return;
    const own = separator === "," ? "commas" : "tabs";
    refuse(
      where,
      `its cells are separated by ${name}, not by ${own}; save it with ` +
        `${own}, and a point in decimals`,
    );
  }
  // Each cell, which may be empty, ends with a character or the text. Pages that
  // are not written to take no memory.
  const values = new Float32Array(text.length + 1);
  let length = 0;
  const labels: string[] = [];
  let count = 0;
  function append(row: readonly string[], number: number): void {
    if (row.length !== names.length) {
      requireSeparator();
      refuse(
        where,
        `line ${number} has ${row.length} cell${row.length === 1 ? "" : "s"}` +
          `, not ${names.length}`,
      );
    }
    for (const at of kept) {
      const missing = isMissing(row[at]!);
      const value = missing ? NaN : numberOf(row[at]!);
      if (missing && isMasked) {
        values[length++] = NaN;
        continue;
      }
      if (value === undefined || !Number.isFinite(Math.fround(value))) {
        requireSeparator();
        const cell = JSON.stringify(row[at]);
        refuse(
          where,
          noNumber(`line ${number}`, names[at]!, cell, missing),
        );
      }
      values[length++] = value;
    }
    if (labelAt >= 0) {
      const label = row[labelAt]!;
      const missing = isMissing(label);
      if (missing && !isMasked) {
        const cell = JSON.stringify(label);
        refuse(where, noLabel(`line ${number}`, names[labelAt]!, cell));
      }
      labels.push(missing ? "" : label.trim());
    }
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
    hasHeader,
    labels: labelAt >= 0 ? labels : null,
  };
}

/** Why a cell of a table is no value, and the remedy. */
export function noNumber(
  place: string,
  column: string,
  cell: string,
  isMissing: boolean,
): string {
  return `${place}, column ${column}: ${cell} is no finite number; correct ` +
    "it, choose others with --columns, or use " +
    (isMissing ? "--missing mask" : "--labels for a column of words");
}

/** Why a cell of a table is no label, and the remedy. */
export function noLabel(place: string, column: string, cell: string): string {
  return `${place}, column ${column}: ${cell} is a missing label; fill it in, ` +
    "remove the row, or use --missing mask";
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
  // Of one cell: separators between quotes are its own.
  let parts: string[] = [];
  let isOpen = false;
  for (const part of line.split(separator)) {
    parts.push(part);
    const quotes = part.split('"').length - 1;
    if (quotes % 2 === 1) isOpen = !isOpen;
    if (isOpen) continue;
    const cell = parts.join(separator);
    cells.push(QUOTED.exec(cell)?.[1]?.replaceAll('""', '"') ?? cell);
    parts = [];
  }
  if (isOpen) refuse(where, "a quoted cell does not end");
  return cells;
}

// Digits match in one way alone: else a long cell would take its length squared.
const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;

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
    const one = flag === "labels" && name.includes(",")
      ? "it takes one column; "
      : "";
    const why = found < 0
      ? `${one}its columns are ${abridged(names)}${didYouMean(name, names)}`
      : "two columns have that name";
    return refuse(where, `--${flag} ${name}: ${why}`);
  };
  const labelAt = labels === null ? -1 : at("labels", labels);
  const twice = columns?.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) {
    refuse(where, `--columns ${columns}: ${twice} is named twice`);
  }
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
