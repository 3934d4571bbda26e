/**
 * Where the runs of an experiment are, and who may write there.
 *
 * A run is `NAME/`. While it is written it is `NAME.partial/`, and the run that
 * it replaces is `NAME.old.partial/` for a moment. Whoever writes to any of
 * them holds the lock `.NAME.lock`, which is made before they are and removed
 * after them. A lock file that nobody holds was left by a process that died;
 * the next holder cleans up after it.
 */

import { basename, dirname, join, resolve } from "node:path";
import { checkpointSteps, removeCheckpoints } from "./checkpoint.ts";
import {
  entriesOf,
  makeFolder,
  REMEDY,
  removeIfThere,
  rename,
  statOf,
  syncFolder,
  targetOf,
  unless,
  writing,
} from "../files.ts";
import { naturally } from "../text.ts";
import { PARTIAL } from "./files.ts";
import { LockedFile, lockFile } from "./lock.ts";

/**
 * The names of the folders in an experiment's folder that may be runs, z2
 * before z10; none where there is no such folder. A link to a folder counts.
 */
export async function runNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  const entries = await unless(["ENOENT"], entriesOf(folder)) ?? [];
  for (const { name, isDirectory, isSymlink } of entries) {
    if (name.startsWith(".") || name.endsWith(PARTIAL)) continue;
    const isRun = isSymlink ? await isFolder(join(folder, name)) : isDirectory;
    if (isRun) names.push(name);
  }
  return names.sort(naturally);
}

/** The names of the folders of runs that were begun, `.partial` included. */
export async function partialNames(folder: string): Promise<string[]> {
  const entries = await unless(["ENOENT"], entriesOf(folder)) ?? [];
  return entries.filter(({ isDirectory, name }) =>
    isDirectory && name.endsWith(PARTIAL)
  ).map(({ name }) => name).sort(naturally);
}

/** Whether there is a folder, or a link to one. */
export async function isFolder(path: string): Promise<boolean> {
  return (await targetOf(path))?.isDirectory ?? false;
}

/** Where a run is written until it is complete. */
export function partialOf(path: string): string {
  return `${path}${PARTIAL}`;
}

function lockOf(path: string): string {
  const whole = resolve(path); // of `.`, too, the folder has a name
  return join(dirname(whole), `.${basename(whole)}.lock`);
}

/** Where a run is while another takes its place. */
function oldOf(path: string): string {
  return partialOf(`${path}.old`);
}

/**
 * Takes a run's lock, and cleans up after a holder that died.
 *
 * @throws {UserError} another process holds it
 */
export async function lockRun(
  path: string,
  remedy = REMEDY,
): Promise<LockedFile> {
  const file = lockOf(path);
  await writing(path, () => makeFolder(dirname(file)), remedy);
  const lock = await writing(
    file,
    () => lockFile(file, path, remedy),
    remedy,
  );
  return await writing(path, () => cleaned(path, lock), remedy);
}

/**
 * Adds to a run that is complete, while nobody else writes there.
 *
 * @throws {UserError} another process is writing the run
 */
export async function withRunLock(
  path: string,
  action: () => Promise<void>,
  remedy: string,
): Promise<void> {
  const lock = await lockRun(path, remedy);
  try {
    await action();
  } finally {
    await writing(path, () => lock.remove());
  }
}

/** Lets go of a run that did not end; what a checkpoint covers stays. */
export async function leave(path: string, lock: LockedFile): Promise<void> {
  try {
    await (await cleaned(path, lock)).remove();
  } catch {
    // The error that led here is told; the lock's next holder tries again.
  }
}

/** Cleans up after a process that died while it wrote a run. */
export async function cleanUp(path: string): Promise<void> {
  await writing(path, async () => {
    const lock = await LockedFile.open(lockOf(path));
    if (lock !== null) await (await cleaned(path, lock)).remove();
  });
}

/**
 * A run's lock, once a replacement that was cut short is undone and what has
 * no checkpoint to continue from is removed.
 */
async function cleaned(path: string, lock: LockedFile): Promise<LockedFile> {
  const [partial, old] = [partialOf(path), oldOf(path)];
  try {
    if (await statOf(path) !== null) await removeIfThere(old);
    else await renameIfThere(old, path);
    const isLink = (await statOf(partial))?.isSymlink ?? false;
    if (isLink || (await checkpointSteps(partial)).length === 0) {
      await removeIfThere(partial);
    }
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Removes what an earlier process of a run that did not end has written. */
export async function discardPartial(path: string): Promise<void> {
  const partial = partialOf(path);
  await writing(partial, async () => {
    // First, so that a kill leaves a whole checkpoint with its rows, or none.
    await removeCheckpoints(partial, 0);
    await removeIfThere(partial);
  });
}

/** Puts what is complete in the run's place; what was there is removed. */
export async function replaceRun(path: string): Promise<void> {
  await writing(path, async () => {
    // A rename cannot replace a folder that is not empty.
    await renameIfThere(path, oldOf(path));
    await rename(partialOf(path), path);
    await syncFolder(dirname(path));
    await removeIfThere(oldOf(path));
  });
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await unless(["ENOENT"], rename(from, to));
}
