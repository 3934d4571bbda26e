/** summary.csv of experiments: a row per run. */

import { allSettings, columnOf } from "../train/settings.ts";
import { compareTables, sameBytes, whereReadable } from "./compare_tables.ts";
import type { ColumnOptions, FileVerdict } from "./compare_tables.ts";
import { experimentOf, inOrder, nameOf } from "./names.ts";
import type { RunPair } from "./runs.ts";
import { EXPERIMENT_TABLES, readTable } from "./tree.ts";
import type { ResultsTree, StoredFile } from "./tree.ts";

export interface SummaryVerdict {
  readonly path: string;
  /** one file, where both have it */
  readonly files: readonly FileVerdict[];
  /** one file, where B alone has it */
  readonly addedFiles: readonly string[];
  /** one file, where A alone has it */
  readonly removedFiles: readonly string[];
}

/**
 * Compares the summaries of the experiments of joined runs.
 *
 * @param isWanted by EXPERIMENT/RUN
 */
export async function compareSummaries(
  a: ResultsTree,
  b: ResultsTree,
  pairs: readonly RunPair[],
  isWanted: (run: string) => boolean,
  options: ColumnOptions,
): Promise<SummaryVerdict[]> {
  const found: SummaryVerdict[] = [];
  const paths = new Set(pairs.map((pair) => experimentOf(pair.b)));
  for (const path of inOrder(paths)) {
    for (const file of Object.keys(EXPERIMENT_TABLES)) {
      const fileA = a.experiments.get(path)?.get(file);
      const fileB = b.experiments.get(path)?.get(file);
      if (fileA === undefined && fileB === undefined) continue;
      const files = fileA && fileB
        ? [
          await whereReadable(file, () =>
            compareOne(
              file,
              fileA,
              fileB,
              namesOf(path, pairs, isWanted),
              options,
            )),
        ]
        : [];
      found.push({
        path,
        files,
        addedFiles: fileA ? [] : [file],
        removedFiles: fileB ? [] : [file],
      });
    }
  }
  return found;
}

/**
 * Whether a column is a setting: a summary has those that vary among the runs
 * in its folder, also among those that are not compared. Settings of runs are
 * compared as their run.json has them.
 */
function isSetting(column: string): boolean {
  return [...allSettings().keys()].some((flag) => columnOf(flag) === column);
}

async function compareOne(
  file: string,
  a: StoredFile,
  b: StoredFile,
  names: Names,
  options: ColumnOptions,
): Promise<FileVerdict> {
  if (a.id !== null && a.id === b.id) return sameBytes(file);
  return compareTables(await readTable(a), await readTable(b), {
    file,
    whereA: a.where,
    whereB: b.where,
    key: EXPERIMENT_TABLES[file]!,
    filter: names.isWanted,
    renamed: names.renamed,
    mayLack: isSetting,
  }, options);
}

/** The names that the rows of one experiment's summary have. */
interface Names {
  /** names in A to names in B, where they are not the same */
  readonly renamed: ReadonlyMap<string, string>;
  /** by the name in B, or in A where B has no such run */
  readonly isWanted: (name: string) => boolean;
}

function namesOf(
  experiment: string,
  pairs: readonly RunPair[],
  isWanted: (run: string) => boolean,
): Names {
  const own = pairs.filter((pair) => experimentOf(pair.b) === experiment);
  const paired = new Set(own.map((pair) => nameOf(pair.b)));
  const path = (name: string) =>
    experiment === "" ? name : `${experiment}/${name}`;
  return {
    renamed: new Map(
      own.filter((pair) => pair.a !== pair.b)
        .map((pair) => [nameOf(pair.a), nameOf(pair.b)]),
    ),
    // A wanted pair has a wanted row, under whichever name it was wanted.
    isWanted: (name) => paired.has(name) || isWanted(path(name)),
  };
}
