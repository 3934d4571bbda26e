/** Files at paths that the user names: what is there stays. */

import { basename, dirname } from "node:path";
import { UserError } from "../errors.ts";
import { readBytes, statOf, targetOf } from "../files.ts";
import { writeAtomically } from "../results/files.ts";
import { ROWS } from "../results/outputs.ts";
import { readRunJson } from "../results/run_json.ts";
import { isFolder } from "../results/run_place.ts";

/** A file that a flag names. */
export interface UserFile {
  /** without its dashes, such as `out` */
  readonly flag: string;
  readonly path: string;
  readonly content: string | Uint8Array;
}

/**
 * Checks before any work that a file may be written.
 *
 * @throws {UserError} its folder does not exist, or the place is a run's own
 */
export async function checkPlace(flag: string, path: string): Promise<void> {
  const folder = dirname(path);
  if (!await isFolder(folder)) {
    throw new UserError(
      `--${flag} ${path}: ${folder} is not a folder; make it first`,
    );
  }
  const run = await readRunJson(folder);
  if (run === null) return;
  if (![...ROWS, ...Object.keys(run.outputs ?? {})].includes(basename(path))) {
    return;
  }
  throw new UserError(
    `--${flag} ${path}: a file of the run ${folder}; use another name`,
  );
}

/**
 * Writes files, all or none. Those that have this content stay as they are.
 *
 * @throws {UserError} one exists with other content, or cannot be written
 */
export async function writeNew(...files: readonly UserFile[]): Promise<void> {
  for (const { flag, path, content } of files) {
    if (await statOf(path) === null || await holds(path, content)) continue;
    throw new UserError(
      `--${flag} ${path}: it exists with other content and was not ` +
        "overwritten; remove it, or use another name",
    );
  }
  for (const { flag, path, content } of files) {
    if (await statOf(path) !== null) continue;
    await writeAtomically(path, content, `use another --${flag} FILE`);
  }
}

/** Whether a file has this content. */
export async function holds(
  path: string,
  content: string | Uint8Array,
): Promise<boolean> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  const stat = await targetOf(path);
  if (!stat?.isFile || stat.size !== bytes.length) return false;
  const there = await readBytes(path, { most: Infinity });
  return there.every((byte, i) => byte === bytes[i]);
}
