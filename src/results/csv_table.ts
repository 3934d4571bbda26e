/**
 * Reading CSV files, strictly: the only reader of the project.
 *
 * A table keeps the bytes of its file and, for every cell, its place and its
 * number. An object for every row is right for a figure, and too slow and too
 * large for all rows of two revisions; {@linkcode readCsv} makes them.
 */

import { UserError } from "../errors.ts";

const [QUOTE, COMMA, LF, CR] = [0x22, 0x2c, 0x0a, 0x0d];
const [PLUS, MINUS, DOT, ZERO] = [0x2b, 0x2d, 0x2e, 0x30];

/** One column of a {@linkcode Table}. */
export interface Column {
  /** from the header */
  readonly name: string;
  /** by row; NaN also where a cell is not a number */
  readonly numbers: Float64Array;
  /** whether every cell is a number */
  readonly isNumeric: boolean;
  /** where the cells begin in the bytes, quotes included */
  readonly starts: Uint32Array;
  /** where they end */
  readonly ends: Uint32Array;
}

/** A CSV file by column. */
export interface Table {
  /** what it was read from */
  readonly bytes: Uint8Array;
  /** by name, in the file's order */
  readonly columns: ReadonlyMap<string, Column>;
  /** number of rows below the header */
  readonly rows: number;
}

/** A row of a CSV file: texts by column. */
export type TextRow = Readonly<Record<string, string | undefined>>;

const RUN_AGAIN = "remove the run's folder and run it again";

/** The text of a cell, without its quotes. */
export function cellText(table: Table, column: Column, row: number): string {
  return decode(table.bytes, column.starts[row]!, column.ends[row]!);
}

/** The number in a cell; undefined where it holds none. */
export function cellNumber(
  table: Table,
  column: Column,
  row: number,
): number | undefined {
  const number = column.numbers[row]!;
  return column.isNumeric || !Number.isNaN(number) ||
      cellText(table, column, row) === "NaN"
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
    return parse(bytes);
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
): UserError {
  return new UserError(
    `${where} is not a CSV file of this project: ${what}; ${remedy}`,
  );
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
  return parseCsv(await Deno.readFile(path), path, columns);
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
  const rows = await readCsv(path, columns).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  });
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
      if (column && cellNumber(table, column, row) !== undefined) continue;
      throw new UserError(
        `${where}: ${name} in row ${row + 1} is not a number; ${RUN_AGAIN}`,
      );
    }
  }
  return Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(
      Array.from(table.columns.values(), (column) => [
        column.name,
        cellText(table, column, row),
      ]),
    ));
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
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const header = await readHeader(file);
  for (let length = 1 << 16; length < size; length *= 4) {
    const end = await readAt(file, size - length, length);
    const whole = end.subarray(end.indexOf(LF) + 1);
    const rows = parseCsv(joined(header, whole), path);
    if (rows[0] && firstNumber(rows[0]) <= last) return above(rows, last);
  }
  return above(parseCsv(await readAt(file, 0, size), path), last);
}

/** The names in the header of a CSV file. @throws {UserError} it has none */
export async function readColumns(path: string): Promise<string[]> {
  using file = await Deno.open(path);
  return [...parseTable(await readHeader(file), path).columns.keys()];
}

/** The first line, nothing where the file has no line end. */
async function readHeader(file: Deno.FsFile): Promise<Uint8Array> {
  for (let length = 1 << 10;; length *= 4) {
    const start = await readAt(file, 0, length);
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

async function readAt(
  file: Deno.FsFile,
  start: number,
  length: number,
): Promise<Uint8Array> {
  await file.seek(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function parse(bytes: Uint8Array): Table {
  if (bytes.length === 0) throw new SyntaxError("it is empty");
  // The places of cells are kept in 32 bits.
  if (bytes.length >= 2 ** 32) throw new SyntaxError("it has 4 GiB or more");
  const { names, end } = parseHeader(bytes);
  let capacity = 0;
  for (let i = bytes.indexOf(LF, end); i >= 0; i = bytes.indexOf(LF, i + 1)) {
    capacity += 1;
  }
  const cells = names.map(() => ({
    numbers: new Float64Array(capacity),
    starts: new Uint32Array(capacity),
    ends: new Uint32Array(capacity),
    isNumeric: true,
  }));
  const last = cells.length - 1;
  let rows = 0;
  for (let at = end; at < bytes.length; rows++) {
    for (let c = 0; c <= last; c++) {
      const cell = cells[c]!;
      const stop = cellEnd(bytes, at, rows + 2);
      cell.starts[rows] = at;
      cell.ends[rows] = stop;
      const quote = bytes[at] === QUOTE ? 1 : 0;
      const number = readNumber(bytes, at + quote, stop - quote);
      cell.numbers[rows] = number;
      // Decoding what is not a number also checks that it is text.
      if (number !== number && decode(bytes, at, stop) !== "NaN") {
        cell.isNumeric = false;
      }
      const isComma = bytes[stop] === COMMA;
      if (isComma === (c === last)) {
        throw new SyntaxError(
          `line ${rows + 2} does not have as many fields as the header`,
        );
      }
      at = isComma ? stop + 1 : lineEnd(bytes, stop, rows + 2);
    }
  }
  const columns = cells.map(({ numbers, starts, ends, isNumeric }, i) => ({
    name: names[i]!,
    numbers: numbers.subarray(0, rows),
    starts: starts.subarray(0, rows),
    ends: ends.subarray(0, rows),
    isNumeric,
  }));
  return {
    bytes,
    columns: new Map(columns.map((column) => [column.name, column])),
    rows,
  };
}

function parseHeader(bytes: Uint8Array): { names: string[]; end: number } {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const names: string[] = [];
  for (let at = hasMark ? 3 : 0;;) {
    const stop = cellEnd(bytes, at, 1);
    const name = decode(bytes, at, stop);
    if (names.includes(name)) {
      throw new SyntaxError(`two columns are called ${JSON.stringify(name)}`);
    }
    names.push(name);
    if (bytes[stop] !== COMMA) return { names, end: lineEnd(bytes, stop, 1) };
    at = stop + 1;
  }
}

/** The place after the cell that begins at `start`. */
function cellEnd(bytes: Uint8Array, start: number, line: number): number {
  let i = start;
  if (bytes[i] !== QUOTE) {
    for (; i < bytes.length; i++) {
      const byte = bytes[i]!;
      // One comparison for all bytes of a number but the comma that ends it.
      if (byte > COMMA) continue;
      if (byte === COMMA || byte === LF || byte === CR) return i;
      if (byte === QUOTE || byte === 0) {
        throw new SyntaxError(`line ${line} has a stray quote or zero byte`);
      }
    }
    throw new SyntaxError(`line ${line} is torn: it has no line end`);
  }
  for (;;) {
    i = bytes.indexOf(QUOTE, i + 1);
    if (i < 0) throw new SyntaxError(`line ${line} is torn inside quotes`);
    if (bytes[i + 1] !== QUOTE) return i + 1;
    i += 1;
  }
}

/** The start of the next line. */
function lineEnd(bytes: Uint8Array, at: number, line: number): number {
  if (bytes[at] === LF) return at + 1;
  if (bytes[at] === CR && bytes[at + 1] === LF) return at + 2;
  throw new SyntaxError(
    at >= bytes.length || (bytes[at] === CR && at + 1 === bytes.length)
      ? `line ${line} is torn: it has no line end`
      : `line ${line} has something after a closing quote or a lone CR`,
  );
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, start: number, end: number): string {
  const isQuoted = bytes[start] === QUOTE && end > start;
  const [from, to] = isQuoted ? [start + 1, end - 1] : [start, end];
  try {
    const text = decoder.decode(bytes.subarray(from, to));
    return isQuoted ? text.replaceAll('""', '"') : text;
  } catch {
    throw new SyntaxError("it is not UTF-8 text");
  }
}

/** 10^0 to 10^15: powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 16 }, (_, i) => Number(`1e${i}`));

const NUMBER = /^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|Infinity)$/;

/**
 * The number that the bytes in [start, end) spell: `Number` of the text. NaN
 * for "NaN" and for what is not a decimal number or an infinity.
 *
 * Of up to 15 digits without an exponent, mantissa and power of ten are exact
 * and their quotient is rounded once; only others are made a text first.
 */
export function readNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const isNegative = bytes[start] === MINUS;
  let mantissa = 0;
  let digits = 0;
  let decimals = -1;
  let i = isNegative || bytes[start] === PLUS ? start + 1 : start;
  for (; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      mantissa = 10 * mantissa + digit;
      digits += 1;
      if (decimals >= 0) decimals += 1;
    } else if (bytes[i] === DOT && decimals < 0) decimals = 0;
    else break;
  }
  if (i === end && digits >= 1 && digits <= 15) {
    const size = decimals > 0 ? mantissa / POWERS[decimals]! : mantissa;
    return isNegative ? -size : size;
  }
  // Nothing else that is a number is longer, and a text may be very long.
  if (digits === 0 && end - start > "-Infinity".length) return NaN;
  const text = String.fromCharCode(...bytes.subarray(start, end));
  return NUMBER.test(text) ? Number(text) : NaN;
}
