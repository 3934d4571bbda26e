/** Files and folders of a user's data, by the endings of their names. */

import { basename, join } from "node:path";
import { namesOf } from "../../table.ts";
import { bytesOf, entriesOf, GZIP, statOf } from "./files.ts";
import { readImages } from "./images.ts";
import { parseIdxRows } from "./idx_rows.ts";
import { parseNpy, parseNpz } from "./npy.ts";
import { parseParquet } from "./parquet.ts";
import { parseSafetensors } from "./safetensors.ts";
import {
  product,
  refuse,
  type Selection,
  type Sheet,
  type Sheets,
} from "./sheet.ts";
import { parseTextTable } from "./table.ts";

/** A kind of file. */
interface Reader {
  /** whether files have columns, and arrays, with the class of each row */
  readonly hasColumns: boolean;
  readonly hasLabels: boolean;
  readonly parse: (
    bytes: Uint8Array,
    where: string,
    selection: Selection,
  ) => Sheets;
}

const PLAIN = { hasColumns: false, hasLabels: false };
const TABLE = { hasColumns: true, hasLabels: true };

/** All kinds of files, by the endings of their names. */
const READERS: Readonly<Record<string, Reader>> = {
  ".npy": { ...PLAIN, parse: parseNpy },
  ".npz": { ...PLAIN, hasLabels: true, parse: parseNpz },
  ".csv": {
    ...TABLE,
    parse: (bytes, where, selection) =>
      parseTextTable(bytes, ",", where, selection),
  },
  ".tsv": {
    ...TABLE,
    parse: (bytes, where, selection) =>
      parseTextTable(bytes, "\t", where, selection),
  },
  ".safetensors": { ...PLAIN, parse: parseSafetensors },
  ".parquet": { ...TABLE, parse: parseParquet },
  "-ubyte": { ...PLAIN, parse: parseIdxRows },
  ".idx": { ...PLAIN, parse: parseIdxRows },
};

/** The endings that are read, for messages. */
const ENDINGS = `${namesOf(READERS).join(", ")}, each also with ${GZIP}`;

/** The ending of a file that is read; undefined: it is none. */
function endingOf(path: string): string | undefined {
  const name = basename(path).replace(/\.gz$/, "");
  return namesOf(READERS).find((ending) => name.endsWith(ending));
}

/** A file's or folder's name without endings, such as `iris`. */
export function stemOf(path: string): string {
  const name = basename(path).replace(/\.gz$/, "");
  const ending = endingOf(path);
  return ending === undefined ? name : name.slice(0, -ending.length);
}

/** How the names of the two splits begin. */
const SPLIT_NAME = /^(train|test|t10k)\b/;

/** What was read, and from which files. */
export interface Source {
  readonly sheets: Sheets;
  /** names without folders */
  readonly files: readonly string[];
}

/**
 * Reads a file of data, a folder of images, or a folder with a file or folder
 * called train and one called test.
 *
 * @param path of the file or folder
 * @throws {UserError} there is none, or it cannot be read
 */
export function readSource(path: string, selection: Selection): Source {
  const entries = statOf(path).isDirectory ? entriesOf(path) : [];
  const names = entries.filter(({ name, isDirectory }) =>
    SPLIT_NAME.test(name) && !/labels/.test(name) &&
    (isDirectory || endingOf(name) !== undefined)
  ).map(({ name }) => name).sort();
  if (names.length === 0) {
    return { sheets: readPart(path, selection), files: [basename(path)] };
  }
  const split = (pattern: RegExp) => {
    const found = names.filter((name) => pattern.test(name));
    if (found.length === 1) return found[0]!;
    return refuse(
      path,
      `${names.join(", ")}: a folder has one called train, and one test`,
    );
  };
  const files = [split(/^train\b/), split(/^(test|t10k)\b/)];
  const [train, test] = files.map((name) => {
    const sheet = readPart(join(path, name), selection);
    if ("count" in sheet) return sheet;
    return refuse(join(path, name), "it has two splits; name the file itself");
  }) as [Sheet, Sheet];
  return { sheets: { train, test }, files };
}

function readPart(path: string, selection: Selection): Sheets {
  const sheets = statOf(path).isDirectory
    ? readImages(path, selection)
    : readFile(path, selection);
  const all = "count" in sheets ? [sheets] : [sheets.train, sheets.test];
  for (const sheet of all) requireWhole(sheet, path);
  return sheets;
}

/** @throws {RangeError} a reader made more or fewer values than its rows have */
function requireWhole(
  { count, shape, values, labels }: Sheet,
  where: string,
): void {
  const expected = count * product(shape);
  if (values.length !== expected) {
    throw new RangeError(
      `${where}: ${values.length} values, not ${expected}: a bug of its reader`,
    );
  }
  if (labels !== null && labels.length !== count) {
    throw new RangeError(
      `${where}: ${labels.length} labels, not ${count}: a bug of its reader`,
    );
  }
}

function readFile(path: string, selection: Selection): Sheets {
  const ending = endingOf(path);
  if (ending === undefined) {
    refuse(path, `no known kind of data; files end with ${ENDINGS}`);
  }
  const reader = READERS[ending]!;
  if (selection.resize !== undefined) {
    refuse(path, "--resize is of folders of images; leave it out");
  }
  for (const key of ["columns", "labels"] as const) {
    const has = key === "columns" ? reader.hasColumns : reader.hasLabels;
    if (selection[key] === null || has) continue;
    refuse(path, `--${key} ${selection[key]}: a ${ending} file has no ${key}`);
  }
  return reader.parse(bytesOf(path), path, selection);
}

/** Changes with a file, and with a folder's entries. */
export function stampOf(path: string): string {
  const { isDirectory, mtime, size } = statOf(path);
  const own = `${mtime?.getTime()}/${size}`;
  if (!isDirectory) return own;
  const names = entriesOf(path).map(({ name }) => name)
    .filter((name) => SPLIT_NAME.test(name));
  return [own, ...names.map((name) => stampOf(join(path, name)))].join();
}
