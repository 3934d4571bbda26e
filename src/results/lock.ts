/** Locks on files, which the system frees when their holder dies. */

import { UserError } from "../errors.ts";
import { OpenFile, readText, removeIfThere, statOf, unless } from "../files.ts";

/** Milliseconds to wait for a lock: some hold one for a moment only. */
const PATIENCE = 1000;

/** A file that this process holds alone. */
export class LockedFile {
  readonly #path: string;
  /** the open file */
  readonly file: OpenFile;

  private constructor(path: string, file: OpenFile) {
    this.#path = path;
    this.file = file;
  }

  /** Makes and locks a file; null where something of that name is there. */
  static async create(path: string): Promise<LockedFile | null> {
    const file = await unless(
      ["EEXIST"],
      OpenFile.toWrite(path, { createNew: true }),
    );
    return await LockedFile.#lock(path, file);
  }

  /**
   * Locks a file that is there; null where another process holds it, it is
   * another user's, or it is no file: links are not followed.
   */
  static async open(path: string): Promise<LockedFile | null> {
    const { isFile = true } = await statOf(path) ?? {};
    if (!isFile) return null;
    const file = await unless(
      ["ENOENT", "EACCES", "EPERM"],
      OpenFile.toWrite(path),
    );
    return await LockedFile.#lock(path, file);
  }

  static async #lock(
    path: string,
    file: OpenFile | null,
  ): Promise<LockedFile | null> {
    try {
      if (await file?.tryLock()) {
        // Another process may have removed it since it was opened.
        const [there, here] = [await statOf(path), await file!.stat()];
        if (there?.ino === here.ino) return new LockedFile(path, file!);
      }
    } catch (error) {
      file?.close();
      throw error;
    }
    file?.close();
    return null;
  }

  /** Frees the lock and leaves the file; again does nothing. */
  close(): void {
    this.file.close();
  }

  /** Removes the file and frees the lock; again does nothing. */
  async remove(): Promise<void> {
    try {
      if (this.file.isOpen) await removeIfThere(this.#path);
    } finally {
      this.close();
    }
  }
}

/**
 * Locks the file, which is made where it is not there, and writes the number
 * of this process into it.
 *
 * @param what it protects, for the message
 * @param remedy beside waiting, for the message
 * @throws {UserError} another process holds it, or a link is in its place
 */
export async function lockFile(
  path: string,
  what: string,
  remedy: string,
): Promise<LockedFile> {
  for (const begin = Date.now();;) {
    const created = await LockedFile.create(path);
    const lock = created ?? await LockedFile.open(path);
    if (lock !== null) {
      try {
        await lock.file.cut(0);
        await lock.file.write(new TextEncoder().encode(`${Deno.pid}\n`));
        return lock;
      } catch (error) {
        // One that was there says that somebody died, so it stays.
        await created?.remove();
        lock.close();
        throw error;
      }
    }
    if (Date.now() - begin > PATIENCE) {
      throw new UserError(`${await refusal(path, what)} or ${remedy}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function refusal(path: string, what: string): Promise<string> {
  const { isFile = true } = await statOf(path) ?? {};
  if (!isFile) return `${path} is no file; remove it`;
  const text = await readText(path).catch(() => "");
  const holder = /^\d+\n$/.test(text)
    ? `process ${text.trim()}`
    : "another one";
  return `${what} is being written by ${holder}; wait for it`;
}
