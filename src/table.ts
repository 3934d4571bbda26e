/**
 * Tables: each union of names has one, which everything else reads. A table
 * without one of the names does not compile, and a name without a row is
 * refused. To some of them a script adds rows of its own.
 */

import { UserError } from "./errors.ts";
import { nearest } from "./text.ts";

/** What all rows have. */
export interface TableRow {
  /** what the name stands for, in the help; none: the name says it */
  readonly help?: string;
}

/** Names, at least one. */
export type Names<N extends string> = readonly [N, ...N[]];

/** The names, in the table's order. */
export function namesOf<T extends object>(table: T): Names<keyof T & string> {
  return Object.keys(table) as [keyof T & string];
}

/**
 * The row of a name.
 *
 * @param kind what messages call the names, such as `activation`
 * @throws {UserError} there is no such row
 */
export function rowOf<T>(
  table: Readonly<Record<string, T>>,
  name: string,
  kind: string,
): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  const names = namesOf(table);
  throw new UserError(
    `there is no ${kind} ${name}; use one of ${names.join(", ")}` +
      didYouMean(name, names),
  );
}

/** A suggestion for the end of a message; empty where no name is near. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const near = nearest(typed, names);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/**
 * Adds a row of a script to a table. The union of names stays as it is: what
 * has a name of a script reads it by {@linkcode rowOf} alone.
 *
 * @param reserved names that stand for something without a row
 * @throws {UserError} the name is taken, or does not suit flags and folders
 */
export function addRow<T>(
  table: Readonly<Record<string, T>>,
  name: string,
  row: T,
  kind: string,
  reserved: readonly string[] = [],
): void {
  const own = `the script's ${kind} ${name}`;
  if (Object.hasOwn(table, name) || reserved.includes(name)) {
    throw new UserError(`${own}: there is one already; give it another name`);
  }
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    throw new UserError(
      `${own}: a name has up to 40 lower-case letters, digits and -, and a ` +
        "letter at its start",
    );
  }
  (table as Record<string, T>)[name] = row;
}

/** The names with what they stand for, for the help. */
export function namesWithHelp(
  table: Readonly<Record<string, TableRow>>,
): string {
  return Object.entries(table)
    .map(([name, { help }]) => help === undefined ? name : `${name} (${help})`)
    .join(", ");
}
