/**
 * A CSV file as columns.
 *
 * The reader of src/results makes an object of every row, which is right for
 * a figure and too slow and large for all rows of two revisions. This one
 * keeps the bytes, and for every cell its place and its number.
 */

import { UserError } from "../errors.ts";
import { readDecimal } from "./decimal.ts";

const [QUOTE, COMMA, LF, CR] = [0x22, 0x2c, 0x0a, 0x0d];

/** One column of a {@linkcode Table}. */
export interface Column {
  /** from the header */
  readonly name: string;
  /** by row; NaN also where a cell is no number */
  readonly numbers: Float64Array;
  /** whether every cell is a number */
  readonly isNumeric: boolean;
  /** where the cells begin in the bytes, quotes included */
  readonly starts: Uint32Array;
  /** where they end */
  readonly ends: Uint32Array;
}

/** A CSV file, read. */
export interface Table {
  /** what it was read from */
  readonly bytes: Uint8Array;
  /** by name, in the file's order */
  readonly columns: ReadonlyMap<string, Column>;
  /** number of rows below the header */
  readonly rows: number;
}

/** The text of a cell, without its quotes. */
export function cellText(table: Table, column: Column, row: number): string {
  return decode(table.bytes, column.starts[row]!, column.ends[row]!);
}

/** The number that a cell holds; undefined where it holds none. */
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
 * Reads CSV strictly: a header of distinct names, as many fields in every
 * row, quotes around whole fields, LF or CRLF at the end of every line, the
 * last one too. A byte order mark may stand first.
 *
 * @param where it was found, for the message
 * @throws {UserError} it is no such file
 */
export function parseTable(bytes: Uint8Array, where: string): Table {
  try {
    return parse(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(
      `${where} is no CSV of this project: ${error.message}; ` +
        "run it again, or choose other runs with --run or --experiment",
    );
  }
}

/**
 * {@linkcode parseTable} of the header and the last row alone, for files
 * without line ends inside of quotes.
 */
export function parseLastRow(bytes: Uint8Array, where: string): Table {
  const header = bytes.indexOf(LF) + 1;
  const last = bytes.lastIndexOf(LF, bytes.length - 2) + 1;
  if (last <= header) return parseTable(bytes, where);
  const two = new Uint8Array(header + bytes.length - last);
  two.set(bytes.subarray(0, header));
  two.set(bytes.subarray(last), header);
  return parseTable(two, where);
}

function parse(bytes: Uint8Array): Table {
  if (bytes.length === 0) throw new SyntaxError("it is empty");
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
      const number = readDecimal(bytes, at + quote, stop - quote);
      cell.numbers[rows] = number;
      // Decoding what is no number also checks that it is text.
      if (number !== number && decode(bytes, at, stop) !== "NaN") {
        cell.isNumeric = false;
      }
      const isComma = bytes[stop] === COMMA;
      if (isComma === (c === last)) {
        throw new SyntaxError(
          `line ${rows + 2} has not as many fields as the header`,
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
