/** Two trees of results, run by run. */

import { UserError } from "../errors.ts";
import { type Verdict, worst } from "./compare_columns.ts";
import { compareTables, sameBytes } from "./compare_tables.ts";
import type { ColumnOptions, FileVerdict } from "./compare_tables.ts";
import { experimentOf, globMatcher, inOrder, nameOf, someOf } from "./names.ts";
import { Changes, joinRuns, RunRecords } from "./runs.ts";
import type { Change, RunPair } from "./runs.ts";
import { isEvaluation, keyOfTable, parseStored, STEP_TABLES } from "./tree.ts";
import type { Files, ResultsTree, StoredFile } from "./tree.ts";
import type { Table } from "../results/csv_table.ts";
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
  /** CSV files in both */
  readonly files: readonly FileVerdict[];
  /** CSV files of B alone, without evaluations */
  readonly addedFiles: readonly string[];
  /** CSV files of A alone, without evaluations */
  readonly removedFiles: readonly string[];
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
  /** the worst of all; added runs count as within tolerance, removed ones as different */
  readonly verdict: Verdict;
}

/** Compares two trees. @throws {UserError} a damaged file, or no wanted run */
export async function compareTrees(
  a: ResultsTree,
  b: ResultsTree,
  options: CompareOptions = {},
): Promise<Comparison> {
  const isWanted = wanted(options);
  const recordsA = new RunRecords(a);
  const recordsB = new RunRecords(b);
  const { pairs, added, removed } = await joinRuns(
    a,
    b,
    recordsA,
    recordsB,
    isWanted,
  );
  if (pairs.length + added.length + removed.length === 0) {
    const all = new Set([...a.runs.keys(), ...b.runs.keys()]);
    throw new UserError(
      `no run is called ${printable(options.run ?? "*")} in ` +
        `${printable(options.experiment ?? "any experiment")}; ` +
        `there are ${someOf(all) || "none"}`,
    );
  }
  const changes = new Changes();
  for (const { a: from, b: to } of pairs) {
    changes.add(to, await recordsA.of(from), await recordsB.of(to));
  }
  const runs = await compareRuns(a, b, pairs, options);
  const summaries = await compareSummaries(a, b, pairs, isWanted, options);
  const experiments = summaries.map(({ path, files, ...rest }) =>
    folderVerdict({ path, renamedFrom: null, files, ...rest })
  );
  return {
    a: a.label,
    b: b.label,
    changes: changes.result(),
    runs,
    experiments,
    added,
    removed,
    verdict: worst([
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

async function compareRuns(
  a: ResultsTree,
  b: ResultsTree,
  pairs: readonly RunPair[],
  options: ColumnOptions,
): Promise<FolderVerdict[]> {
  const jobs = pairs.flatMap((pair) => {
    const [inA, inB] = [a.runs.get(pair.a)!, b.runs.get(pair.b)!];
    return tablesOf(inA).flatMap((file): Job[] => {
      const [fileA, fileB] = [inA.get(file), inB.get(file)];
      return fileA && fileB ? [{ pair, file, a: fileA, b: fileB }] : [];
    });
  });
  const found = new Map<RunPair, FileVerdict[]>();
  for await (const { job, tables } of readPairs(jobs)) {
    const verdict = tables === null ? sameBytes(job.file) : compareTables(
      ...tables,
      {
        file: job.file,
        whereA: job.a.where,
        whereB: job.b.where,
        key: keyOfTable(job.file),
      },
      options,
    );
    found.set(job.pair, [...found.get(job.pair) ?? [], verdict]);
  }
  return pairs.map((pair) =>
    folderVerdict({
      path: pair.b,
      renamedFrom: pair.a === pair.b ? null : pair.a,
      files: found.get(pair) ?? [],
      ...loneFiles(a.runs.get(pair.a)!, b.runs.get(pair.b)!),
    })
  );
}

/**
 * Reads files pair by pair, the next ones while the last are in use; null
 * where the bytes of both are the same.
 */
async function* readPairs(
  jobs: readonly Job[],
): AsyncGenerator<{ job: Job; tables: [Table, Table] | null }> {
  const read = (job: Job | undefined) => {
    if (job === undefined) return Promise.resolve(null);
    if (job.a.id !== null && job.a.id === job.b.id) {
      return Promise.resolve(null);
    }
    const both = Promise.all([job.a.read(), job.b.read()]);
    both.catch(() => {}); // it is thrown where it is awaited
    return both;
  };
  let next = read(jobs[0]);
  for (const [i, job] of jobs.entries()) {
    const bytes = await next;
    next = read(jobs[i + 1]);
    yield {
      job,
      tables: bytes === null || isSame(...bytes) ? null : [
        parseStored(job.a, bytes[0]),
        parseStored(job.b, bytes[1]),
      ],
    };
  }
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
