/** Another revision's runs below those of a report, and the verdicts. */

import { dirname } from "node:path";
import {
  compareTrees,
  type Comparison,
} from "../../../compare/compare_trees.ts";
import {
  cells,
  changeLines,
  counts,
  HEAD,
  rowsOf,
} from "../../../compare/report.ts";
import {
  readTable,
  type ResultsTree,
  treeFromFolder,
  type Trees,
} from "../../../compare/tree.ts";
import { UserError } from "../../../errors.ts";
import type { SourceRun } from "../../../figures/source_runs.ts";
import { SPLITS } from "../../../figures/quantities.ts";
import { type ComparisonRecord, type Split, TERMS } from "./record.ts";
import type { Others } from "./report.ts";
import { curvesOf } from "./run_parts.ts";

/** What a comparison gives a report. */
export interface Compared {
  readonly comparison: ComparisonRecord;
  readonly others: Others;
}

/**
 * Compares runs of one folder of results with those of a revision, or of
 * another folder.
 *
 * @param places see {@linkcode curvesOf}
 * @throws {UserError} they are not of one folder, or there is no such revision
 */
export async function compareWith(
  name: string,
  runs: readonly SourceRun[],
  trees: Trees,
  places: number,
): Promise<Compared> {
  const folders = new Set(runs.map(({ path }) => dirname(dirname(path))));
  const [folder, ...more] = folders;
  const isOfRevision = runs.some(({ revision }) => revision !== "");
  if (folder === undefined || more.length > 0 || isOfRevision) {
    throw new UserError(
      `--compare ${name}: the runs are not all in one folder of results; ` +
        "name runs of one",
    );
  }
  const keys = new Map(
    runs.map((
      { path },
    ) => [path.slice(folder === "." ? 0 : folder.length + 1), path]),
  );
  const here = await treeFromFolder(folder, "these runs");
  const there = await trees.open(name);
  const isOther = (run: string) => here.runs.has(run) && !keys.has(run);
  const a = only(there, (run) => !isOther(run) && isOfExperiment(run, keys));
  const b = only(here, (run) => keys.has(run));
  const comparison = await compareTrees(a, b);
  const others = new Map<
    string,
    Record<Split, ReturnType<typeof curvesOf> | "same">
  >();
  for (const run of comparison.runs) {
    others.set(keys.get(run.path)!, {
      test: await otherCurves(a, run, "test", places),
      train: await otherCurves(a, run, "train", places),
    });
  }
  return { comparison: recordOf(comparison), others };
}

function isOfExperiment(run: string, keys: ReadonlyMap<string, string>) {
  const experiments = new Set([...keys.keys()].map(dirname));
  return experiments.has(dirname(run));
}

/** The tree with some of its runs alone, and no summaries. */
function only(
  { label, runs }: ResultsTree,
  isWanted: (run: string) => boolean,
): ResultsTree {
  return {
    label,
    runs: new Map([...runs].filter(([run]) => isWanted(run))),
    experiments: new Map(),
  };
}

async function otherCurves(
  a: ResultsTree,
  run: Comparison["runs"][number],
  split: Split,
  places: number,
) {
  const file = SPLITS[split];
  const verdict = run.files.find((one) => one.file === file)?.verdict;
  if (verdict === undefined || verdict === "unreadable") return null;
  if (verdict === "identical") return "same" as const;
  const stored = a.runs.get(run.renamedFrom ?? run.path)!.get(file)!;
  return curvesOf(await readTable(stored), places, TERMS);
}

function recordOf(comparison: Comparison): ComparisonRecord {
  const { a, b, runs, added, removed, changes, unreadable } = comparison;
  const lone = (paths: readonly string[], verdict: string) =>
    paths.map((path) => ({ path, verdict, rows: [] }));
  return {
    a,
    b,
    counts: counts(comparison),
    changes: changeLines(changes, runs.length).filter((line) => line !== ""),
    columns: HEAD,
    runs: [
      ...runs.map((run) => ({
        path: run.path,
        verdict: run.verdict,
        rows: run.verdict === "identical" ? [] : rowsOf(run).map(cells),
      })),
      ...lone(added, "added"),
      ...lone(removed, "removed"),
    ],
    unreadable,
  };
}
