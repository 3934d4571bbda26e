/** The files of a tree of results, and whether they are what was recorded. */

import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { entriesOf, targetOf } from "../files.ts";
import { type Hashes, isOutput, sha256Of } from "../results/outputs.ts";
import { readRunJson } from "../results/run_json.ts";
import { LOCK, type Lock, readLock } from "./lock.ts";

/** A part of a tree: all of it, an experiment, or a run. */
export interface Part {
  /** the tree's folder */
  readonly root: string;
  /** path from there; "": all of it */
  readonly within: string;
}

/** The names of records, by which a folder is that of a run. */
const RECORDS = ["run.json", "measurement.json"];

/**
 * The part of a tree that is at a path: the tree is where results.lock lies, or
 * else what has experiments with runs.
 *
 * @throws {UserError} nothing is there
 */
export async function partAt(path: string): Promise<Part> {
  if (!(await targetOf(path))?.isFile) return await partIn(path);
  const { root, within } = await partIn(dirname(path));
  return { root, within: join(within, basename(path)) };
}

async function partIn(folder: string): Promise<Part> {
  const remedy = "name a folder of results, or a certificate";
  const entries = await entriesOf(folder, remedy);
  const names = new Set(entries.map(({ name }) => name));
  if (names.has(LOCK)) return { root: folder, within: "" };
  const whole = resolve(folder);
  const [name, above] = [basename(whole), basename(dirname(whole))];
  const ofExperiment = { root: join(folder, ".."), within: name };
  const ofRun = { root: join(folder, "../.."), within: `${above}/${name}` };
  if (RECORDS.some((record) => names.has(record))) return ofRun;
  if (await targetOf(join(folder, "..", LOCK)) !== null) return ofExperiment;
  for (const run of names) {
    for (const record of RECORDS) {
      if (await targetOf(join(folder, run, record)) !== null) {
        return ofExperiment;
      }
    }
  }
  return { root: folder, within: "" };
}

const isIn = (path: string, within: string) =>
  within === "" || path === within || path.startsWith(`${within}/`);

/**
 * Whether git keeps no such file, as .gitignore says: rows of every step of
 * runs of more than 1e6 samples. They may be missing, and are in no lock.
 */
function isLocal(path: string): boolean {
  const [, budget] = /-n([\d.]+e\d+)-[^/]*\/train\.csv$/.exec(path) ?? [];
  return budget !== undefined && Number(budget) > 1e6;
}

/** A file that is not what was recorded. */
export interface Fault {
  /** from the tree's folder */
  readonly path: string;
  readonly why: string;
}

/** What a check found. */
export interface Checked {
  readonly lock: Lock | null;
  /** SHA-256 of each file, by path from the tree's folder */
  readonly files: ReadonlyMap<string, string>;
  /** paths of the runs */
  readonly runs: readonly string[];
  readonly faults: readonly Fault[];
  /** files of which nothing says what they should be */
  readonly unknown: readonly string[];
}

/**
 * Compares the files of a tree with the hashes in results.lock, and in the
 * run.json of each run.
 *
 * @param parts of one tree
 * @param options.isLockRead whether results.lock counts
 * @throws {UserError} a folder cannot be read
 */
export async function checkTree(
  root: string,
  parts: readonly string[],
  { isLockRead = true } = {},
): Promise<Checked> {
  const isWanted = (path: string) => parts.some((part) => isIn(path, part));
  const lock = isLockRead ? await readLock(root) : null;
  const found = (await filesOf(root)).filter(isWanted);
  const faults = new Map<string, string>();
  const blame = (path: string, why: string) =>
    faults.has(path) || faults.set(path, why);
  if (lock?.fault) blame(LOCK, lock.fault);

  const files = new Map<string, string>();
  await eightAtATime(found, async (path) => {
    try {
      files.set(path, await sha256Of(`${root}/${path}`));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      blame(path, "it cannot be read");
    }
  });
  const runs = [
    ...new Set(
      found.filter((path) => RECORDS.includes(basename(path))).map(dirname),
    ),
  ];
  const recorded = new Map<string, Hashes>();
  if (lock !== null) compare(LOCK, lock.hashes);
  for (const run of runs) {
    if (!found.includes(`${run}/run.json`)) continue;
    const path = `${run}/run.json`;
    try {
      const outputs = (await readRunJson(`${root}/${run}`))?.outputs;
      if (outputs === undefined) continue;
      recorded.set(run, outputs);
      const paths = Object.entries(outputs)
        .map(([name, hash]) => [`${run}/${name}`, hash] as const);
      compare(path, new Map(paths), run);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      blame(path, "it is not a run.json that can be read");
    }
  }

  /** With the hashes of a record, of a run or of the tree. */
  function compare(
    record: string,
    hashes: ReadonlyMap<string, string>,
    run?: string,
  ): void {
    for (const [path, hash] of hashes) {
      if (!isWanted(path) && !isWanted(record)) continue;
      const is = files.get(path);
      if (is === hash || (is === undefined && isLocal(path))) continue;
      blame(
        path,
        is === undefined
          ? `it is missing; ${record} names it`
          : `its SHA-256 is ${is.slice(0, 12)}..., and ${record} has ` +
            `${hash.slice(0, 12)}...`,
      );
    }
    for (const path of files.keys()) {
      const isOfRecord = run === undefined
        ? !isLocal(path)
        : isIn(path, run) && isOutput(basename(path));
      if (!isOfRecord || hashes.has(path)) continue;
      blame(path, `${record} does not name it`);
    }
  }

  const isKnown = (path: string) =>
    lock?.hashes.has(path) || recorded.has(dirname(path)) || faults.has(path);
  return {
    lock,
    files,
    runs,
    faults: [...faults].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([path, why]) => ({ path, why })),
    unknown: found.filter((path) => !isKnown(path)),
  };
}

/** What results.lock has: all files of a tree that git keeps. */
export function toLock({ files }: Checked): Map<string, string> {
  return new Map([...files].filter(([path]) => !isLocal(path)));
}

/** The paths of all files of experiments and runs, sorted. */
async function filesOf(root: string): Promise<string[]> {
  const found: string[] = [];
  async function visit(folder: string, depth: number): Promise<void> {
    for (const entry of await entriesOf(join(root, folder))) {
      const { name } = entry;
      if (!isOutput(name) && name !== "run.json") continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      const stat = entry.isSymlink ? await targetOf(join(root, path)) : entry;
      // No run has a folder: one is listed as what it is, and cannot be read.
      if (stat?.isDirectory && depth < 2) await visit(path, depth + 1);
      else if (depth > 0) found.push(path);
    }
  }
  await visit("", 0);
  return found.sort();
}

async function eightAtATime(
  paths: readonly string[],
  action: (path: string) => Promise<void>,
): Promise<void> {
  const left = paths.values();
  async function work() {
    for (const path of left) await action(path);
  }
  await Promise.all(Array.from({ length: 8 }, work));
}
