/** One writer per folder: a lock that the system frees when its holder dies. */

import { UserError } from "../errors.ts";
import { writing } from "./files.ts";

/** Name of the lock file in a folder. */
export const LOCK_FILE = "lock";

/** Whether the path still names the file: its holder may have ended since. */
async function isStillAt(path: string, file: Deno.FsFile): Promise<boolean> {
  try {
    return (await Deno.stat(path)).ino === (await file.stat()).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function readAll(file: Deno.FsFile): Promise<Uint8Array> {
  await file.seek(0, Deno.SeekMode.Start);
  const buffer = new Uint8Array(32);
  return buffer.subarray(0, await file.read(buffer) ?? 0);
}

/** A held lock. */
export interface FolderLock {
  /** Frees the lock and removes its file; again does nothing. */
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder that exists.
 *
 * @throws {UserError} another process holds it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = `${folder}/${LOCK_FILE}`;
  const file = await writing(
    path,
    () => Deno.open(path, { read: true, write: true, create: true }),
  );
  if (!await file.tryLock(true) || !await isStillAt(path, file)) {
    const holder = new TextDecoder().decode(await readAll(file)).trim();
    file.close();
    throw new UserError(
      `${folder} is being written by process ${holder}; ` +
        "wait for it or use another --out DIR",
    );
  }
  let isHeld = true;
  const lock: FolderLock = {
    async release() {
      if (!isHeld) return;
      isHeld = false;
      await Deno.remove(path);
      file.close();
    },
  };
  try {
    await writing(path, async () => {
      await file.truncate();
      await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}
