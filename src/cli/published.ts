/**
 * Writes results/published: what was obtained beside what was published, from
 * the runs in results alone.
 *
 *     deno task published [--results DIR] [--check]
 */

import { z } from "zod";
import { checkLines } from "../published/comparison.ts";
import { publishedReport, type Section } from "../published/report.ts";
import { type Figure, PUBLISHED } from "../published/sections.ts";
import { UserError } from "../errors.ts";
import { makeFolder, targetOf } from "../files.ts";
import { writeAtomically } from "../results/files.ts";
import { saveFigure } from "../figures/save_figure.ts";
import { inProject } from "./place.ts";
import { say } from "./progress.ts";
import { readTask, runTask, type Task } from "./task.ts";
import { once } from "../config/texts.ts";
import { text } from "../config/value.ts";

const flagsSchema = z.object({
  _: z.array(z.string()).max(0, "expected no folder but that of --results"),
  results: once(text()),
  check: z.boolean(),
});

const TASK: Task<z.output<typeof flagsSchema>> = {
  usage: [
    "Writes the report of published numbers and ours, from results.",
    "",
    "Usage: deno task published [FLAGS]",
  ],
  flags: {
    results: [
      "DIR",
      "where the results are (default: results); the report goes to DIR/published",
    ],
    check: ["", "exit code 1 where a number differs, or one seed decides none"],
  },
  schema: flagsSchema,
};

export interface PublishedReport {
  readonly text: string;
  /** by their file names */
  readonly figures: readonly Figure[];
  /** a line for each number that differs, see `checkLines` */
  readonly differing: readonly string[];
}

/** Holds a folder's runs against papers. @throws {UserError} a damaged run */
export async function reportOf(results: string): Promise<PublishedReport> {
  if (!(await targetOf(results))?.isDirectory) {
    throw new UserError(
      `${results} is no folder; run an experiment of a published set-up, or ` +
        "name a folder of results with --results DIR",
    );
  }
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
      remark: await published.remark?.(from) ?? null,
    });
    figures.push(...drawn);
  }
  const differing = sections.flatMap(({ comparisons }) =>
    comparisons.length === 0 ? [] : checkLines(comparisons)
  );
  return { text: publishedReport(sections), figures, differing };
}

async function writeReport({ text, figures }: PublishedReport, out: string) {
  await makeFolder(out);
  for (const { name, spec } of figures) {
    await saveFigure(`${out}/${name}`, spec);
  }
  await writeAtomically(`${out}/README.md`, text);
  say(`the report is ${out}/README.md`);
}

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function published(args: readonly string[]): Promise<number> {
  const flags = readTask(args, TASK);
  if (flags === null) return 0;
  const { results = inProject("results"), check } = flags;
  // All runs are read before anything is written.
  const report = await reportOf(results);
  await writeReport(report, `${results}/published`);
  if (!check) return 0;
  for (const line of report.differing) say(line);
  return report.differing.length > 0 ? 1 : 0;
}

if (import.meta.main) await runTask(published);
