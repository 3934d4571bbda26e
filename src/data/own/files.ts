/** The user's files and folders: what cannot be read is refused by its name. */

import {
  entriesOfSync,
  FileError,
  readBytesSync,
  targetOfSync,
} from "../../files.ts";
import { gunzip } from "../gzip.ts";
import { MOST_BYTES, refuse } from "./sheet.ts";

/** The ending of packed files. */
export const GZIP = ".gz";

/** @throws {UserError} there is nothing at the path */
export function statOf(path: string): Deno.FileInfo {
  return readable(path, () => targetOfSync(path));
}

/** What is in a folder. @throws {UserError} it cannot be read */
export function entriesOf(folder: string): Deno.DirEntry[] {
  return readable(folder, () => entriesOfSync(folder));
}

/**
 * A file's bytes, unpacked if it is gzipped.
 *
 * @throws {UserError} it cannot be read, is damaged, or is larger than 2 GiB
 */
export function bytesOf(path: string): Uint8Array {
  const { isFile, size } = statOf(path);
  // A pipe would be waited for without end.
  if (!isFile) refuse(path, "not a file");
  if (size > MOST_BYTES) refuse(path, "it is larger than 2 GiB; split it");
  const bytes = readable(path, () => readBytesSync(path, { most: MOST_BYTES }));
  if (!path.endsWith(GZIP)) return bytes;
  // What an honest file ends with; one that lies is unpacked up to the bound.
  const declared = bytes.length < 4
    ? 0
    : new DataView(bytes.buffer).getUint32(bytes.length - 4, true);
  if (declared > MOST_BYTES) {
    refuse(path, "unpacked it is larger than 2 GiB; split it");
  }
  return gunzip(bytes, path, MOST_BYTES);
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const remedy = error.code === "ENOENT"
      ? "name it with --data PATH"
      : "make it readable";
    return refuse(`--data ${path}`, `${error.why}; ${remedy}`);
  }
}
