/** Some of the runs of a tree, drawn and made again. */

import { isWorse, type Verdict } from "../compare/compare_columns.ts";
import { compareTrees } from "../compare/compare_trees.ts";
import { unreadableError } from "../compare/report.ts";
import { treeFromFolder } from "../compare/tree.ts";
import { withTemporaryFolder } from "../files.ts";
import { stream } from "../random/stream.ts";
import type { Rerun } from "../verify/certificate.ts";
import {
  announce,
  byItsScript,
  readRepeatable,
  type Repeatable,
  requireUse,
  runAllAgain,
  SAME_BITS,
  type Whereabouts,
} from "./rerun.ts";
import type { Script } from "./run_script.ts";
import { listenForSignals } from "./signals.ts";

/** The first of the runs in an order that the seed draws, sorted. */
export function drawn(
  runs: readonly string[],
  { count, seed }: { readonly count: number; readonly seed: number },
): string[] {
  const order = stream(seed, "order").permutation(runs.length);
  return [...order.subarray(0, count)].map((i) => runs[i]!).sort();
}

/**
 * Makes runs again from their records, and compares their CSV files. It has
 * failed where the same bits are to be expected and are not there, and where
 * a value is out of tolerance.
 *
 * @param runs paths from the tree's folder
 * @param options.args of the task
 * @param options.script that runs the task, if one does
 * @returns the exit code where it was interrupted, a run cannot be made here,
 *   or the runs' own script has done it
 * @throws {UserError} none can be made here
 */
export async function rerunSome(
  root: string,
  runs: readonly string[],
  { data, args, script }: {
    readonly data: Whereabouts;
    readonly args: readonly string[];
    readonly script: Script | undefined;
  },
): Promise<Pick<Rerun, "verdicts" | "failed"> | number> {
  const again: Repeatable[] = [];
  for (const path of runs) again.push(await readRepeatable(root, path));
  const interrupt = listenForSignals();
  const { signal } = interrupt;
  const start = { runs: again, script, signal };
  const other = await byItsScript("verify", args, start);
  if (other !== null) return other;
  requireUse(again, data);
  announce(again);
  return await withTemporaryFolder(async (out) => {
    const { missing } = await runAllAgain(again, data, { out, signal, script });
    if (signal.aborted) return interrupt.exitCode();
    if (missing > 0) return 2;
    const tree = await treeFromFolder(root);
    const comparison = await compareTrees(
      {
        ...tree,
        experiments: new Map(),
        runs: new Map(again.map(({ path }) => [path, tree.runs.get(path)!])),
      },
      await treeFromFolder(out, "made again"),
    );
    const error = unreadableError(comparison);
    if (error !== null) throw error;
    const verdicts = new Map<string, Verdict>(
      comparison.runs.map(({ path, verdict }) => [path, verdict]),
    );
    const failed = again.filter(({ path, expected }) =>
      isWorse(
        verdicts.get(path) ?? "different",
        expected === SAME_BITS ? "identical" : "within tolerance",
      )
    );
    return { verdicts, failed: new Set(failed.map(({ path }) => path)) };
  });
}
