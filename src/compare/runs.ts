/** Runs of two trees that belong together. */

import { printable } from "./printable.ts";
import type { RunRecords } from "./run_records.ts";
import { experimentOf, type ResultsTree } from "./tree.ts";

/** A run in A, and the same run in B; paths are EXPERIMENT/RUN. */
export interface RunPair {
  /** its path in A */
  readonly a: string;
  /** its path in B: another where it was renamed */
  readonly b: string;
}

/** The runs of two trees. */
export interface JoinedRuns {
  /** runs in both */
  readonly pairs: readonly RunPair[];
  /** runs of B alone */
  readonly added: readonly string[];
  /** runs of A alone */
  readonly removed: readonly string[];
}

const collator = new Intl.Collator("en", { numeric: true });

/** Paths as people count: z2 before z10. */
export function inOrder(paths: Iterable<string>): string[] {
  return [...paths].sort(collator.compare);
}

/**
 * Joins runs on their paths. A run of A alone and one of B alone are one run
 * that was renamed if they are of one experiment and their configs are equal.
 *
 * @param isWanted by path; a renamed run is wanted by either of its names
 */
export async function joinRuns(
  a: ResultsTree,
  b: ResultsTree,
  recordsA: RunRecords,
  recordsB: RunRecords,
  isWanted: (run: string) => boolean,
): Promise<JoinedRuns> {
  const shared = [...a.runs.keys()].filter((run) => b.runs.has(run));
  const pairs = shared.map((run): RunPair => ({ a: run, b: run }));
  const removed = inOrder(a.runs.keys()).filter((run) => !b.runs.has(run));
  const added = new Set(inOrder(b.runs.keys()).filter((r) => !a.runs.has(r)));
  const gone: string[] = [];
  for (const run of removed) {
    const partner = await findRenamed(run, added, recordsA, recordsB);
    if (partner === undefined) gone.push(run);
    else {
      added.delete(partner);
      pairs.push({ a: run, b: partner });
    }
  }
  const byName = new Map(pairs.map((pair) => [pair.b, pair]));
  return {
    pairs: inOrder(byName.keys()).map((run) => byName.get(run)!)
      .filter((pair) => isWanted(pair.a) || isWanted(pair.b)),
    added: [...added].filter(isWanted),
    removed: gone.filter(isWanted),
  };
}

async function findRenamed(
  run: string,
  added: Iterable<string>,
  recordsA: RunRecords,
  recordsB: RunRecords,
): Promise<string | undefined> {
  const config = await recordsA.configText(run);
  if (config === null) return undefined;
  for (const other of added) {
    if (experimentOf(other) !== experimentOf(run)) continue;
    if (await recordsB.configText(other) === config) return other;
  }
  return undefined;
}

/** A few names, for a message. */
export function someOf(names: Iterable<string>): string {
  const all = inOrder(names).map(printable);
  return all.slice(0, 5).join(", ") +
    (all.length > 5 ? `, ${all.length - 5} more` : "");
}
