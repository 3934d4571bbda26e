/** What a file of data holds, before it is split and scaled. */

import { UserError } from "../../errors.ts";

/** Rows of one shape, read from a file. */
export interface Sheet {
  /** number of rows */
  readonly count: number;
  /** shape of a row: [D], [H, W] or [H, W, C] */
  readonly shape: readonly number[];
  /**
   * `count` times the product of the shape; bytes where the file has bytes; NaN
   * where a value is missing, which has to be asked for
   */
  readonly values: Uint8Array | Float32Array;
  /** names of the columns of a table; null: it has none */
  readonly columns: readonly string[] | null;
  /** of a table as text: whether its first line has the names; absent: no text */
  readonly hasHeader?: boolean;
  /**
   * the class of each row, empty where it is missing, which has to be asked
   * for; null: none was asked for
   */
  readonly labels: readonly string[] | null;
}

/** One file as all rows, or as the two splits that it names. */
export type Sheets = Sheet | { readonly train: Sheet; readonly test: Sheet };

/** What of a file is read; see the flags of the same names. */
export interface Selection {
  /** columns of a table, in order; null: all but the labels */
  readonly columns: readonly string[] | null;
  /** the column, or the array, that has the class of each row; null: none */
  readonly labels: string | null;
  /** the size that images get; absent: their own */
  readonly resize?:
    | { readonly height: number; readonly width: number }
    | undefined;
  /**
   * `mask`: values may be missing, and are left out of log p(x|z); absent: a
   * missing value is refused
   */
  readonly missing?: "mask" | undefined;
}

/** What is done with missing values where they are not refused. */
export type Missing = NonNullable<Selection["missing"]>;

/** The size of an image. */
export type Sides = NonNullable<Selection["resize"]>;

/** The most bytes that a file may have, compressed or not: 2 GiB. */
export const MOST_BYTES = 2 ** 31;

/** Refuses a file. */
export function refuse(where: string, what: string): never {
  throw new UserError(`${where}: ${what}`);
}

/** A number of values in words of a shape. */
export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** As messages have a shape, such as `28x28`. */
export function formatShape(shape: readonly number[]): string {
  return shape.join("x");
}
