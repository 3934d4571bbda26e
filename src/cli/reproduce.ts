/**
 * Runs committed results again, from their records alone, and compares.
 *
 *     deno task reproduce [EXPERIMENT] [--run GLOB]
 */

import { fileURLToPath } from "node:url";
import { z } from "zod";
import { compareTrees } from "../compare/compare_trees.ts";
import { isWorse } from "../compare/compare_columns.ts";
import { experimentOf, globToRegExp, nameOf } from "../compare/names.ts";
import { reportText } from "../compare/report.ts";
import { treeFromFolder } from "../compare/tree.ts";
import { UserError } from "../errors.ts";
import { readRunJson } from "../results/run_json.ts";
import project from "../../deno.json" with { type: "json" };
import { formatDuration, say } from "./progress.ts";
import { readRepeatable, type Repeatable } from "./repeatable.ts";
import { readTask, runTask, type Task } from "./task.ts";
import { once, text } from "../config/value.ts";

/** The default of --results. */
const RESULTS = "results";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const flagsSchema = z.object({
  _: z.array(z.string()).max(1, "one experiment at a time, or none for all"),
  run: once(text()),
  results: once(text()),
  "data-dir": once(text()),
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
    "data-dir": ["DIR", "where the files of mnist, mnist-fixed, freyface are"],
  },
  notes: [
    "Exit code 0: nothing is worse than within tolerance; 1: something is; 2: a",
    'mistake, named on stderr. "deno task diff --help" has the tolerances.',
  ],
  schema: flagsSchema,
};

/** The wanted results, ordered by path. @throws {UserError} there are none */
async function findResults(
  { _: [experiment], results = RESULTS, run }: Flags,
): Promise<Repeatable[]> {
  const tree = await treeFromFolder(results);
  const pattern = globToRegExp(run ?? "*");
  const found: Repeatable[] = [];
  for (const path of [...tree.runs.keys()].sort()) {
    if (path.endsWith(".partial") || !pattern.test(nameOf(path))) continue;
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
        `in ${results}`,
    );
  }
  return found;
}

/**
 * Runs one again, into `out`.
 *
 * @throws {UserError} it cannot be run here
 */
async function runAgain(
  { path, flags }: Repeatable,
  dataDir: string | undefined,
  out: string,
): Promise<void> {
  const task = `exp:${experimentOf(path)}`;
  if (!(task in project.tasks)) {
    throw new UserError(`${path}: this version has no task ${task}`);
  }
  // The task may start any program: allowed deno alone, it could not where
  // LD_LIBRARY_PATH is set, by which a GPU's libraries may be found.
  const { code, stderr } = await new Deno.Command("deno", {
    args: ["task", task, ...flags(dataDir), "--quiet", "--out", out],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  // 1: the run failed, as it perhaps did before; the comparison will tell.
  if (code === 0 || (code === 1 && await readRunJson(`${out}/${path}`))) return;
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  const line = lines.findLast((line) => line.startsWith("error: "));
  throw new UserError(`${path}: ${line?.slice(7) ?? lines.at(-1)}`);
}

/** Says what will be run, and what can be expected of it. */
function announce(runs: readonly Repeatable[]): void {
  const milliseconds = runs.reduce((sum, run) => sum + run.milliseconds, 0);
  say(
    `${runs.length} ${runs.length === 1 ? "run" : "runs"}; their training ` +
      `takes ${formatDuration(milliseconds)} on the machines that made them:`,
  );
  for (const { path, expected } of runs) say(`  ${path}  ${expected}`);
}

/** Runs everything again and compares. @returns the exit code */
async function reproduce(args: readonly string[]): Promise<number> {
  const flags = readTask(args, TASK);
  if (flags === null) return 0;
  const { _: [experiment], results = RESULTS, run } = flags;
  const runs = await findResults(flags);
  announce(runs);
  const out = await Deno.makeTempDir();
  try {
    const missing: UserError[] = [];
    for (const [i, one] of runs.entries()) {
      say(`${i + 1}/${runs.length}  ${one.path}`);
      try {
        await runAgain(one, flags["data-dir"], out);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        missing.push(error);
        say(`  not made again: ${error.message}`);
      }
    }
    if (missing.length === runs.length) throw missing[0]!;
    const comparison = await compareTrees(
      await treeFromFolder(results),
      await treeFromFolder(out, "made again"),
      { experiment, run },
    );
    const bar = "within tolerance";
    const colour = Deno.stdout.isTerminal() && !Deno.noColor;
    console.log(reportText(comparison, { bar, colour }).trimEnd());
    if (missing.length > 0) return 2;
    return isWorse(comparison.verdict, bar) ? 1 : 0;
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}

if (import.meta.main) await runTask(reproduce);
