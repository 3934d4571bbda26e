/**
 * Runs committed results again, from their records alone, and compares.
 *
 *     deno task reproduce [EXPERIMENT] [--run GLOB]
 */

import { fileURLToPath } from "node:url";
import { parseArgs } from "@std/cli";
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

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const HELP =
  `Runs results again from their run.json or measurement.json, and compares.

Usage: deno task reproduce [EXPERIMENT] [FLAGS]

  --run GLOB      runs by name, such as "mnist-*" (default: all)
  --results DIR   where the results are (default: results)
  --data-dir DIR  where the files of mnist, mnist-fixed, freyface are
  --help          print this

Exit code 0: nothing is worse than within tolerance; 1: something is; 2: a
mistake, named on stderr. "deno task diff --help" has the tolerances.`;

/** What is asked for. */
interface Request {
  readonly experiment: string | undefined;
  readonly run: string | undefined;
  readonly results: string;
  readonly dataDir: string | undefined;
}

/** Reads the command line; null: only help is asked for. */
function readRequest(args: readonly string[]): Request | null {
  const flags: Record<string, unknown> & { _: (string | number)[] } = parseArgs(
    [...args],
    {
      string: ["run", "results", "data-dir"],
      boolean: ["help"],
      unknown: (arg: string) => {
        if (!arg.startsWith("-")) return true;
        throw new UserError(`${arg}: no such flag; --help lists them`);
      },
    },
  );
  if (flags["help"] === true) return null;
  const [experiment, ...more] = flags._.map(String);
  if (more.length > 0) {
    throw new UserError(
      `${more[0]}: one experiment at a time, or none for all`,
    );
  }
  const text = (name: string) => {
    const value = flags[name];
    if (value === undefined) return undefined;
    if (value === "") throw new UserError(`--${name}: expected a text`);
    return String(value);
  };
  return {
    experiment,
    run: text("run"),
    results: text("results") ?? "results",
    dataDir: text("data-dir"),
  };
}

/** What is asked for, in order of the paths. @throws {UserError} nothing is */
async function findResults(request: Request): Promise<Repeatable[]> {
  const { results, experiment, run } = request;
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
  { dataDir }: Request,
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
async function reproduce(request: Request): Promise<number> {
  const runs = await findResults(request);
  announce(runs);
  const out = await Deno.makeTempDir();
  try {
    const missing: UserError[] = [];
    for (const [i, run] of runs.entries()) {
      say(`${i + 1}/${runs.length}  ${run.path}`);
      try {
        await runAgain(run, request, out);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        missing.push(error);
        say(`  not made again: ${error.message}`);
      }
    }
    if (missing.length === runs.length) throw missing[0]!;
    const comparison = await compareTrees(
      await treeFromFolder(request.results),
      await treeFromFolder(out, "made again"),
      { experiment: request.experiment, run: request.run },
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

if (import.meta.main) {
  try {
    const request = readRequest(Deno.args);
    if (request === null) console.log(HELP);
    Deno.exit(request === null ? 0 : await reproduce(request));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`error: ${error.message}`);
    Deno.exit(2);
  }
}
