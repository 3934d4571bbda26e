/** Two trees of results, run by run. */

import { UserError } from "../errors.ts";
import { type Verdict, worst } from "./compare_columns.ts";
import {
  compareTables,
  sameBytes,
  unreadable,
  whereReadable,
} from "./compare_tables.ts";
import type { ColumnOptions, FileVerdict } from "./compare_tables.ts";
import {
  experimentMeant,
  experimentOf,
  globMatcher,
  inOrder,
  nameOf,
  someOf,
} from "./names.ts";
import { Changes, joinRuns, RunRecords } from "./runs.ts";
import type { Change, JoinedRuns, RunPair } from "./runs.ts";
import { isEvaluation, keyOfTable, parseStored, STEP_TABLES } from "./tree.ts";
import type { Files, ResultsTree, StoredFile } from "./tree.ts";
import { printable } from "../text.ts";
import { compareSummaries } from "./compare_summaries.ts";

export interface CompareOptions extends ColumnOptions {
  /** the only experiment */
  readonly experiment?: string | undefined;
  /** pattern of the names of runs */
  readonly run?: string | undefined;
}

/** How the folder of a run, or of an experiment, compares in A and B. */
export interface FolderVerdict {
  /** EXPERIMENT/RUN or EXPERIMENT, as in B */
  readonly path: string;
  /** its path in A where that is another */
  readonly renamedFrom: string | null;
  /** the worst of its files */
  readonly verdict: Verdict;
  /** CSV files in both, and run.json where it is unreadable */
  readonly files: readonly FileVerdict[];
  /** CSV files of B alone, without evaluations */
  readonly addedFiles: readonly string[];
  /** CSV files of A alone, without evaluations */
  readonly removedFiles: readonly string[];
  /** files of all steps that neither has, so that no step is compared */
  readonly missingFiles: readonly string[];
}

/** All that a comparison found. */
export interface Comparison {
  readonly a: string;
  readonly b: string;
  /** what differs in run.json, over the compared runs */
  readonly changes: readonly Change[];
  /** runs in both */
  readonly runs: readonly FolderVerdict[];
  /** their experiments, with summary.csv */
  readonly experiments: readonly FolderVerdict[];
  /** runs of B alone, EXPERIMENT/RUN */
  readonly added: readonly string[];
  /** runs of A alone */
  readonly removed: readonly string[];
  /** of every damaged file, what it is and why it is unreadable */
  readonly unreadable: readonly string[];
  /** the worst of all; added runs count as within tolerance, removed ones as different */
  readonly verdict: Verdict;
}

/** The runs of two trees, joined. */
export interface JoinedTrees extends JoinedRuns {
  readonly recordsA: RunRecords;
  readonly recordsB: RunRecords;
  /** what differs in run.json, over the pairs */
  readonly changes: readonly Change[];
  /** by EXPERIMENT/RUN */
  readonly isWanted: (run: string) => boolean;
}

/** Joins the runs of two trees. @throws {UserError} there is no wanted run */
export async function joinTrees(
  a: ResultsTree,
  b: ResultsTree,
  options: Pick<CompareOptions, "experiment" | "run">,
): Promise<JoinedTrees> {
  const isWanted = wanted(options);
  const [recordsA, recordsB] = [new RunRecords(a), new RunRecords(b)];
  const joined = await joinRuns(a, b, recordsA, recordsB, isWanted);
  const { pairs, added, removed } = joined;
  if (pairs.length + added.length + removed.length === 0) {
    const all = new Set([...a.runs.keys(), ...b.runs.keys()]);
    throw new UserError(
      `no run is called ${printable(options.run ?? "*")} in ` +
        printable(options.experiment ?? "any experiment") +
        (experimentMeant(options.experiment, all.keys()) ||
          `; there are ${someOf(all) || "none"}`),
    );
  }
  const changes = new Changes();
  for (const { a: from, b: to } of pairs) {
    const [recordA, recordB] = [await recordsA.of(from), await recordsB.of(to)];
    if (recordsA.unreadable.has(from) || recordsB.unreadable.has(to)) continue;
    changes.add(to, recordA, recordB);
  }
  return {
    ...joined,
    recordsA,
    recordsB,
    isWanted,
    changes: changes.result(),
  };
}

/** Compares two trees. @throws {UserError} there is no wanted run */
export async function compareTrees(
  a: ResultsTree,
  b: ResultsTree,
  options: CompareOptions = {},
): Promise<Comparison> {
  const { pairs, added, removed, recordsA, recordsB, changes, isWanted } =
    await joinTrees(a, b, options);
  const damage = ({ a: from, b: to }: RunPair) =>
    [recordsA.unreadable.get(from), recordsB.unreadable.get(to)]
      .flatMap((why) => why === undefined ? [] : unreadable("run.json", why));
  const tables = await compareRuns(a, b, pairs, options);
  const runs = pairs.map((pair) => {
    const [inA, inB] = [a.runs.get(pair.a)!, b.runs.get(pair.b)!];
    return folderVerdict({
      path: pair.b,
      renamedFrom: pair.a === pair.b ? null : pair.a,
      files: [...tables.get(pair) ?? [], ...damage(pair)],
      ...loneFiles(inA, inB),
    });
  });
  const summaries = await compareSummaries(a, b, pairs, isWanted, options);
  const experiments = summaries.map((summary) =>
    folderVerdict({ ...summary, renamedFrom: null, missingFiles: [] })
  );
  // Of runs that the other tree has not, a record is all that was read.
  const lone = [
    ...removed.map((run) => recordsA.unreadable.get(run)),
    ...added.map((run) => recordsB.unreadable.get(run)),
  ].filter((why) => why !== undefined);
  const damaged = [...runs, ...experiments].flatMap(({ files }) => files)
    .flatMap(({ why }) => why ?? []);
  return {
    a: a.label,
    b: b.label,
    changes,
    runs,
    experiments,
    added,
    removed,
    unreadable: [...damaged, ...lone],
    verdict: worst([
      ...lone.map(() => "unreadable" as const),
      ...[...runs, ...experiments].map(({ verdict }) => verdict),
      ...added.map(() => "within tolerance" as const),
      ...removed.map(() => "different" as const),
    ]),
  };
}

function wanted({ experiment, run }: CompareOptions) {
  const matches = globMatcher(run ?? "*");
  return (path: string) =>
    (experiment === undefined || experimentOf(path) === experiment) &&
    matches(nameOf(path));
}

/** A file of a run in both trees. */
interface Job {
  readonly pair: RunPair;
  readonly file: string;
  readonly a: StoredFile;
  readonly b: StoredFile;
}

/** The verdicts on the CSV files that both trees have of each run. */
async function compareRuns(
  a: ResultsTree,
  b: ResultsTree,
  pairs: readonly RunPair[],
  options: ColumnOptions,
): Promise<Map<RunPair, FileVerdict[]>> {
  const jobs = pairs.flatMap((pair) => {
    const [inA, inB] = [a.runs.get(pair.a)!, b.runs.get(pair.b)!];
    return tablesOf(inA).flatMap((file): Job[] => {
      const [fileA, fileB] = [inA.get(file), inB.get(file)];
      return fileA && fileB ? [{ pair, file, a: fileA, b: fileB }] : [];
    });
  });
  const found = new Map<RunPair, FileVerdict[]>();
  // The next files are read while the last ones are in use.
  let next = readBoth(jobs[0]);
  for (const [i, job] of jobs.entries()) {
    const read = next;
    next = readBoth(jobs[i + 1]);
    const verdict = await whereReadable(
      job.file,
      async () => compareFiles(job, await read, options),
    );
    found.set(job.pair, [...found.get(job.pair) ?? [], verdict]);
  }
  return found;
}

/** The bytes of both files; null where git says that they are the same. */
function readBoth(
  job: Job | undefined,
): Promise<[Uint8Array, Uint8Array] | null> {
  if (job === undefined || job.a.id !== null && job.a.id === job.b.id) {
    return Promise.resolve(null);
  }
  const both = Promise.all([job.a.read(), job.b.read()]);
  both.catch(() => {}); // it is thrown where it is awaited
  return both;
}

function compareFiles(
  { file, a, b }: Job,
  bytes: [Uint8Array, Uint8Array] | null,
  options: ColumnOptions,
): FileVerdict {
  if (bytes === null || isSame(...bytes)) return sameBytes(file);
  return compareTables(
    parseStored(a, bytes[0]),
    parseStored(b, bytes[1]),
    { file, whereA: a.where, whereB: b.where, key: keyOfTable(file) },
    options,
  );
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The CSV files of a run that are compared, in the order of a report. */
function tablesOf(files: Files): string[] {
  return [
    ...STEP_TABLES.filter((file) => files.has(file)),
    ...inOrder([...files.keys()].filter(isEvaluation)),
  ];
}

/**
 * CSV files of one side alone, without evaluations: one may be added to a
 * finished run at any time, which changes no number of the run.
 */
function loneFiles(a: Files, b: Files) {
  const csv = (files: Files) => STEP_TABLES.filter((name) => files.has(name));
  return {
    addedFiles: csv(b).filter((name) => !a.has(name)),
    removedFiles: csv(a).filter((name) => !b.has(name)),
    missingFiles: STEP_TABLES.filter((name) => !a.has(name) && !b.has(name)),
  };
}

function folderVerdict(parts: Omit<FolderVerdict, "verdict">): FolderVerdict {
  const verdict = worst([
    ...parts.files.map((file) => file.verdict),
    ...parts.addedFiles.map(() => "within tolerance" as const),
    ...parts.removedFiles.map(() => "different" as const),
  ]);
  return { ...parts, verdict };
}
