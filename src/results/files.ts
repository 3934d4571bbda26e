/** Writing files so that a failure leaves no torso. */

import { basename, dirname } from "node:path";
import {
  entriesOf,
  readBytes,
  REMEDY,
  rename,
  statOf,
  syncFolder,
  writing,
} from "../files.ts";
import { LockedFile } from "./lock.ts";

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
      await temporary.file.write(bytes);
      await temporary.file.sync();
      await rename(partial, path);
    } catch (error) {
      await temporary.remove().catch(() => {});
      throw error;
    }
    temporary.close();
    await syncFolder(dirname(path));
  }, remedy);
}

/** Whether the file has these bytes. */
async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const stat = await statOf(path).catch(() => null);
  if (!stat?.isFile || stat.size !== bytes.length) return false;
  const there = await readBytes(path, { most: Infinity });
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
  for (const { name } of await entriesOf(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(PARTIAL)) continue;
    await (await LockedFile.open(`${folder}/${name}`))?.remove();
  }
}
