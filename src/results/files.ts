/** Writing files so that a failure is one clear line and leaves no torso. */

import { basename, dirname } from "node:path";
import { UserError } from "../errors.ts";
import { LockedFile } from "./lock.ts";

const CAUSES: [new () => Error, string][] = [
  [Deno.errors.PermissionDenied, "permission denied"],
  [Deno.errors.NotADirectory, "not a directory"],
  [Deno.errors.AlreadyExists, "something else is there"],
  [Deno.errors.FilesystemLoop, "a loop of links"],
  [Deno.errors.IsADirectory, "it is a directory"],
  [Deno.errors.NotCapable, "Deno may not use it"],
];

/** Codes of the operating system that Deno has no class for. */
const CODES: Record<string, string> = {
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is full; free some space",
  EROFS: "the file system is read-only",
  EFBIG: "the file would be too large",
  ENAMETOOLONG: "the name is too long",
  EIO: "the disk failed",
};

/** What helps where results cannot be written or read. */
export const REMEDY = "use another --out DIR";

/**
 * Runs an action that writes to `path`.
 *
 * @throws {UserError} the disk is full, read-only or closed to the user
 */
export async function writing<T>(
  path: string,
  action: () => T | Promise<T>,
  remedy = REMEDY,
): Promise<T> {
  return await explaining(`cannot write ${path}`, action, remedy);
}

/** Runs an action that reads `path`, a place for results. */
export async function reading<T>(
  path: string,
  action: () => T | Promise<T>,
): Promise<T> {
  return await explaining(`cannot read ${path}`, action, REMEDY);
}

async function explaining<T>(
  what: string,
  action: () => T | Promise<T>,
  remedy: string,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const cause = CAUSES.find(([type]) => error instanceof type)?.[1] ??
      CODES[codeOf(error)];
    if (cause === undefined) throw error;
    const joint = cause.includes(";") ? " or" : ";";
    throw new UserError(`${what}: ${cause}${joint} ${remedy}`);
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  // Deno 2.9 gives this one no code.
  return code ?? (message?.includes("(os error 27)") ? "EFBIG" : "");
}

/**
 * Puts the whole file in place, or leaves what was there: a temporary file
 * beside it is written, synced and renamed. Each writer has one of its own,
 * which it holds locked; those whose writer is dead are removed. A file that
 * has these bytes already is left alone.
 *
 * @param remedy of a failure, for the message
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  remedy = REMEDY,
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  await writing(path, async () => {
    await removeAbandoned(dirname(path), `${basename(path)}.`);
    if (await holds(path, bytes)) return;
    const { partial, temporary } = await createTemporary(path);
    try {
      await writeAll(temporary.file, bytes);
      await temporary.file.sync();
      await Deno.rename(partial, path);
    } catch (error) {
      await temporary.remove().catch(() => {});
      throw error;
    }
    temporary.close();
    await syncFolderOf(path);
  }, remedy);
}

/** Whether the file has these bytes. */
async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const stat = await Deno.lstat(path).catch(() => null);
  if (!stat?.isFile || stat.size !== bytes.length) return false;
  const there = await Deno.readFile(path);
  return there.every((byte, i) => byte === bytes[i]);
}

async function createTemporary(path: string) {
  for (let i = 1;; i++) {
    const partial = `${path}.${i}${PARTIAL}`;
    const temporary = await LockedFile.create(partial);
    if (temporary !== null) return { partial, temporary };
  }
}

/** The end of names of what is not complete. */
export const PARTIAL = ".partial";

/** Removes the temporary files in a folder whose writers are dead. */
export async function removeAbandoned(
  folder: string,
  prefix = "",
): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(PARTIAL)) continue;
    await (await LockedFile.open(`${folder}/${name}`))?.remove();
  }
}

/** Makes a rename in the folder of `path` survive a power cut. */
export async function syncFolderOf(path: string): Promise<void> {
  if (Deno.build.os === "windows") return; // folders cannot be opened there
  using folder = await Deno.open(dirname(path));
  await folder.sync();
}

/** Writes every byte: a single write may take only some. */
export async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}
