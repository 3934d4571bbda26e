/** summary.csv of experiments: a row per run. */

import type { Deviation } from "./compare_columns.ts";
import { compareTables, sameBytes } from "./compare_tables.ts";
import type { ColumnOptions, FileVerdict } from "./compare_tables.ts";
import { experimentOf, inOrder, nameOf } from "./names.ts";
import type { RunPair } from "./runs.ts";
import { EXPERIMENT_TABLES, readTable } from "./tree.ts";
import type { ResultsTree, StoredFile } from "./tree.ts";
import { byKey, relaxRows, type SeedSpread } from "./seed_spread.ts";

export interface SummaryOptions {
  /** tolerances, and columns to leave out */
  readonly options: ColumnOptions;
  /** by EXPERIMENT/RUN */
  readonly isWanted: (run: string) => boolean;
  /** of the runs of A */
  readonly spread: SeedSpread;
}

export interface SummaryVerdict {
  readonly path: string;
  /** one file, where both have it */
  readonly files: readonly FileVerdict[];
  /** one file, where B alone has it */
  readonly addedFiles: readonly string[];
  /** one file, where A alone has it */
  readonly removedFiles: readonly string[];
}

/** Compares the summaries of the experiments of joined runs. */
export async function compareSummaries(
  a: ResultsTree,
  b: ResultsTree,
  pairs: readonly RunPair[],
  { options, isWanted, spread }: SummaryOptions,
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
          await compareOne(
            file,
            fileA,
            fileB,
            new Names(path, pairs, isWanted),
            options,
            spread,
          ),
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

async function compareOne(
  file: string,
  a: StoredFile,
  b: StoredFile,
  names: Names,
  options: ColumnOptions,
  spread: SeedSpread,
): Promise<FileVerdict> {
  if (a.id !== null && a.id === b.id) return sameBytes(file);
  const tableA = await readTable(a);
  const tableB = await readTable(b);
  const outside = new Map<string, Deviation[]>();
  const verdict = compareTables(tableA, tableB, {
    file,
    whereA: a.where,
    whereB: b.where,
    key: EXPERIMENT_TABLES[file]!,
    filter: names.isWanted,
    renamed: names.renamed,
    onOutside: (column, deviation) =>
      outside.set(column, [...outside.get(column) ?? [], deviation]),
  }, options);
  return await relaxRows(verdict, outside, (column, { key, size }) => {
    const finals = byKey(tableA, EXPERIMENT_TABLES[file]!.name, column);
    return spread.covers(
      names.inA(String(key)),
      size,
      (run) => Promise.resolve(finals.get(nameOf(run))),
    );
  });
}

/** The names that the rows of one experiment's summary have. */
class Names {
  /** names in A to names in B, where they are not the same */
  readonly renamed: ReadonlyMap<string, string>;
  /** by the name in B, or in A where B has no such run */
  readonly isWanted: (name: string) => boolean;
  readonly #experiment: string;
  readonly #inA: ReadonlyMap<string, string>;

  constructor(
    experiment: string,
    pairs: readonly RunPair[],
    isWanted: (run: string) => boolean,
  ) {
    const own = pairs.filter((pair) => experimentOf(pair.b) === experiment);
    this.#experiment = experiment;
    this.#inA = new Map(own.map((pair) => [nameOf(pair.b), pair.a]));
    this.renamed = new Map(
      own.filter((pair) => pair.a !== pair.b)
        .map((pair) => [nameOf(pair.a), nameOf(pair.b)]),
    );
    // A wanted pair has a wanted row, under whichever name it was wanted.
    this.isWanted = (name) => this.#inA.has(name) || isWanted(this.#path(name));
  }

  /** The path in A of the run that B calls by a name. */
  inA(name: string): string {
    return this.#inA.get(name) ?? this.#path(name);
  }

  #path(name: string): string {
    return this.#experiment === "" ? name : `${this.#experiment}/${name}`;
  }
}
