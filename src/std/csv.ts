/**
 * Local stand-in for `jsr:@std/csv`: the names and signatures that this
 * project uses, on papaparse. See jsr.import_map.json.
 */

// @ts-types="@types/papaparse"
import Papa from "papaparse";

/** One column of {@linkcode stringify}: the property, or with its header. */
export type Column = string | { header?: string; prop: string };

/** Options of {@linkcode stringify}. */
export interface StringifyOptions {
  /** whether the first row holds the names; default true */
  headers?: boolean;
  /** the properties to write, in this order */
  columns?: readonly Column[];
}

/** Objects as CSV text, each row ended by CRLF (RFC 4180). */
export function stringify(
  data: readonly Record<string, unknown>[],
  options: StringifyOptions = {},
): string {
  const columns = (options.columns ?? []).map((column) =>
    typeof column === "string" ? { prop: column } : column
  );
  const rows = data.map((item) => columns.map(({ prop }) => item[prop]));
  if (options.headers ?? true) {
    rows.unshift(
      columns.map((column) => "header" in column ? column.header : column.prop),
    );
  }
  return rows.length === 0
    ? ""
    : Papa.unparse(rows, { newline: "\r\n" }) + "\r\n";
}

/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** true: the first row names the properties of the others */
  skipFirstRow?: boolean;
  /** 0: every row must have as many fields as the first */
  fieldsPerRecord?: number;
}

/**
 * CSV text as rows, or as objects with `skipFirstRow`.
 *
 * @throws {SyntaxError} torn quotes, or a row of another length
 */
export function parse(input: string): string[][];
export function parse<const T extends ParseOptions>(
  input: string,
  options: T,
): T extends { skipFirstRow: true } ? Record<string, string | undefined>[]
  : string[][];
export function parse(
  input: string,
  options: ParseOptions = {},
): string[][] | Record<string, string | undefined>[] {
  const { data, errors } = Papa.parse<string[]>(
    input.startsWith("\ufeff") ? input.slice(1) : input,
    { delimiter: ",", skipEmptyLines: true },
  );
  const error = errors[0];
  if (error !== undefined) {
    throw new SyntaxError(
      `record on line ${(error.row ?? 0) + 1}: ${error.message}`,
    );
  }
  const fields = data[0]?.length ?? 0;
  data.forEach((row, index) => {
    if (options.fieldsPerRecord === 0 && row.length !== fields) {
      throw new SyntaxError(
        `record on line ${index + 1}: wrong number of fields`,
      );
    }
  });
  if (!options.skipFirstRow) return data;
  const [header, ...rows] = data;
  if (header === undefined) throw new TypeError("Headers must be defined");
  return rows.map((row, index) => {
    if (row.length !== header.length) {
      throw new SyntaxError(
        `record on line ${index + 2}: wrong number of fields`,
      );
    }
    return Object.fromEntries(header.map((name, i) => [name, row[i]!]));
  });
}
