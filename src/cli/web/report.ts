/**
 * `deno task report`: runs in one HTML file, which opens from disk.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { z } from "zod";
import { someOf } from "../../compare/names.ts";
import { Trees, whyUnreadable } from "../../compare/tree.ts";
import { once } from "../../config/texts.ts";
import { text } from "../../config/value.ts";
import { UserError } from "../../errors.ts";
import { RunSources, type SourceRun } from "../../figures/source_runs.ts";
import { reportPage } from "../../web/report/page.ts";
import { compareWith } from "../../web/report/record/comparison.ts";
import { publishedOf } from "../../web/report/record/published.ts";
import type { Report } from "../../web/report/record/record.ts";
import { reportOf } from "../../web/report/record/report.ts";
import { partsOf, type RunParts } from "../../web/report/record/run_parts.ts";
import { COMMITTED, namedRuns } from "../named_runs.ts";
import { inProject } from "../place.ts";
import { print } from "../progress.ts";
import { counted } from "../../text.ts";
import { readTask, runTask, type Task } from "../task.ts";
import { fileTo } from "../use/output.ts";
import { checkOwnPage, writePage } from "./own_page.ts";

const flagsSchema = z.object({
  _: z.array(z.coerce.string()),
  compare: once(text()),
  out: once(fileTo([".html"])),
});

const TASK: Task<z.output<typeof flagsSchema>> = {
  usage: [
    "Writes runs as one HTML file that opens from disk: a table to sort and filter,",
    "learning curves, final values against settings, KL by latent dimension,",
    "pictures, and published numbers where there are any.",
    "",
    "Usage: deno task report [RUNS...] [FLAGS]",
    "",
    "RUNS is an experiment of the project's results, such as latent-sweep, a run, a",
    "folder with runs, what a revision has of it, REVISION:results/latent-sweep, or",
    'a pattern, such as "mnist-*". Without any it is all of the project\'s results.',
  ],
  flags: {
    compare: [
      "REV",
      "also the curves of a revision, or of another folder of results, and what " +
      "`deno task diff` says",
    ],
    out: ["FILE", "NAME.html (default: results/report.html)"],
  },
  notes: [
    "Runs that are damaged, failed or not finished are named, not drawn.",
  ],
  schema: flagsSchema,
};

/** Places of a long curve: fewer where there are many runs. */
export function placesFor(runs: number): number {
  return Math.round(Math.min(150, Math.max(40, 6000 / runs)));
}

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function report(args: readonly string[]): Promise<void> {
  const flags = readTask(args, TASK);
  if (flags === null) return;
  const out = flags.out ?? inProject(`${COMMITTED}/report.html`);
  await checkOwnPage(out, "report");
  await using sources = new RunSources(inProject("."), COMMITTED);
  const leftOut: { path: string; why: string }[] = [];
  const { runs, begun } = await namedRuns(
    flags._,
    sources,
    (path, error) => leftOut.push({ path, why: whyOf(path, error) }),
  );
  const { drawn, parts } = await readRuns(runs, leftOut);
  for (const path of begun) leftOut.push({ path, why: "it is not finished" });
  if (parts.length === 0) throw nothingToShow(leftOut);
  const compared = flags.compare === undefined
    ? undefined
    : await compare(flags.compare, drawn);
  const published = await publishedIn(drawn, leftOut);
  const record = withShortPaths(reportOf(parts, {
    title: titleOf(flags._, drawn),
    ...{ leftOut, published, comparison: compared?.comparison ?? null },
  }, compared?.others));
  const page = await reportPage(record);
  await writePage(out, page);
  const megabytes = (page.length / 1e6).toFixed(1);
  print(`${out}: ${counted(parts.length, "run")}, ${megabytes} MB`);
  for (const line of notDrawn(record.leftOut)) print(line);
}

/**
 * The record without the folders that all of its runs are in, where they are of
 * one folder of results: so its page is the same wherever that is.
 */
function withShortPaths(record: Report): Report {
  const { runs, leftOut } = record;
  const folders = new Set(runs.map(({ path }) => dirname(dirname(path))));
  const [folder] = folders;
  const start = folders.size === 1 && folder !== "." ? `${folder}/` : "";
  const short = <T extends { readonly path: string }>(of: T): T => ({
    ...of,
    path: of.path.startsWith(start) ? of.path.slice(start.length) : of.path,
  });
  return { ...record, runs: runs.map(short), leftOut: leftOut.map(short) };
}

/** Reads finished runs; the others are left out. */
async function readRuns(
  runs: readonly SourceRun[],
  leftOut: { path: string; why: string }[],
): Promise<{ drawn: SourceRun[]; parts: RunParts[] }> {
  const [drawn, parts]: [SourceRun[], RunParts[]] = [[], []];
  for (const run of runs) {
    if (run.status !== "finished") {
      const { error } = run.record;
      const why = typeof error === "string" ? `: ${error}` : "";
      leftOut.push({ path: run.path, why: `it ${statusText(run)}${why}` });
      continue;
    }
    try {
      parts.push(await partsOf(run, placesFor(runs.length)));
      drawn.push(run);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      leftOut.push({ path: run.path, why: whyOf(run.path, error) });
    }
  }
  return { drawn, parts };
}

/** An error behind the path that it is of, without a remedy. */
function whyOf(path: string, error: UserError): string {
  return whyUnreadable(error).replace(`${path}/`, "").replace(/; name .*/, "");
}

function statusText({ status }: SourceRun): string {
  return status === "interrupted" ? "was interrupted" : status;
}

/** Reasons that the terminal has; the page has them all. */
const MOST_REASONS = 5;

/** What is not drawn, and why, a line for each reason. */
function notDrawn(leftOut: Report["leftOut"]): string[] {
  const byReason = Map.groupBy(leftOut, ({ why }) => why);
  const lines = [...byReason].map(([why, all]) =>
    `not drawn: ${someOf(all.map(({ path }) => path))}: ${why}`
  );
  const more = lines.length - MOST_REASONS;
  return more <= 0 ? lines : [
    ...lines.slice(0, MOST_REASONS),
    `not drawn for ${counted(more, "more reason")}: the page has them`,
  ];
}

function nothingToShow(leftOut: Report["leftOut"]): UserError {
  const [first, ...others] = leftOut;
  const more = others.length === 0
    ? ""
    : `, and ${others.length} more: ${someOf(others.map(({ path }) => path))}`;
  return new UserError(
    `no run can be shown; ${first!.path}: ${first!.why}${more}`,
  );
}

async function compare(name: string, runs: readonly SourceRun[]) {
  await using trees = new Trees(COMMITTED, inProject("."));
  return await compareWith(name, runs, trees, placesFor(runs.length));
}

/** Published numbers; where they cannot be compared, that is said. */
async function publishedIn(
  runs: readonly SourceRun[],
  leftOut: { path: string; why: string }[],
): Promise<Report["published"]> {
  try {
    return await publishedOf(runs);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    leftOut.push({ path: "published numbers", why: error.message });
    return [];
  }
}

/** The experiments, or what was typed. */
function titleOf(
  words: readonly string[],
  runs: readonly SourceRun[],
): string {
  const names = new Set(
    runs.map(({ experiment, path }) => experiment || basename(dirname(path))),
  );
  if (names.size <= 3) return [...names].join(", ");
  return words.length === 0 ? "Results" : words.join(", ");
}

if (import.meta.main) await runTask(report);
