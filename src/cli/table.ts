/**
 * `deno task table`: means of finished runs over their seeds.
 *
 * @module
 */

import { z } from "zod";
import { once } from "../config/texts.ts";
import { distinct, list, swept, text, word } from "../config/value.ts";
import { tableOf } from "../figures/run_table.ts";
import { RunSources } from "../figures/source_runs.ts";
import { TABLE_FORMATS } from "../figures/table_text.ts";
import { namesOf, namesWithHelp } from "../table.ts";
import { COMMITTED, namedRuns } from "./named_runs.ts";
import { inProject } from "./place.ts";
import { print, say } from "./progress.ts";
import { readTask, runTask, type Task } from "./task.ts";

const flagsSchema = z.object({
  _: z.array(z.coerce.string()),
  rows: once(distinct(list(text("SETTING"), "names of settings"))),
  columns: once(swept(text("NAME"))),
  format: once(word(namesOf(TABLE_FORMATS))),
});

const TASK: Task<z.output<typeof flagsSchema>> = {
  usage: [
    "Prints the means of finished runs over their seeds, with intervals.",
    "",
    "Usage: deno task table [RUNS...] [FLAGS]",
    "",
    "RUNS is a run, a folder with runs, such as results/latent-sweep, an experiment",
    "of the project's results, latent-sweep, what a revision has of it,",
    'REVISION:results/latent-sweep, or a pattern, such as "results/*/mnist-*", or',
    '"mnist-*" of the project\'s results. Without any it is all of these.',
  ],
  flags: {
    rows: [
      "SETTING,...",
      "a row for each combination (default: all settings that vary, but the seed)",
    ],
    columns: [
      "NAME,...",
      "quantities after the last step, and settings with columns for each " +
      "combination (default: elbo)",
    ],
    format: ["NAME", `${namesWithHelp(TABLE_FORMATS)} (default: markdown)`],
  },
  notes: [
    "Runs that differ in their seed alone are one row; no others are ever averaged.",
    "Those that are not finished are named on stderr.",
    "",
    "  deno task table results/mc-samples --rows samples,steps --columns elbo,nll",
    "  deno task table mine --rows latent_dim --columns beta,elbo --format latex",
  ],
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function table(args: readonly string[]): Promise<void> {
  const flags = readTask(args, TASK);
  if (flags === null) return;
  const { rows, columns = ["elbo"], format = "markdown" } = flags;
  await using sources = new RunSources(inProject("."), COMMITTED);
  const { runs, begun } = await namedRuns(flags._, sources);
  const made = await tableOf(runs, { rows, columns });
  print(TABLE_FORMATS[format].of(made));
  for (const { path, status } of runs) {
    if (status !== "finished") say(`${path} is left out: it ${status}`);
  }
  for (const path of begun) say(`${path} is left out: it is not finished`);
}

if (import.meta.main) await runTask(table);
