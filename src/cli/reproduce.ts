/**
 * Runs committed results again, from their records alone, and compares.
 *
 *     deno task reproduce [EXPERIMENT] [--run GLOB]
 */

import { z } from "zod";
import { isWorse } from "../compare/compare_columns.ts";
import { compareTrees } from "../compare/compare_trees.ts";
import {
  experimentMeant,
  experimentOf,
  globMatcher,
  nameOf,
} from "../compare/names.ts";
import { reportText, unreadableError } from "../compare/report.ts";
import { treeFromFolder } from "../compare/tree.ts";
import { once } from "../config/texts.ts";
import { text } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { withTemporaryFolder } from "../files.ts";
import { DATA_DIR_HELP } from "./flags.ts";
import { inProject } from "./place.ts";
import { printReport } from "./progress.ts";
import {
  announce,
  byItsScript,
  readRepeatable,
  type Repeatable,
  requireUse,
  runAllAgain,
} from "./rerun.ts";
import type { Script } from "./run_script.ts";
import { listenForSignals } from "./signals.ts";
import { readTask, runTask, type Task } from "./task.ts";

const flagsSchema = z.object({
  _: z.array(z.string()).max(1, "one experiment at a time, or none for all"),
  run: once(text()),
  results: once(text()),
  "data-dir": once(text()),
  data: once(text()),
});

type Flags = z.output<typeof flagsSchema>;

const TASK: Task<Flags> = {
  usage: [
    "Runs results again from their run.json or measurement.json, and compares.",
    "",
    "Usage: deno task reproduce [EXPERIMENT] [FLAGS]",
  ],
  flags: {
    run: ["GLOB", 'runs by name, such as "mnist-*" (default: all)'],
    results: ["DIR", "where the results are (default: results)"],
    "data-dir": ["DIR", DATA_DIR_HELP],
    data: ["PATH", "your own data (default: where the runs had them)"],
  },
  notes: [
    "Exit code 0: nothing is worse than within tolerance; 1: something is; 2: a",
    'mistake, named on stderr. "deno task diff --help" has the tolerances.',
  ],
  schema: flagsSchema,
};

/** The wanted results, ordered by path. @throws {UserError} there are none */
async function findResults(
  { _: [experiment], results = inProject("results"), run }: Flags,
): Promise<Repeatable[]> {
  const tree = await treeFromFolder(results);
  const matches = globMatcher(run ?? "*");
  const found: Repeatable[] = [];
  for (const path of [...tree.runs.keys()].sort()) {
    if (path.endsWith(".partial") || !matches(nameOf(path))) continue;
    if (experiment !== undefined && experimentOf(path) !== experiment) continue;
    if (experimentOf(path) === "") {
      throw new UserError(
        `--results ${results}: name the folder above, which has one for each ` +
          "experiment",
      );
    }
    found.push(await readRepeatable(results, path));
  }
  if (found.length === 0) {
    throw new UserError(
      `no run of ${experiment ?? "any experiment"} is called ${run ?? "*"} ` +
        `in ${results}${experimentMeant(experiment, tree.runs.keys())}`,
    );
  }
  return found;
}

/**
 * Runs the command.
 *
 * @param script that runs it, if one does
 * @returns the exit code
 * @throws {UserError} a mistake
 */
export async function reproduce(
  args: readonly string[],
  script?: Script,
): Promise<number> {
  const flags = readTask(args, TASK);
  if (flags === null) return 0;
  const { _: [experiment], results = inProject("results"), run } = flags;
  const runs = await findResults(flags);
  const interrupt = listenForSignals();
  const { signal } = interrupt;
  const start = { runs, script, signal };
  const other = await byItsScript("reproduce", args, start);
  if (other !== null) return other;
  requireUse(runs, flags);
  announce(runs);
  return await withTemporaryFolder(async (out) => {
    const { missing } = await runAllAgain(runs, flags, { out, signal, script });
    if (signal.aborted) return interrupt.exitCode();
    const comparison = await compareTrees(
      await treeFromFolder(results),
      await treeFromFolder(out, "made again"),
      { experiment, run },
    );
    const bar = "within tolerance";
    const colour = Deno.stdout.isTerminal() && !Deno.noColor;
    printReport(reportText(comparison, { bar, colour }));
    const error = unreadableError(comparison);
    if (error !== null) throw error;
    if (missing > 0) return 2;
    return isWorse(comparison.verdict, bar) ? 1 : 0;
  });
}

if (import.meta.main) await runTask((args) => reproduce(args));
