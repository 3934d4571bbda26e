/** CSV files to which rows are added, read as far as their rows are whole. */

import { OpenFile, unless } from "../../files.ts";
import {
  type Column,
  parseTable,
  type Table,
} from "../../results/csv_table.ts";

const LF = 0x0a;

/** What was read of a file. */
interface Read {
  readonly inode: number | null;
  /** bytes of whole rows */
  readonly end: number;
  /** the header with its line end, and the last row that was read */
  readonly header: Uint8Array;
  readonly last: Uint8Array;
  readonly table: Table;
}

/**
 * A file that grows. Each time only new rows are read, unless it was begun
 * again or cut back, as by a run that goes on from its checkpoint.
 */
export class GrowingTable {
  readonly #path: string;
  #read: Read | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The whole rows that are there; null: there is no file, or no header yet.
   *
   * @throws {UserError} they are damaged
   */
  async table(): Promise<Table | null> {
    using file = await unless(["ENOENT"], OpenFile.toRead(this.#path));
    if (file === null) return this.#forget();
    const { size, ino } = await file.stat();
    const known = this.#read;
    if (known !== null && ino === known.inode && size >= known.end) {
      const from = known.end - known.last.length;
      const bytes = await file.readAt(from, size - from);
      if (isSame(bytes.subarray(0, known.last.length), known.last)) {
        return this.#grow(known, bytes.subarray(known.last.length));
      }
    }
    return this.#begin(await file.readAt(0, size), ino);
  }

  #forget(): null {
    this.#read = null;
    return null;
  }

  #begin(bytes: Uint8Array, inode: number | null): Table | null {
    const whole = wholeRows(bytes);
    if (whole.length === 0) return this.#forget();
    const header = whole.slice(0, whole.indexOf(LF) + 1);
    const table = parseTable(whole, this.#path);
    const last = lastRow(whole);
    this.#read = { inode, end: whole.length, header, last, table };
    return table;
  }

  #grow(known: Read, more: Uint8Array): Table {
    const whole = wholeRows(more);
    if (whole.length === 0) return known.table;
    const both = new Uint8Array(known.header.length + whole.length);
    both.set(known.header);
    both.set(whole, known.header.length);
    const table = joined(known.table, parseTable(both, this.#path));
    const end = known.end + whole.length;
    this.#read = { ...known, end, last: lastRow(whole), table };
    return table;
  }
}

/** The bytes up to the last line end. */
function wholeRows(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
}

/** The last line, with its line end. */
function lastRow(whole: Uint8Array): Uint8Array {
  return whole.slice(whole.lastIndexOf(LF, whole.length - 2) + 1);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The rows of a table, and those of another with the same columns. */
function joined(a: Table, b: Table): Table {
  const columns = [...a.columns].map(([name, first]): [string, Column] => {
    const second = b.columns.get(name)!;
    const numbers = new Float64Array(a.rows + b.rows);
    numbers.set(first.numbers);
    numbers.set(second.numbers, a.rows);
    return [name, {
      ...{ name, numbers, texts: [...first.texts, ...second.texts] },
      isNumeric: first.isNumeric && second.isNumeric,
    }];
  });
  return { columns: new Map(columns), rows: a.rows + b.rows };
}
