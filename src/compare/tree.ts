/** A tree of results: EXPERIMENT/RUN/ with CSV files, anywhere. */

import { DamagedFile, UserError } from "../errors.ts";
import { entriesOf, readBytes, targetOf } from "../files.ts";
import { experimentOf, nameOf } from "./names.ts";
import { Git } from "../git.ts";
import { damagedCsv, parseTable } from "../results/csv_table.ts";
import type { Table } from "../results/csv_table.ts";
import { printable } from "../text.ts";

/** A column whose values tell the rows of a table apart. */
export interface Key {
  readonly name: string;
  /** whether its values are numbers rather than names */
  readonly isNumeric: boolean;
}

/** The CSV files that every run has, with a row for each step. */
export const STEP_TABLES: readonly string[] = ["train.csv", "eval.csv"];

/** Evaluations of the trained model; see `evaluationName`. */
const EVALUATION = /^(evaluation|disentanglement)[\w-]*\.csv$/;

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
  read(): Promise<Uint8Array>;
}

/** What the user can do about a damaged file of a tree. */
const REMEDY = "run it again, or choose other runs with --run or --experiment";

/** The error that a CSV file of a tree is damaged. */
export function damaged(where: string, what: string): DamagedFile {
  return damagedCsv(where, what, REMEDY);
}

/** What a report says of a file that {@linkcode UserError} is about. */
export function whyUnreadable(error: UserError): string {
  return error instanceof DamagedFile
    ? `${error.where} is unreadable, because ${error.why}`
    : error.message;
}

/** The table in the bytes of a file. @throws {UserError} it is damaged */
export function parseStored(
  { where }: StoredFile,
  bytes: Uint8Array,
): Table {
  return parseTable(bytes, where, REMEDY);
}

/** The table in a file. @throws {UserError} it is damaged */
export async function readTable(stored: StoredFile): Promise<Table> {
  return parseStored(stored, await stored.read());
}

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

/** A folder's results. @throws {UserError} it cannot be read, or has none */
export async function treeFromFolder(
  folder: string,
  label = folder,
): Promise<ResultsTree> {
  const files: [string, StoredFile][] = [];
  for await (const path of walk(folder, 2)) {
    const full = `${folder.replace(/(?<=.)\/+$/, "")}/${path}`;
    const where = printable(full);
    const read = () => readBytes(full, { remedy: "see its permissions" });
    files.push([path, { id: null, where, read }]);
  }
  return treeOf(printable(label), files);
}

/** A revision's results. @throws {UserError} no such revision, or none there */
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
  const entries = await entriesOf(
    folder,
    "run an experiment, or name a folder with --results DIR",
  );
  for (const { name, isFile, isDirectory, isSymlink } of entries) {
    const path = `${folder}/${name}`;
    const stat = isSymlink ? await targetOf(path) : null;
    if (stat?.isFile ?? isFile) yield name;
    else if ((stat?.isDirectory ?? isDirectory) && depth > 0) {
      for await (const inner of walk(path, depth - 1)) yield `${name}/${inner}`;
    }
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

/** Opens trees, and this folder's repository if a revision is needed. */
export class Trees implements AsyncDisposable {
  readonly #committed: string;
  readonly #project: string;
  #git: Promise<Git> | undefined;

  /**
   * Of revisions that have their results in the folder `committed`.
   *
   * @param project where that folder is
   */
  constructor(committed: string, project: string) {
    this.#committed = committed;
    this.#project = project;
  }

  /**
   * The tree in a folder of that name, or else that of a revision.
   *
   * @throws {UserError} it is neither, or has no results
   */
  async open(name: string): Promise<ResultsTree> {
    if ((await targetOf(name))?.isDirectory) return await treeFromFolder(name);
    this.#git ??= Git.open(this.#project);
    return await treeFromRevision(await this.#git, name, this.#committed);
  }

  /** Ends what reads from the repository; its trees are of no use then. */
  async [Symbol.asyncDispose](): Promise<void> {
    const git = await this.#git?.catch(() => undefined);
    await git?.[Symbol.asyncDispose]();
  }
}
