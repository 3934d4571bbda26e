/** Where the files of one run, made twice, first differ. */

import type { Table } from "../results/csv_table.ts";
import { compareTables } from "./compare_tables.ts";
import { keyOfTable } from "./tree.ts";

/** Files of a run by name, such as train.csv. */
export type RunTables = ReadonlyMap<string, Table>;

/** The first value that differs. */
export interface FirstDifference {
  readonly file: string;
  /** of the row */
  readonly step: number | string;
  readonly column: string;
  readonly a: number | string;
  /** `missing` where B ends before */
  readonly b: number | string;
}

/**
 * The earliest step at which a column of both lies more than a tolerance apart,
 * in the first file where one does; null: nowhere.
 *
 * Columns and files that A alone or B alone has are passed over, as versions of
 * the project add them; rows that B lacks are not.
 *
 * @param options.column the only one that counts
 * @param options.tolerance in its unit
 */
export function firstDifference(
  a: RunTables,
  b: RunTables,
  { column, tolerance = 0 }: {
    readonly column?: string | undefined;
    readonly tolerance?: number | undefined;
  } = {},
): FirstDifference | null {
  const overrides = [
    { columns: "*", part: "rtol", value: 0 },
    { columns: "*", part: "atol", value: tolerance },
  ] as const;
  for (const [file, tableA] of a) {
    const tableB = b.get(file);
    if (tableB === undefined) continue;
    const key = keyOfTable(file);
    const keyed = { file, whereA: file, whereB: file, key };
    const { columns, removedRows } = compareTables(tableA, tableB, keyed, {
      overrides,
    });
    const found = columns
      .filter(({ name }) => column === undefined || name === column)
      .flatMap(({ name, firstOutside }): FirstDifference[] =>
        firstOutside === null ? [] : [{
          file,
          step: firstOutside.key,
          column: name,
          a: firstOutside.a,
          b: firstOutside.b,
        }]
      );
    if (removedRows !== null && tableA.columns.has(column ?? key.name)) {
      const step = removedRows.first;
      found.push({ file, step, column: key.name, a: step, b: "missing" });
    }
    // The earliest; of several columns at one step the file's first.
    const first = found
      .reduce<FirstDifference | null>(
        (best, next) =>
          best === null || Number(next.step) < Number(best.step) ? next : best,
        null,
      );
    if (first !== null) return first;
  }
  return null;
}
