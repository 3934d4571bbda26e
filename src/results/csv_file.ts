/** CSV files of numbers: one header, LF line ends, rows appended in blocks. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { parse, stringify } from "@std/csv";
import { z } from "zod";
import { UserError } from "../errors.ts";
import { formatFloat32 } from "./float32.ts";
import { writeAll, writing } from "./files.ts";

/** A value of a cell: numbers are written as float32, integers in full. */
export type Cell = string | number;

/** One row, by column. */
export type Row = Readonly<Record<string, Cell>>;

/** CSV text of rows; see {@linkcode Cell}. */
export function formatRows(
  columns: readonly string[],
  rows: readonly Row[],
  options: { headers: boolean },
): string {
  const cells = rows.map((row) =>
    Object.fromEntries(columns.map((column) => {
      const value = row[column];
      if (value === undefined) throw new Error(`a row lacks ${column}`);
      return [column, formatCell(value)];
    }))
  );
  // git and most tools show the CR of CRLF as noise.
  return stringify(cells, { columns: [...columns], ...options })
    .replaceAll("\r\n", "\n");
}

function formatCell(value: Cell): string {
  if (typeof value === "string") return value;
  return Number.isSafeInteger(value) && value !== 0
    ? String(value)
    : formatFloat32(value);
}

/** A CSV file that grows by blocks of rows. */
export class CsvFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #columns: readonly string[];
  #isOpen = true;

  private constructor(
    path: string,
    file: Deno.FsFile,
    columns: readonly string[],
  ) {
    this.#path = path;
    this.#file = file;
    this.#columns = columns;
  }

  /** Makes the file, with its header. @throws {UserError} it cannot */
  static async create(
    path: string,
    columns: readonly string[],
  ): Promise<CsvFile> {
    const file = await writing(
      path,
      () => Deno.open(path, { write: true, create: true, truncate: true }),
    );
    const csv = new CsvFile(path, file, columns);
    await csv.#write(formatRows(columns, [], { headers: true }));
    return csv;
  }

  /**
   * Opens a file to append to it, cut back to its first `length` bytes.
   *
   * @throws {UserError} the file is missing or shorter
   */
  static async reopen(path: string, length: number): Promise<CsvFile> {
    const mend = "start over with --fresh";
    let size: number;
    try {
      size = (await Deno.stat(path)).size;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new UserError(`${path} is missing; ${mend}`);
    }
    if (size < length) {
      throw new UserError(`${path} lacks rows before its checkpoint; ${mend}`);
    }
    const { value: header = "" } = await linesOf(path).next();
    const file = await writing(path, () => Deno.open(path, { write: true }));
    await writing(path, () => file.truncate(length));
    await file.seek(0, Deno.SeekMode.End);
    return new CsvFile(path, file, header.split(","));
  }

  /** Makes what was appended survive a power cut. @returns bytes so far */
  async sync(): Promise<number> {
    await writing(this.#path, () => this.#file.syncData());
    return (await this.#file.stat()).size;
  }

  /** Appends rows in one write. @throws {UserError} the disk is full */
  async append(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#write(formatRows(this.#columns, rows, { headers: false }));
  }

  async #write(text: string): Promise<void> {
    await writing(
      this.#path,
      () => writeAll(this.#file, new TextEncoder().encode(text)),
    );
  }

  /** Closes the file; again does nothing. */
  close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }
}

/** Its lines, one after the other: a file may be longer than a string. */
async function* linesOf(path: string): AsyncGenerator<string, undefined> {
  const input = createReadStream(path);
  try {
    yield* createInterface({ input });
  } finally {
    input.destroy();
  }
}

/** A row read back: texts by column. */
export type TextRow = Readonly<Record<string, string | undefined>>;

const NUMBER = z.string().refine(
  (text) => text === "NaN" || (text !== "" && !Number.isNaN(Number(text))),
  "is no number",
);

/**
 * Reads a CSV file back.
 *
 * @param columns that every row must have, each with a number
 * @throws {UserError} it is no CSV, a row has another length, or a column
 *   lacks a number
 */
export async function readCsv(
  path: string,
  columns: readonly string[] = [],
): Promise<TextRow[]> {
  return parseCsv(await Deno.readTextFile(path), path, columns);
}

/**
 * Reads the rows of a CSV file of numbers whose first column, which rises, is
 * above `last`. The file may be longer than memory.
 */
export async function readRowsAfter(
  path: string,
  last: number,
): Promise<TextRow[]> {
  const rows: TextRow[] = [];
  let columns: string[] | null = null;
  for await (const line of linesOf(path)) {
    if (columns === null) columns = line.split(",");
    else if (Number(line.slice(0, line.indexOf(","))) > last) {
      const cells = line.split(",");
      rows.push(Object.fromEntries(columns.map((c, i) => [c, cells[i]])));
    }
  }
  return rows;
}

/**
 * Reads the text of a CSV file.
 *
 * @param path of the file, for messages
 * @param columns that every row must have, each with a number
 * @throws {UserError} as {@linkcode readCsv}
 */
export function parseCsv(
  text: string,
  path: string,
  columns: readonly string[] = [],
): TextRow[] {
  const mend = "remove the run's folder and run it again";
  let rows: TextRow[];
  try {
    rows = parse(text, { skipFirstRow: true, fieldsPerRecord: 0 });
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) {
      throw error;
    }
    throw new UserError(
      `${path} is no CSV of this project: ${error.message}; ${mend}`,
    );
  }
  const schema = z.array(
    z.looseObject(Object.fromEntries(columns.map((name) => [name, NUMBER]))),
  );
  const [issue] = schema.safeParse(rows).error?.issues ?? [];
  if (issue === undefined) return rows;
  const [row, column] = issue.path;
  throw new UserError(
    `${path}: ${String(column)} in row ${
      Number(row) + 1
    } is no number; ${mend}`,
  );
}
