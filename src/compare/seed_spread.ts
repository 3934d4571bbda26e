/** How far the seeds of one config lie apart. */

import type { ColumnVerdict, Deviation } from "./compare_columns.ts";
import { type FileVerdict, fileVerdict } from "./compare_tables.ts";
import type { RunRecords } from "./runs.ts";
import { type Key, readLastRow, readTable, type ResultsTree } from "./tree.ts";
import type { Table } from "../results/csv_table.ts";

/** The final value of a column in a run; undefined where there is none. */
export type FinalOf = (run: string) => Promise<number | undefined>;

/** Final values of the runs of one tree, and their range over seeds. */
export class SeedSpread {
  readonly #tree: ResultsTree;
  readonly #records: RunRecords;
  readonly #finals = new Map<string, ReadonlyMap<string, number>>();

  constructor(tree: ResultsTree, records: RunRecords) {
    this.#tree = tree;
    this.#records = records;
  }

  /** Takes the final values from a table that was read anyway. */
  remember(run: string, file: string, table: Table): void {
    const last = table.rows - 1;
    const values = [...table.columns].map(([name, { numbers }]) =>
      [name, numbers[last] ?? NaN] as const
    );
    this.#finals.set(`${run}/${file}`, new Map(values));
  }

  /** The final values of a column of a run's file. */
  finalOf(file: string, column: string): FinalOf {
    return async (run) => {
      const key = `${run}/${file}`;
      const stored = this.#tree.runs.get(run)?.get(file);
      if (!this.#finals.has(key) && stored !== undefined) {
        this.remember(run, file, await readLastRow(stored));
      }
      return this.#finals.get(key)?.get(column);
    };
  }

  /** The values of a column in the row of a run's file that has the key. */
  valueIn(
    file: string,
    key: Key,
    value: number | string,
    column: string,
  ): FinalOf {
    return async (run) => {
      const stored = this.#tree.runs.get(run)?.get(file);
      if (stored === undefined) return undefined;
      const table = await readTable(stored);
      return byKey(table, key.name, column).get(String(value));
    };
  }

  /**
   * Whether two final values lie no further apart than those of the seeds of
   * a run's config. False where there is one seed, and where all seeds end at
   * one value, which says nothing about the spread.
   *
   * @param size the distance of the two values
   */
  async covers(run: string, size: number, finalOf: FinalOf): Promise<boolean> {
    let [low, high] = [Infinity, -Infinity];
    for (const seed of await this.#records.otherSeeds(run)) {
      const final = await finalOf(seed);
      if (final === undefined || !Number.isFinite(final)) continue;
      [low, high] = [Math.min(low, final), Math.max(high, final)];
    }
    return low < high && size <= high - low;
  }

  /**
   * The verdict on a run's file, with `within seed spread` where that holds. A
   * value that is a number on one side alone is outside of any spread.
   */
  async relax(run: string, file: FileVerdict): Promise<FileVerdict> {
    const columns: ColumnVerdict[] = [];
    for (const column of file.columns) {
      const { name, verdict, largest, final } = column;
      const isCovered = verdict === "different" && final !== null &&
        largest !== null && largest.size < Infinity &&
        await this.covers(run, final.size, this.finalOf(file.file, name));
      columns.push(
        isCovered ? { ...column, verdict: "within seed spread" } : column,
      );
    }
    return fileVerdict({ ...file, columns });
  }
}

/** The numbers of a column by the texts of the key's column. */
export function byKey(
  table: Table,
  key: string,
  column: string,
): ReadonlyMap<string, number> {
  const [keys, values] = [table.columns.get(key), table.columns.get(column)];
  if (keys === undefined || values === undefined) return new Map();
  return new Map(keys.texts.map((text, row) => [text, values.numbers[row]!]));
}

/**
 * The verdict on a file each of whose rows has a final value, with `within
 * seed spread` in the columns whose rows are all covered.
 *
 * @param outside by column, the rows that are outside of their tolerance
 */
export async function relaxRows(
  file: FileVerdict,
  outside: ReadonlyMap<string, readonly Deviation[]>,
  isCovered: (column: string, deviation: Deviation) => Promise<boolean>,
): Promise<FileVerdict> {
  const columns = await Promise.all(file.columns.map(async (column) => {
    const rows = outside.get(column.name) ?? [];
    if (rows.length === 0) return column;
    for (const row of rows) {
      if (!await isCovered(column.name, row)) return column;
    }
    return { ...column, verdict: "within seed spread" as const };
  }));
  return fileVerdict({ ...file, columns });
}
