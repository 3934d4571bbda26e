/**
 * Tables: each union of names has one, which everything else reads. A table
 * without one of the names does not compile, and a name without a row is
 * refused.
 */

import { UserError } from "./errors.ts";

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
  const names = namesOf(table).join(", ");
  throw new UserError(`there is no ${kind} ${name}; use one of ${names}`);
}

/** The names with what they stand for, for the help. */
export function namesWithHelp(
  table: Readonly<Record<string, TableRow>>,
): string {
  return Object.entries(table)
    .map(([name, { help }]) => help === undefined ? name : `${name} (${help})`)
    .join(", ");
}
