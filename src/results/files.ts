/** Writing files so that a failure is one clear line and leaves no torso. */

import { dirname } from "node:path";
import { UserError } from "../errors.ts";

const CAUSES: [new () => Error, string][] = [
  [Deno.errors.PermissionDenied, "permission denied; use another --out DIR"],
  [Deno.errors.NotADirectory, "not a directory; use another --out DIR"],
  [Deno.errors.AlreadyExists, "something else is there; use another --out DIR"],
  [Deno.errors.FilesystemLoop, "a loop of links; use another --out DIR"],
  [Deno.errors.IsADirectory, "it is a directory; use another --out DIR"],
  [Deno.errors.NotCapable, "Deno may not use it; use another --out DIR"],
];

/** Codes of the operating system that Deno has no class for. */
const CODES: Record<string, string> = {
  ENOSPC: "the disk is full; free some space or use another --out DIR",
  EDQUOT: "the disk quota is full; free some space or use another --out DIR",
  EROFS: "the file system is read-only; use another --out DIR",
  EFBIG: "the file would be too large; use another --out DIR",
  ENAMETOOLONG: "the name is too long; use another --out DIR",
  EIO: "the disk failed to write it; use another --out DIR",
};

/**
 * Runs an action that writes to `path`.
 *
 * @throws {UserError} the disk is full, read-only or closed to the user
 */
export async function writing<T>(
  path: string,
  action: () => T | Promise<T>,
): Promise<T> {
  return await explaining(`cannot write ${path}`, action);
}

/** Runs an action that reads `path`, a place for results. */
export async function reading<T>(
  path: string,
  action: () => T | Promise<T>,
): Promise<T> {
  return await explaining(`cannot read ${path}`, action);
}

async function explaining<T>(
  what: string,
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const cause = CAUSES.find(([type]) => error instanceof type)?.[1] ??
      CODES[codeOf(error)];
    if (cause === undefined) throw error;
    throw new UserError(`${what}: ${cause}`);
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  // Deno 2.9 gives this one no code.
  return code ?? (message?.includes("(os error 27)") ? "EFBIG" : "");
}

/**
 * Puts the whole file in place, or leaves what was there: a temporary file
 * beside it is written, synced and renamed.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  // One name, so that what a kill leaves is overwritten, and never piles up.
  const partial = `${path}.partial`;
  await writing(path, async () => {
    try {
      using file = await Deno.open(partial, {
        write: true,
        create: true,
        truncate: true,
      });
      await writeAll(file, bytes);
      await file.sync();
      await Deno.rename(partial, path);
      await syncFolderOf(path);
    } catch (error) {
      await Deno.remove(partial).catch(() => {});
      throw error;
    }
  });
}

/** Makes a rename in the folder of `path` survive a power cut. */
async function syncFolderOf(path: string): Promise<void> {
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
