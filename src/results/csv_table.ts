/**
 * Reading CSV files, strictly: the only reader of the project.
 *
 * An object for every row is right for a figure, and too slow and too large for
 * all rows of two revisions, which are read by column; {@linkcode readCsv}
 * makes them.
 */

import { parse } from "@std/csv";
import { DamagedFile, UserError } from "../errors.ts";
import { leftByGit } from "./left_by_git.ts";
import { MOST_BYTES, OpenFile, readBytes, unless } from "../files.ts";
import type { RunJson } from "./run_json.ts";

const LF = 0x0a;

/** One column of a {@linkcode Table}. */
export interface Column {
  /** from the header */
  readonly name: string;
  /** the cells by row, without their quotes */
  readonly texts: readonly string[];
  /** by row; NaN also where a cell is not a number */
  readonly numbers: Float64Array;
  /** whether every cell is a number */
  readonly isNumeric: boolean;
}

/** A CSV file by column. */
export interface Table {
  /** by name, in the file's order */
  readonly columns: ReadonlyMap<string, Column>;
  /** number of rows below the header */
  readonly rows: number;
}

/** A row of a CSV file: texts by column. */
export type TextRow = Readonly<Record<string, string | undefined>>;

/** Characters of a cell: more would flood a report. */
const MOST_OF_CELL = 1000;

const RUN_AGAIN = "remove the run's folder and run it again";

/** The number in a cell; undefined where it holds none. */
export function cellNumber(
  { isNumeric, numbers, texts }: Column,
  row: number,
): number | undefined {
  const number = numbers[row]!;
  return isNumeric || !Number.isNaN(number) || texts[row] === "NaN"
    ? number
    : undefined;
}

/**
 * Reads a CSV file: a header of distinct names, as many fields in every row,
 * quotes around whole fields, LF or CRLF at the end of every line, the last one
 * too. It may begin with a byte order mark.
 *
 * @param where its path, for messages
 * @param remedy what the user can do about a damaged file
 * @throws {UserError} the file is anything else
 */
export function parseTable(
  bytes: Uint8Array,
  where: string,
  remedy = RUN_AGAIN,
): Table {
  try {
    const [names, ...rows] = recordsOf(bytes);
    const columns = names!.map((name, c): [string, Column] => {
      const texts = rows.map((row) => row[c]!);
      const numbers = Float64Array.from(texts, readNumber);
      const isNumeric = numbers.every((number, row) =>
        number === number || texts[row] === "NaN"
      );
      return [name, { name, texts, numbers, isNumeric }];
    });
    return { columns: new Map(columns), rows: rows.length };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw damagedCsv(where, error.message, remedy);
  }
}

/** The error that a file is not a CSV file as {@linkcode parseTable} reads. */
export function damagedCsv(
  where: string,
  what: string,
  remedy: string,
): DamagedFile {
  return new DamagedFile(where, "a CSV file of this project", what, remedy);
}

/** The index of the row of a run's model in its eval.csv; -1: the last one. */
export function keptIndex(
  table: Table | null,
  { ended }: Pick<RunJson, "ended">,
): number {
  const steps = table?.columns.get("step");
  return ended === undefined || steps === undefined
    ? -1
    : steps.numbers.indexOf(ended.kept);
}

/**
 * {@linkcode parseTable} of the header and the last row alone, for files
 * without line ends inside of quotes.
 */
export function parseLastRow(
  bytes: Uint8Array,
  where: string,
  remedy = RUN_AGAIN,
): Table {
  const header = bytes.indexOf(LF) + 1;
  const last = bytes.lastIndexOf(LF, bytes.length - 2) + 1;
  if (last <= header) return parseTable(bytes, where, remedy);
  const two = joined(bytes.subarray(0, header), bytes.subarray(last));
  return parseTable(two, where, remedy);
}

/**
 * Reads the rows of a CSV file.
 *
 * @param columns that every row must have, each with a number
 * @throws {UserError} it is not a CSV file, or a column lacks a number
 */
export async function readCsv(
  path: string,
  columns: readonly string[] = [],
): Promise<TextRow[]> {
  return parseCsv(await readBytes(path), path, columns);
}

/**
 * Reads train.csv or eval.csv, whose steps rise; no rows where there is no such
 * file.
 *
 * @throws {UserError} as {@linkcode readCsv}, or the steps do not rise
 */
export async function readSteps(
  path: string,
  columns: readonly string[],
): Promise<TextRow[]> {
  const rows = await unless(["ENOENT"], readCsv(path, columns)) ?? [];
  for (const [i, row] of rows.entries()) {
    const [last, step] = [rows[i - 1], row].map((of) => Number(of?.["step"]));
    const rises = Number.isSafeInteger(step) && (i === 0 || step! > last!);
    if (rises && step! >= 0) continue;
    throw new UserError(
      `${path}: step ${row["step"]} of row ${i + 1} is out of order; ` +
        RUN_AGAIN,
    );
  }
  return rows;
}

/** {@linkcode readCsv} of the bytes of a file; `where` is for messages. */
export function parseCsv(
  bytes: Uint8Array,
  where: string,
  columns: readonly string[] = [],
): TextRow[] {
  const table = parseTable(bytes, where);
  for (const name of columns) {
    const column = table.columns.get(name);
    for (let row = 0; row < table.rows; row++) {
      if (column && cellNumber(column, row) !== undefined) continue;
      throw new UserError(
        `${where}: ${name} in row ${row + 1} is not a number; ${RUN_AGAIN}`,
      );
    }
  }
  const cells = [...table.columns.values()];
  return Array.from(
    { length: table.rows },
    (_, row) =>
      Object.fromEntries(cells.map(({ name, texts }) => [name, texts[row]!])),
  );
}

/**
 * Reads the rows of a CSV file of numbers whose first column is above `last`,
 * and rises. Only the end of the file is read, which may be longer than memory.
 *
 * @throws {UserError} the rows are damaged
 */
export async function readRowsAfter(
  path: string,
  last: number,
): Promise<TextRow[]> {
  using file = await OpenFile.toRead(path);
  const { size } = await file.stat();
  const header = await readHeader(file);
  for (let length = 1 << 16; length < size; length *= 4) {
    const end = await file.readAt(size - length, length);
    const whole = end.subarray(end.indexOf(LF) + 1);
    const rows = parseCsv(joined(header, whole), path);
    if (rows[0] && firstNumber(rows[0]) <= last) return above(rows, last);
  }
  return above(parseCsv(await file.readAt(0, size), path), last);
}

/** The names in the header of a CSV file. @throws {UserError} it has none */
export async function readColumns(path: string): Promise<string[]> {
  using file = await OpenFile.toRead(path);
  return [...parseTable(await readHeader(file), path).columns.keys()];
}

/** The first line, nothing where the file has no line end. */
async function readHeader(file: OpenFile): Promise<Uint8Array> {
  for (let length = 1 << 10;; length *= 4) {
    const start = await file.readAt(0, length);
    const end = start.indexOf(LF) + 1;
    if (end > 0 || start.length < length) return start.subarray(0, end);
  }
}

function above(rows: readonly TextRow[], last: number): TextRow[] {
  return rows.filter((row) => firstNumber(row) > last);
}

function firstNumber(row: TextRow): number {
  return Number(Object.values(row)[0]);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * The header and the rows, all of one length.
 *
 * @throws {SyntaxError} it is no CSV file as {@linkcode parseTable} describes
 */
function recordsOf(bytes: Uint8Array): string[][] {
  if (bytes.length > MOST_BYTES) {
    throw new SyntaxError("it has 512 MiB or more");
  }
  const text = decode(bytes);
  const wrong = text === ""
    ? "it is empty"
    : text.includes("\0")
    ? "it has a zero byte"
    : /\r(?!\n)/.test(text)
    ? "it has a lone CR"
    : text.endsWith("\n")
    ? leftByGit(text)
    : "it is torn: its last line has no line end";
  if (wrong !== undefined) throw new SyntaxError(wrong);
  // The library skips blank lines.
  const unquoted = text.split('"').filter((_, i) => i % 2 === 0).join('""');
  const blank = unquoted.search(/(?<![^\n])\r?\n/);
  if (blank >= 0) {
    const line = unquoted.slice(0, blank).split("\n").length;
    throw new SyntaxError(`line ${line} is blank`);
  }
  const records = parse(text);
  const names = records[0]!;
  const seen = new Set<string>();
  const repeated = names.find((name) => seen.has(name) || !seen.add(name));
  if (repeated !== undefined) {
    throw new SyntaxError(`two columns are called ${JSON.stringify(repeated)}`);
  }
  const odd = records.findIndex(({ length }) => length !== names.length);
  if (odd >= 0) {
    throw new SyntaxError(
      `line ${odd + 1} does not have as many fields as the header`,
    );
  }
  const long = records.findIndex((cells) =>
    cells.some(({ length }) => length > MOST_OF_CELL)
  );
  if (long < 0) return records;
  throw new SyntaxError(
    `line ${long + 1} has a cell of more than ${MOST_OF_CELL} characters`,
  );
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError("it is not UTF-8 text");
  }
}

const NUMBER = /^([-+.\deE]+|[-+]?Infinity)$/;

/**
 * The number that a text spells; NaN for "NaN" and for what is not a decimal
 * number or an infinity.
 */
export function readNumber(text: string): number {
  return NUMBER.test(text) ? Number(text) : NaN;
}
