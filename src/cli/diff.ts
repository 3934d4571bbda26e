/**
 * `deno task diff`: what a change of the code did to the numbers.
 *
 * Compares results of two revisions, of a revision and the working tree, or of
 * two folders; or prints the history of one value.
 *
 * @module
 */

import { z } from "zod";
import { compareTrees } from "../compare/compare_trees.ts";
import {
  isWorse,
  type ToleranceOverride,
  toleranceTable,
  type Verdict,
} from "../compare/compare_columns.ts";
import { historyOf, reportHistory } from "../compare/history.ts";
import {
  reportJson,
  reportMarkdown,
  reportText,
  unreadableError,
} from "../compare/report.ts";
import { treeFromFolder, Trees } from "../compare/tree.ts";
import { Git } from "../git.ts";
import { aligned } from "../text.ts";
import { UserError } from "../errors.ts";
import { inProject } from "./place.ts";
import { printReport, say } from "./progress.ts";
import { readTask, runTask, type Task, type TaskFlags } from "./task.ts";
import { checkPlace, writeNew } from "./user_files.ts";
import { fromText, nonNegative, once, text, word } from "../config/value.ts";

const EXIT = { passes: 0, fails: 1 } as const;

const COMMITTED = "results";

/** Words of `--fail-on`: the worst verdict that passes. */
const BARS = {
  identical: "identical",
  equal: "equal",
  tolerance: "within tolerance",
} as const satisfies Record<string, Verdict>;

const BAR_WORDS = ["identical", "equal", "tolerance"] as const;

const TOLERANCE = "[COLUMN=]X";

const FLAGS = {
  experiment: ["NAME", "only this experiment"],
  run: ["GLOB", "only runs with such a name; * any text, ? one letter"],
  results: ["DIR", "results in the working tree (default: results)"],
  atol: [TOLERANCE, "absolute tolerance, of all columns or of some"],
  rtol: [TOLERANCE, "relative tolerance, of all columns or of some"],
  ignore: ["COLUMN", "leave a column out"],
  "fail-on": [
    "WORD",
    "the worst verdict that passes (default: tolerance)",
  ],
  history: ["COLUMN", "its final value, commit by commit, instead"],
  plot: ["FILE.svg", "draw the curves and their difference"],
  json: ["", "print JSON"],
  markdown: ["", "print Markdown"],
} as const satisfies TaskFlags;

const override = z.string().transform((typed) => {
  const split = typed.lastIndexOf("=");
  return split < 0
    ? { columns: "*", value: typed }
    : { columns: typed.slice(0, split), value: typed.slice(split + 1) };
}).pipe(
  z.object({ columns: fromText(text()), value: fromText(nonNegative()) }),
);

/** The flags, as lists of what was typed. */
const flagsSchema = z.object({
  _: z.array(z.coerce.string()).max(2, "expected two revisions at most"),
  experiment: once(text()),
  run: once(text()),
  results: once(text()),
  atol: z.array(override),
  rtol: z.array(override),
  ignore: z.array(fromText(text())),
  "fail-on": once(word(BAR_WORDS)),
  history: once(text()),
  plot: once({
    ...text(),
    expected: "a name that ends in .svg",
    schema: z.string().endsWith(".svg"),
  }),
  json: z.boolean(),
  markdown: z.boolean(),
});

type Flags = z.output<typeof flagsSchema>;

export const DIFF: Task<Flags> = {
  usage: [
    "Shows what a change of the code did to the numbers of the experiments.",
    "",
    "Usage: deno task diff [A [B]] [FLAGS]",
    "",
    "A and B are commits, branches, tags, or folders of results. Without B",
    "it is the working tree, without both A is HEAD.",
  ],
  flags: FLAGS,
  notes: [
    "--atol, --rtol and --ignore may be repeated; COLUMN may hold * and ?.",
    `WORD is one of ${BAR_WORDS.join(", ")}.`,
    "",
    "Verdicts, from best to worst: identical (bytes), equal (values), within",
    "tolerance, different, unreadable (damaged). What only B has counts as",
    "within tolerance, what only A has as different. FIRST is the first step,",
    "or run, that is out of tolerance, or else not equal; AT is that of the",
    "LARGEST deviation.",
    "",
    "Values are within tolerance where |a - b| <= ATOL + RTOL * max(|a|, |b|,",
    "SCALE). Where no flag says otherwise:",
    "",
    ...aligned(toleranceTable()).map((line) => `  ${line}`),
    "",
    "Exit codes: 0 nothing is worse than --fail-on, 1 something is, 2 a mistake",
    "or an unreadable file.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @returns the exit code @throws {UserError} a mistake */
export async function diff(args: readonly string[]): Promise<number> {
  const flags = readTask(args, DIFF);
  if (flags === null) return EXIT.passes;
  const { json, markdown, plot, history, experiment } = flags;
  if (json && markdown) throw new UserError("--json or --markdown, not both");
  if (history !== undefined && (plot !== undefined || !experiment)) {
    throw new UserError("--history needs --experiment NAME and no --plot");
  }
  if (plot !== undefined) await checkPlace("plot", plot);
  return await (flags.history === undefined
    ? compare(flags)
    : showHistory(flags, flags.history));
}

async function compare(flags: Flags): Promise<number> {
  const [nameA = "HEAD", nameB] = flags._;
  const results = flags.results ?? inProject(COMMITTED);
  await using trees = new Trees(COMMITTED, inProject("."));
  const a = await trees.open(nameA);
  const b = nameB === undefined
    ? await treeFromFolder(results, `working tree, ${results}`)
    : await trees.open(nameB);
  const overrides = (["atol", "rtol"] as const).flatMap((part) =>
    flags[part].map((typed): ToleranceOverride => ({ ...typed, part }))
  );
  const options = { ...flags, overrides };
  const comparison = await compareTrees(a, b, options);
  const bar = BARS[flags["fail-on"] ?? "tolerance"];
  const colour = Deno.stdout.isTerminal() && !Deno.noColor;
  printReport(
    flags.json
      ? reportJson(comparison, { bar })
      : flags.markdown
      ? reportMarkdown(comparison, { bar })
      : reportText(comparison, { bar, colour }),
  );
  if (flags.plot !== undefined) {
    // Only here: the charts take longer to load than most comparisons.
    const { plotComparison } = await import("../compare/plot_comparison.ts");
    const svg = await plotComparison(a, b, comparison, options);
    if (svg === null) say("no figure: no run is in both A and B");
    else await writeNew({ flag: "plot", path: flags.plot, content: svg });
  }
  const error = unreadableError(comparison);
  if (error !== null) throw error;
  return isWorse(comparison.verdict, bar) ? EXIT.fails : EXIT.passes;
}

async function showHistory(flags: Flags, column: string): Promise<number> {
  const [revision = "HEAD", more] = flags._;
  if (more !== undefined) {
    throw new UserError("--history takes one revision, where it ends");
  }
  await using git = await Git.open(inProject("."));
  const { experiment, run } = flags;
  const rows = await historyOf(git, {
    revision,
    results: COMMITTED,
    experiment: experiment!,
    column,
    run,
  });
  const format = flags.json ? "json" : flags.markdown ? "markdown" : "text";
  printReport(reportHistory(rows, format));
  return EXIT.passes;
}

if (import.meta.main) await runTask(diff);
