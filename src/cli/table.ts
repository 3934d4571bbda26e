/**
 * `deno task table`: means of finished runs over their seeds.
 *
 * @module
 */

import { dirname } from "node:path";
import { z } from "zod";
import { globMatcher } from "../compare/names.ts";
import { once } from "../config/texts.ts";
import { distinct, list, swept, text, word } from "../config/value.ts";
import { UserError } from "../errors.ts";
import { tableOf } from "../figures/run_table.ts";
import { RunSources, type SourceRun } from "../figures/source_runs.ts";
import { TABLE_FORMATS } from "../figures/table_text.ts";
import { partialNames } from "../results/run_place.ts";
import { namesOf, namesWithHelp } from "../table.ts";
import { foldersOf } from "./finished_runs.ts";
import { inProject } from "./place.ts";
import { print, say } from "./progress.ts";
import { readTask, runTask, type Task } from "./task.ts";

const COMMITTED = "results";

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
    "RUNS is a run, a folder with runs, such as results/latent-sweep, what a",
    "revision has of it, REVISION:results/latent-sweep, or a pattern, such as",
    '"results/*/mnist-*", or "mnist-*" of the project\'s results. Without any it is',
    "all of these.",
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
  const named = flags._.length > 0
    ? await foldersOf(flags._)
    : [inProject(COMMITTED)];
  const runs = new Map<string, SourceRun>();
  const begun = new Set<string>();
  for (const name of named) {
    const found = await runsOf(name, sources);
    for (const run of found.runs) runs.set(run.path, run);
    for (const path of found.begun) begun.add(path);
  }
  const made = await tableOf([...runs.values()], { rows, columns });
  print(TABLE_FORMATS[format].of(made));
  for (const { path, status } of runs.values()) {
    if (status !== "finished") say(`${path} is left out: it ${status}`);
  }
  for (const path of begun) say(`${path} is left out: it is not finished`);
}

/** The runs that a word names, and the paths of those that were begun. */
async function runsOf(
  word: string,
  sources: RunSources,
): Promise<{ runs: SourceRun[]; begun: string[] }> {
  const isPattern = /[*?]/.test(word);
  const isName = isPattern && !word.includes("/");
  const parts = word.split("/");
  const folder = isName
    ? inProject(COMMITTED)
    : isPattern
    ? parts.slice(0, parts.findIndex((part) => /[*?]/.test(part))).join("/")
    : word;
  const matches = isPattern ? globMatcher(word) : () => true;
  const isMeant = (path: string) =>
    matches(isName ? path.slice(path.lastIndexOf("/") + 1) : path);
  const all = await sources.open(folder === "" ? "." : folder);
  const runs = all.filter(({ path }) => isMeant(path));
  if (runs.length === 0) throw new UserError(`${word}: no run is called so`);
  const isRun = all.length === 1 && all[0]!.path === folder;
  const places = isRun ? [] : all.filter(({ revision }) => revision === "")
    .map(({ path }) => dirname(path));
  const begun: string[] = [];
  for (const place of new Set(places)) {
    for (const name of await partialNames(place)) {
      const path = `${place}/${name.slice(0, -".partial".length)}`;
      if (isMeant(path) && !all.some((run) => run.path === path)) {
        begun.push(path);
      }
    }
  }
  return { runs, begun };
}

if (import.meta.main) await runTask(table);
