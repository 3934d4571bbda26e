/** Two CSV files, column by column, over the rows that both have. */

import { UserError } from "../errors.ts";
import { damaged, type Key, whyUnreadable } from "./tree.ts";
import {
  type ColumnVerdict,
  compareColumns,
  type Join,
  joinRows,
  repeatedRow,
  toleranceOf,
  type ToleranceOverride,
  type Verdict,
  worst,
} from "./compare_columns.ts";
import { globMatcher } from "./names.ts";
import type { Table } from "../results/csv_table.ts";

/** Rows that only one side has. */
export interface LoneRows {
  readonly count: number;
  /** keys of the first and the last */
  readonly first: number | string;
  /** equal to the first where there is one */
  readonly last: number | string;
}

/** How two files of one name compare. */
export interface FileVerdict {
  readonly file: string;
  /** the worst of its columns and of its rows */
  readonly verdict: Verdict;
  /** of the columns in both; empty where the bytes of the files are the same */
  readonly columns: readonly ColumnVerdict[];
  /** columns of B alone */
  readonly addedColumns: readonly string[];
  /** columns of A alone */
  readonly removedColumns: readonly string[];
  /** rows of B alone */
  readonly addedRows: LoneRows | null;
  /** rows of A alone */
  readonly removedRows: LoneRows | null;
  /** why one of the two is unreadable; null: both could be read */
  readonly why: string | null;
}

/** How columns are compared. */
export interface ColumnOptions {
  /** over the table of tolerances, in order */
  readonly overrides?: readonly ToleranceOverride[];
  /** patterns of columns that are left out */
  readonly ignore?: readonly string[];
  /** gets the names of all columns that are read */
  readonly seen?: Set<string>;
}

/** What a file of rows is joined on, and which rows count. */
export interface Keyed {
  readonly file: string;
  /** where A has it, for a message */
  readonly whereA: string;
  /** where B has it */
  readonly whereB: string;
  /** the column of the keys */
  readonly key: Key;
  /** leaves rows out by their key */
  readonly filter?: (key: string) => boolean;
  /** keys of A under the names that they have in B */
  readonly renamed?: ReadonlyMap<string, string>;
  /** a column that one of them may lack */
  readonly mayLack?: (column: string) => boolean;
}

export function sameBytes(file: string): FileVerdict {
  return {
    file,
    verdict: "identical",
    columns: [],
    addedColumns: [],
    removedColumns: [],
    addedRows: null,
    removedRows: null,
    why: null,
  };
}

/** What `compare` finds of two files, or that one of them is unreadable. */
export async function whereReadable(
  file: string,
  compare: () => Promise<FileVerdict>,
): Promise<FileVerdict> {
  try {
    return await compare();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return unreadable(file, whyUnreadable(error));
  }
}

/** The verdict on two files of which one is unreadable. */
export function unreadable(file: string, why: string): FileVerdict {
  return { ...sameBytes(file), verdict: "unreadable", why };
}

/**
 * What a file says whose columns or rows changed. What B alone has counts as
 * `within tolerance`: no number of A got another value. What A alone has
 * counts as `different`: its values are gone.
 */
export function fileVerdict(
  parts: Omit<FileVerdict, "verdict" | "why">,
): FileVerdict {
  const { columns, addedColumns, removedColumns } = parts;
  const hasMore = addedColumns.length > 0 || parts.addedRows !== null;
  const hasLess = removedColumns.length > 0 || parts.removedRows !== null;
  const verdict = worst([
    ...columns.map((column) => column.verdict),
    ...hasMore ? ["within tolerance" as const] : [],
    ...hasLess ? ["different" as const] : [],
  ]);
  return { ...parts, verdict, why: null };
}

/** Compares two tables. @throws {UserError} keys are missing or not distinct */
export function compareTables(
  a: Table,
  b: Table,
  keyed: Keyed,
  { overrides = [], ignore = [], seen }: ColumnOptions = {},
): FileVerdict {
  for (const name of [...a.columns.keys(), ...b.columns.keys()]) {
    seen?.add(name);
  }
  const { file, key, filter, renamed, mayLack = () => false } = keyed;
  const ownA = keysOf(a, key, keyed.whereA);
  const keysB = keysOf(b, key, keyed.whereB);
  const keysA = renamed === undefined ? ownA : rename(ownA, renamed);
  const join = filtered(joinRows(keysA, keysB), keysA, keysB, filter);

  const all: ColumnVerdict[] = [];
  for (const [name, columnA] of a.columns) {
    const columnB = b.columns.get(name);
    if (name === key.name || columnB === undefined) continue;
    all.push(compareColumns(
      columnA,
      columnB,
      join,
      keysA,
      toleranceOf(name, overrides),
    ));
  }
  const patterns = ignore.map(globMatcher);
  const isKept = (name: string) => !patterns.some((matches) => matches(name));
  const isCounted = (name: string) => isKept(name) && !mayLack(name);
  const lone = (of: Table, other: Table) =>
    [...of.columns.keys()].filter((name) => !other.columns.has(name));
  const lost = lone(a, b);
  const gained = lone(b, a);
  const addedRows = rowsAt(join.added, keysB);
  const removedRows = rowsAt(join.removed, keysA);

  // The bytes of the files differ. If no cell does, then line ends, quotes or
  // the order do, so the values are equal, not identical.
  const isExplained = lost.length + gained.length > 0 ||
    addedRows !== null || removedRows !== null || filter !== undefined ||
    renamed !== undefined ||
    all.some(({ verdict }) => verdict !== "identical");
  const columns = all.filter(({ name }) => isKept(name)).map((column) =>
    isExplained ? column : { ...column, verdict: "equal" as const }
  );
  return fileVerdict({
    file,
    columns,
    addedColumns: gained.filter(isCounted),
    removedColumns: lost.filter(isCounted),
    addedRows,
    removedRows,
  });
}

function keysOf(
  table: Table,
  { name, isNumeric }: Key,
  where: string,
): ArrayLike<number | string> {
  const column = table.columns.get(name);
  if (column === undefined) throw damaged(where, `it has no column ${name}`);
  if (isNumeric && !column.isNumeric) {
    throw damaged(where, `a ${name} is not a number`);
  }
  const keys: ArrayLike<number | string> = isNumeric
    ? column.numbers
    : column.texts;
  const row = repeatedRow(keys);
  if (row === undefined) return keys;
  throw damaged(where, `two rows have the ${name} ${keys[row]}`);
}

/** Keys under new names, unless a row has that name already. */
function rename(
  keys: ArrayLike<number | string>,
  names: ReadonlyMap<string, string>,
): (number | string)[] {
  const own = Array.from(keys);
  const taken = new Set(own);
  return own.map((key) => {
    const name = names.get(String(key));
    return name === undefined || taken.has(name) ? key : name;
  });
}

function filtered(
  join: Join,
  keysA: ArrayLike<number | string>,
  keysB: ArrayLike<number | string>,
  filter: ((key: string) => boolean) | undefined,
): Join {
  if (filter === undefined) return join;
  const inA = (row: number) => filter(String(keysA[row]));
  const inB = (row: number) => filter(String(keysB[row]));
  return {
    a: join.a.filter(inA),
    b: join.b.filter((_, i) => inA(join.a[i]!)),
    added: join.added.filter(inB),
    removed: join.removed.filter(inA),
  };
}

function rowsAt(
  rows: Uint32Array,
  keys: ArrayLike<number | string>,
): LoneRows | null {
  if (rows.length === 0) return null;
  return {
    count: rows.length,
    first: keys[rows[0]!]!,
    last: keys[rows.at(-1)!]!,
  };
}
