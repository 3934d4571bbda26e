/** A tree of results: EXPERIMENT/RUN/ with CSV files, anywhere. */

import { UserError } from "../errors.ts";
import type { Git } from "./git.ts";
import { printable } from "./printable.ts";
import type { Key } from "./compare_tables.ts";

/** The CSV files that every run has, with a row for each step. */
export const STEP_TABLES: readonly string[] = ["train.csv", "eval.csv"];

/** Evaluations of the trained model; see `evaluationName`. */
const EVALUATION = /^evaluation[\w-]*\.csv$/;

/** Whether a file is an evaluation, which anyone may add to a run later. */
export function isEvaluation(file: string): boolean {
  return EVALUATION.test(file);
}

/** What the rows of a run's CSV file are told apart by. */
export function keyOfTable(file: string): Key {
  return STEP_TABLES.includes(file)
    ? { name: "step", isNumeric: true }
    : file.endsWith("-units.csv")
    ? { name: "unit", isNumeric: true }
    : { name: "quantity", isNumeric: false };
}

/** The CSV files of an experiment. */
export const EXPERIMENT_TABLES: Readonly<Record<string, Key>> = {
  "summary.csv": { name: "run", isNumeric: false },
};

/** A file of a results tree. */
export interface StoredFile {
  /** hash of its content where git has it */
  readonly id: string | null;
  /** as a message names it */
  readonly where: string;
  /** Reads it in full. */
  read(): Promise<Uint8Array>;
}

/** Files by name. */
export type Files = ReadonlyMap<string, StoredFile>;

/** A results tree; only files that are compared are in it. */
export interface ResultsTree {
  /** as a report names it */
  readonly label: string;
  /** files of runs by EXPERIMENT/RUN */
  readonly runs: ReadonlyMap<string, Files>;
  /** files of experiments by EXPERIMENT */
  readonly experiments: ReadonlyMap<string, Files>;
}

/** The experiment of a run's path; empty where the path has none. */
export function experimentOf(run: string): string {
  return run.slice(0, Math.max(0, run.lastIndexOf("/")));
}

/** The name of a run, without its experiment. */
export function nameOf(run: string): string {
  return run.slice(run.lastIndexOf("/") + 1);
}

/**
 * The results in a folder.
 *
 * @param label as a report names it
 * @throws {UserError} it cannot be read, or there are none
 */
export async function treeFromFolder(
  folder: string,
  label = folder,
): Promise<ResultsTree> {
  const files: [string, StoredFile][] = [];
  for await (const path of walk(folder, 2)) {
    const full = `${folder.replace(/(?<=.)\/+$/, "")}/${path}`;
    const where = printable(full);
    const read = () => readable(full, () => Deno.readFile(full));
    files.push([path, { id: null, where, read }]);
  }
  return treeOf(printable(label), files);
}

/**
 * The results that a revision has in a folder.
 *
 * @throws {UserError} there is no such revision, or it has none there
 */
export async function treeFromRevision(
  git: Git,
  revision: string,
  folder: string,
): Promise<ResultsTree> {
  const commit = await git.resolve(revision);
  const found = await git.list(commit, folder);
  const label = printable(
    commit.startsWith(revision)
      ? commit.slice(0, 12)
      : `${revision} (${commit.slice(0, 12)})`,
  );
  const files = found.map(({ path, id }): [string, StoredFile] => [
    path.slice(folder.length + 1),
    {
      id,
      where: `${printable(path)} at ${printable(revision)}`,
      read: () => git.read(id),
    },
  ]);
  return treeOf(label, files);
}

/** Paths of files, at most `depth` folders deep: checkpoints lie deeper. */
async function* walk(folder: string, depth: number): AsyncGenerator<string> {
  const entries = await readable(
    folder,
    () => Array.fromAsync(Deno.readDir(folder)),
  );
  for (const { name, isFile, isDirectory, isSymlink } of entries) {
    const path = `${folder}/${name}`;
    const stat = isSymlink ? await Deno.stat(path).catch(() => null) : null;
    if (stat?.isFile ?? isFile) yield name;
    else if ((stat?.isDirectory ?? isDirectory) && depth > 0) {
      for await (const inner of walk(path, depth - 1)) yield `${name}/${inner}`;
    }
  }
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const cause = error instanceof Deno.errors.NotFound
      ? "is not there; run an experiment, or name a folder with --results DIR"
      : error instanceof Deno.errors.NotADirectory
      ? "is no folder; name one with --results DIR"
      : error instanceof Deno.errors.PermissionDenied
      ? "may not be read; see its permissions"
      : undefined;
    if (cause === undefined) throw error;
    throw new UserError(`${printable(path)} ${cause}`);
  }
}

function treeOf(
  label: string,
  files: readonly (readonly [string, StoredFile])[],
): ResultsTree {
  const runs = new Map<string, Map<string, StoredFile>>();
  const experiments = new Map<string, Map<string, StoredFile>>();
  for (const [path, stored] of files) {
    const [file, folder] = [nameOf(path), experimentOf(path)];
    const parts = folder.split("/");
    // Runs that are not finished, and files of other programs.
    const isOther = parts.length > 2 ||
      parts.some((part) => part.startsWith(".") || part.endsWith(".partial"));
    if (isOther) continue;
    const isOfRun = [...STEP_TABLES, "run.json"].includes(file) ||
      isEvaluation(file);
    const group = isOfRun
      ? runs
      : file in EXPERIMENT_TABLES
      ? experiments
      : undefined;
    if (group === undefined) continue;
    const members = group.get(folder) ?? new Map<string, StoredFile>();
    group.set(folder, members.set(file, stored));
  }
  if (runs.size === 0 && experiments.size === 0) {
    throw new UserError(
      `${label} has no results, which are EXPERIMENT/RUN/train.csv; ` +
        "run an experiment, or name another folder or revision",
    );
  }
  return { label, runs, experiments };
}
