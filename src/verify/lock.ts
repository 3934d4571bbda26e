/**
 * results.lock: the SHA-256 of every file of a tree of results, a line each,
 * sorted by path, as `sha256sum` writes and checks them.
 *
 * It is written on demand alone. A command that added its files by itself would
 * also vouch for whatever lies beside them, and would need what processes that
 * write other runs of the tree need, too.
 */

import { UserError } from "../errors.ts";
import { FileError, readBytes } from "../files.ts";
import { sha256 } from "../results/loaded.ts";

/** Its name in the folder of the tree. */
export const LOCK = "results.lock";

/** A results.lock, read. */
export interface Lock {
  /** SHA-256 in hex, by path from the tree's folder */
  readonly hashes: ReadonlyMap<string, string>;
  /** of the file itself */
  readonly sha256: string;
  /** what is wrong with the file; null: nothing */
  readonly fault: string | null;
}

const LINE = /^([0-9a-f]{64}) {2}(?!\/)([^\n]+)$/;

/**
 * The text of a results.lock.
 *
 * @throws {UserError} a name has a line end, which no line can have
 */
export function formatLock(hashes: ReadonlyMap<string, string>): string {
  const broken = [...hashes.keys()].find((path) => path.includes("\n"));
  if (broken !== undefined) {
    throw new UserError(
      `${broken}: ${LOCK} has a name on each line, and this one has a line ` +
        "end; rename the file",
    );
  }
  return [...hashes].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([path, hash]) => `${hash}  ${path}\n`).join("");
}

/** The hashes in a text, and the first fault, if it has one. */
export function parseLock(text: string): Omit<Lock, "sha256"> {
  const hashes = new Map<string, string>();
  let last = "";
  for (const [i, line] of text.split("\n").slice(0, -1).entries()) {
    const [, hash, path] = LINE.exec(line) ?? [];
    if (hash === undefined || path!.split("/").includes("..")) {
      return { hashes, fault: `line ${i + 1} is not a SHA-256 and a path` };
    }
    if (path! <= last) {
      return { hashes, fault: `line ${i + 1} is not sorted by path` };
    }
    hashes.set(last = path!, hash);
  }
  const isWhole = text.endsWith("\n");
  return { hashes, fault: isWhole ? null : "its last line is cut short" };
}

/** The lock of a tree; null: it has none. @throws {UserError} unreadable */
export async function readLock(root: string): Promise<Lock | null> {
  try {
    const bytes = await readBytes(`${root}/${LOCK}`);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return { ...parseLock(text), sha256: sha256(bytes) };
  } catch (error) {
    if (error instanceof FileError && error.code === "ENOENT") return null;
    throw error;
  }
}
