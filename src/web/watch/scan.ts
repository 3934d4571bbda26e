/** The runs in a folder while they are made: nothing of it is locked. */

import { entriesOf, targetOf, unless } from "../../files.ts";
import { PARTIAL } from "../../results/files.ts";
import { naturally } from "../../text.ts";

/** A run, and what tells whether it has changed. */
export interface SeenRun {
  /** of the run, whether its folder is there yet or is still partial */
  readonly path: string;
  /** where its files are */
  readonly folder: string;
  readonly isRunning: boolean;
  /** another one after each change of its files */
  readonly stamp: string;
}

/** Files whose change is one of the run, beside those that come and go. */
const FILES = ["run.json", "train.csv", "eval.csv"];

/**
 * The runs of a folder of experiments, or of one experiment, by path; none
 * where there is no folder. One that is made anew is that which is made.
 *
 * @throws {UserError} a folder cannot be read
 */
export async function scan(folder: string): Promise<SeenRun[]> {
  const found = await runsIn(folder, 1);
  return found.sort((a, b) => naturally(a.path, b.path));
}

async function runsIn(folder: string, depth: number): Promise<SeenRun[]> {
  const entries = await unless(["ENOENT", "ENOTDIR"], entriesOf(folder)) ?? [];
  const names = entries
    .filter(({ isFile, name }) => !isFile && !name.startsWith("."))
    .map(({ name }) => name);
  const runs: SeenRun[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    if (name.endsWith(PARTIAL)) {
      // A run that another one takes the place of is that for a moment.
      if (!name.endsWith(`.old${PARTIAL}`)) {
        runs.push(await seen(path.slice(0, -PARTIAL.length), path, true));
      }
    } else if (names.includes(`${name}${PARTIAL}`)) continue;
    else if ((await targetOf(`${path}/run.json`))?.isFile) {
      runs.push(await seen(path, path, false));
    } else if (depth > 0) runs.push(...await runsIn(path, depth - 1));
  }
  return runs;
}

async function seen(
  path: string,
  folder: string,
  isRunning: boolean,
): Promise<SeenRun> {
  const stamps: string[] = [];
  for (const name of [".", ...FILES]) {
    const stat = await targetOf(`${folder}/${name}`);
    stamps.push(`${stat?.ino} ${stat?.size} ${stat?.mtime?.getTime()}`);
  }
  return { path, folder, isRunning, stamp: stamps.join() };
}
