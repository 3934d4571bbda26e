/** Writing CSV files: one header, LF line ends, rows appended in blocks. */

import { stringify } from "@std/csv";
import { UserError } from "../errors.ts";
import { OpenFile, statOf } from "../files.ts";
import { readColumns } from "./csv_table.ts";

/** A value of a cell: numbers are written as float32, integers in full. */
export type Cell = string | number;

/** One row, by column. */
export type Row = Readonly<Record<string, Cell>>;

/**
 * CSV text of rows, each ended by LF; see {@linkcode Cell}.
 *
 * @param options.headers whether the names of the columns come first
 */
export function formatRows(
  columns: readonly string[],
  rows: readonly Row[],
  options: { headers: boolean },
): string {
  const lines = rows.map((row) =>
    columns.map((column) => {
      const value = row[column];
      if (value === undefined) throw new Error(`a row lacks ${column}`);
      return formatCell(value);
    })
  );
  // git and most tools show the CR of CRLF as noise.
  return stringify([...options.headers ? [columns] : [], ...lines])
    .replaceAll("\r\n", "\n");
}

function formatCell(value: Cell): string {
  if (typeof value === "string") {
    if (value.includes("\r")) throw new Error("a cell has a CR");
    return value;
  }
  return Number.isSafeInteger(value) && value !== 0
    ? String(value)
    : formatFloat32(value);
}

/**
 * The shortest decimal that reads back as the same float32. Every float32
 * has one of at most nine digits.
 *
 * @param value rounded to float32 first; NaN and +-Infinity as JavaScript
 *   writes them
 */
export function formatFloat32(value: number): string {
  const single = Math.fround(value);
  if (Object.is(single, -0)) return "-0";
  if (!Number.isFinite(single)) return String(single);
  const readsBack = (digits: number) =>
    Math.fround(Number(single.toPrecision(digits))) === single;
  // More digits only come nearer, and most values need seven or eight.
  let digits = 7;
  if (readsBack(digits)) {
    while (digits > 1 && readsBack(digits - 1)) {
      digits--;
    }
  } else while (digits < 9 && !readsBack(digits)) digits++;
  return String(Number(single.toPrecision(digits)));
}

/** A CSV file that grows by blocks of rows. */
export class CsvFile {
  readonly #file: OpenFile;
  readonly #columns: readonly string[];

  private constructor(file: OpenFile, columns: readonly string[]) {
    this.#file = file;
    this.#columns = columns;
  }

  /** Makes the file, with its header. @throws {UserError} it cannot */
  static async create(
    path: string,
    columns: readonly string[],
  ): Promise<CsvFile> {
    const options = { create: true, truncate: true };
    const csv = new CsvFile(await OpenFile.toWrite(path, options), columns);
    await csv.#write(formatRows(columns, [], { headers: true }));
    return csv;
  }

  /**
   * Opens a file to append to it, cut back to its first `length` bytes.
   *
   * @throws {UserError} the file is missing or shorter
   */
  static async reopen(path: string, length: number): Promise<CsvFile> {
    const remedy = "start over with --fresh";
    const stat = await statOf(path);
    if (stat === null) throw new UserError(`${path} is missing; ${remedy}`);
    if (stat.size < length) {
      throw new UserError(
        `${path} lacks rows before its checkpoint; ${remedy}`,
      );
    }
    const columns = await readColumns(path);
    const file = await OpenFile.toWrite(path);
    await file.cut(length);
    return new CsvFile(file, columns);
  }

  /** Makes what was appended survive a power cut. @returns bytes so far */
  async sync(): Promise<number> {
    await this.#file.sync();
    return (await this.#file.stat()).size;
  }

  /** Appends rows in one write. @throws {UserError} the disk is full */
  async append(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#write(formatRows(this.#columns, rows, { headers: false }));
  }

  async #write(text: string): Promise<void> {
    await this.#file.write(new TextEncoder().encode(text));
  }

  /** Closes the file; again does nothing. */
  close(): void {
    this.#file.close();
  }
}
