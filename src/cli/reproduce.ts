/**
 * Runs committed results again, from their run.json alone, and compares.
 *
 *     deno task reproduce [EXPERIMENT] [--run GLOB]
 */

import { fileURLToPath } from "node:url";
import { parseArgs } from "@std/cli";
import { compareTrees } from "../compare/compare_trees.ts";
import { globToRegExp } from "../compare/glob.ts";
import { reportText } from "../compare/report_text.ts";
import { nameOf, treeFromFolder } from "../compare/tree.ts";
import { isWorse } from "../compare/verdict.ts";
import { findAdapter } from "../engine/webgpu_device.ts";
import { UserError } from "../errors.ts";
import { lockSha256, versions } from "../results/provenance.ts";
import { readRunJson, type RunJson } from "../results/run_json.ts";
import { runConfigSchema } from "../train/config.ts";
import project from "../../deno.json" with { type: "json" };
import { flagsOf } from "./config.ts";
import { formatDuration, say } from "./progress.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const HELP = `Runs results again from their run.json and compares them.

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

/** The run.json of every run that is asked for, in order of their paths. */
async function findRuns(request: Request): Promise<RunJson[]> {
  const { results, experiment, run } = request;
  const tree = await treeFromFolder(results);
  const pattern = globToRegExp(run ?? "*");
  const found: RunJson[] = [];
  for (const path of [...tree.runs.keys()].sort()) {
    if (path.endsWith(".partial") || !pattern.test(nameOf(path))) continue;
    const record = await readRunJson(`${results}/${path}`);
    if (record === null) continue;
    if (experiment === undefined || record.experiment === experiment) {
      found.push(record);
    }
  }
  if (found.length === 0) {
    throw new UserError(
      `no run of ${experiment ?? "any experiment"} is called ${run ?? "*"} ` +
        `in ${results}`,
    );
  }
  return found;
}

/** The backend to run on here, and why not the same bits; null: they will be. */
interface Prospect {
  readonly backend: string;
  readonly reason: string | null;
}

/** The engine that made a run, or where there is none of its kind another. */
function engineHere({ engine }: RunJson, backend: string): string {
  return engine.name === "webgpu" && backend !== "webgpu"
    ? "auto"
    : engine.name;
}

/** What a run can be expected to give on this machine. */
async function prospectOf(run: RunJson): Promise<Prospect> {
  const { name, adapter } = run.backend;
  const { bits, blas } = run.engine;
  if (bits === "portable") return { backend: name, reason: null };
  if (blas !== undefined) {
    return {
      backend: name,
      reason: "products by the module, not by a library",
    };
  }
  if (bits === "machine") {
    return { backend: name, reason: "fast math rounds as the CPU does" };
  }
  const here = name === "webgpu"
    ? (await findAdapter())?.description ?? null
    : null;
  if (name === "webgpu" && here === null) {
    return { backend: "auto", reason: "no WebGPU adapter here" };
  }
  const differing = [
    ...JSON.stringify(here) === JSON.stringify(adapter) ? [] : ["adapter"],
    ...Object.entries(versions())
      .filter(([key, value]) =>
        key !== "project" &&
        run.versions[key as keyof typeof run.versions] !== value
      ).map(([key]) => key),
    ...await lockSha256() === run.lockSha256 ? [] : ["deno.lock"],
  ];
  const reason = differing.length === 0
    ? null
    : `another ${differing.join(", ")}`;
  return { backend: name, reason };
}

/**
 * Runs one run again, into `out`: its config alone says how. Its command says
 * which flags the experiment offers.
 *
 * @throws {UserError} it cannot be run here
 */
async function runAgain(
  run: RunJson,
  backend: string,
  { dataDir }: Request,
  out: string,
): Promise<void> {
  const path = `${run.experiment}/${run.run}`;
  const task = `exp:${run.experiment}`;
  if (!(task in project.tasks)) {
    throw new UserError(`${path}: this version has no task ${task}`);
  }
  const config = runConfigSchema.safeParse(run.config);
  if (!config.success) {
    const [issue] = config.error.issues;
    throw new UserError(
      `${path}: config.${issue?.path.join(".")} is not of this version`,
    );
  }
  const offered = run.command.split(" ");
  const flags = flagsOf(config.data)
    .filter((text, i, all) =>
      offered.includes(i % 2 === 0 ? text : all[i - 1]!)
    );
  const data = dataDir === undefined ? [] : ["--data-dir", dataDir];
  const { code, stderr } = await new Deno.Command("deno", {
    args: ["task", task, ...flags, ...data, "--backend", backend]
      .concat("--engine", engineHere(run, backend))
      .concat(run.engine.tiles ? ["--tiles", run.engine.tiles] : [])
      .concat(run.engine.fastMath ? "--fast-math" : [])
      .concat("--quiet", "--out", out),
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
async function announce(runs: readonly RunJson[]): Promise<Prospect[]> {
  const milliseconds = runs.reduce(
    (sum, { timing, config }) =>
      sum + timing.millisecondsPerStep * Number(config["steps"]),
    0,
  );
  say(
    `${runs.length} ${runs.length === 1 ? "run" : "runs"}; their training ` +
      `takes ${formatDuration(milliseconds)} on the machines that made them:`,
  );
  const prospects = [];
  for (const run of runs) {
    const prospect = await prospectOf(run);
    prospects.push(prospect);
    say(
      `  ${run.experiment}/${run.run}  ` +
        (prospect.reason !== null
          ? `within tolerance is expected: ${prospect.reason}`
          : run.backend.adapter === null
          ? "the same bits are expected"
          : "the same bits are expected, if the driver is the same"),
    );
  }
  return prospects;
}

/** Runs everything again and compares. @returns the exit code */
async function reproduce(request: Request): Promise<number> {
  const runs = await findRuns(request);
  const prospects = await announce(runs);
  const out = await Deno.makeTempDir();
  try {
    const missing: UserError[] = [];
    for (const [i, run] of runs.entries()) {
      say(`${i + 1}/${runs.length}  ${run.experiment}/${run.run}`);
      try {
        await runAgain(run, prospects[i]!.backend, request, out);
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
