/** Writing CSV files: one header, rows appended in blocks. */

import { UserError } from "../errors.ts";
import { OpenFile, statOf } from "../files.ts";
import { readColumns } from "./csv_table.ts";
import { formatRows, type Row } from "./csv_text.ts";

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
