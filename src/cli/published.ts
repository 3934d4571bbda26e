/**
 * Writes results/published: what was obtained beside what was published, from
 * the runs in results alone.
 *
 *     deno task published [--results DIR] [--check]
 */

import { parseArgs } from "@std/cli";
import { UserError } from "../errors.ts";
import { offLines } from "../published/comparison.ts";
import { readNotes } from "../published/notes.ts";
import { reportText, type Section } from "../published/report.ts";
import { type Figure, PUBLISHED } from "../published/sections.ts";
import { writeAtomically, writing } from "../results/files.ts";
import { saveFigure } from "../sweep/figures.ts";
import { say } from "./progress.ts";
import { runTask } from "./run_task.ts";

const HELP = `Writes the report of published numbers and ours, from results.

Usage: deno task published [FLAGS]

  --results DIR   where the results are (default: results); the report goes to
                  DIR/published
  --check         exit code 1 where a number is off
  --help          print this`;

interface Request {
  readonly results: string;
  readonly check: boolean;
}

/** Reads the command line; null: only help is asked for. */
function readRequest(args: readonly string[]): Request | null {
  const flags: Record<string, unknown> = parseArgs([...args], {
    string: ["results"],
    boolean: ["check", "help"],
    unknown: (arg: string) => {
      throw new UserError(`${arg}: no such flag; --help lists them`);
    },
  });
  if (flags["help"] === true) return null;
  const { results = "results", check } = flags;
  if (results === "") throw new UserError("--results: expected a text");
  return { results: String(results), check: check === true };
}

/** The report of the runs in a folder, and the figures that it shows. */
export interface Report {
  /** Markdown */
  readonly text: string;
  /** by their file names */
  readonly figures: readonly Figure[];
  /** a line for each number that is off */
  readonly off: readonly string[];
}

/**
 * Holds the runs in a folder against what was published.
 *
 * @param results with a folder for each experiment
 * @throws {UserError} a run is damaged, or of another version
 */
export async function reportOf(results: string): Promise<Report> {
  const notes = await readNotes();
  const sections: Section[] = [];
  const figures: Figure[] = [];
  for (const { experiment, source, compare, ...published } of PUBLISHED) {
    const from = { folder: `${results}/${experiment}` };
    const drawn = await published.figures?.(from) ?? [];
    sections.push({
      experiment,
      source,
      figures: drawn.map(({ name }) => name),
      comparisons: await compare(from),
    });
    figures.push(...drawn);
  }
  const off = sections.flatMap(({ comparisons }) => offLines(comparisons));
  return { text: reportText(sections, notes), figures, off };
}

async function writeReport({ text, figures }: Report, out: string) {
  await writing(out, () => Deno.mkdir(out, { recursive: true }));
  for (const { name, spec } of figures) {
    await saveFigure(`${out}/${name}`, spec);
  }
  await writeAtomically(`${out}/README.md`, text);
  say(`the report is ${out}/README.md`);
}

if (import.meta.main) {
  await runTask(async (args) => {
    const request = readRequest(args);
    if (request === null) return console.log(HELP);
    // All runs are read before anything is written.
    const report = await reportOf(request.results);
    await writeReport(report, `${request.results}/published`);
    if (!request.check) return;
    for (const line of report.off) say(line);
    if (report.off.length > 0) Deno.exitCode = 1;
  });
}
