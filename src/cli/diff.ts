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
import { TEST_VERDICTS, testTable } from "../compare/column_tests.ts";
import { testTrees } from "../compare/equivalence.ts";
import {
  testJson,
  testMarkdown,
  testPasses,
  testText,
} from "../compare/report_equivalence.ts";
import { historyOf, reportHistory } from "../compare/history.ts";
import {
  reportJson,
  reportMarkdown,
  reportText,
  unreadableError,
} from "../compare/report.ts";
import { treeFromFolder, Trees } from "../compare/tree.ts";
import { Git } from "../git.ts";
import { didYouMean } from "../table.ts";
import { globMatcher } from "../compare/names.ts";
import { aligned, printable } from "../text.ts";
import { UserError } from "../errors.ts";
import { inProject } from "./place.ts";
import { printReport, say } from "./progress.ts";
import { readTask, runTask, type Task, type TaskFlags } from "./task.ts";
import { checkPlace, writeNew } from "./user_files.ts";
import { fromText, once } from "../config/texts.ts";
import {
  expectation,
  nonNegative,
  swept,
  text,
  type Value,
  valueOf,
  word,
} from "../config/value.ts";

const EXIT = { passes: 0, fails: 1 } as const;

const COMMITTED = "results";

/** Words of `--fail-on`: the worst verdict that passes. */
const BARS = {
  identical: "identical",
  equal: "equal",
  tolerance: "within tolerance",
} as const satisfies Record<string, Verdict>;

const BAR_WORDS = ["identical", "equal", "tolerance"] as const;

const BY_COLUMN = "[COLUMN=]X";

const FLAGS = {
  experiment: ["NAME", "only this experiment"],
  run: ["GLOB", "only runs with such a name; * any text, ? one letter"],
  results: ["DIR", "results in the working tree (default: results)"],
  atol: [BY_COLUMN, "absolute tolerance, of all columns or of some"],
  rtol: [BY_COLUMN, "relative tolerance, of all columns or of some"],
  ignore: ["COLUMN", "leave a column out"],
  "fail-on": [
    "WORD",
    "the worst verdict that passes (default: tolerance)",
  ],
  test: ["equivalence", "test over seeds instead, see below"],
  margin: [BY_COLUMN, "with --test: the largest difference that makes none"],
  column: ["COLUMN", "with --test: columns to test, in place of the usual"],
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
  "fail-on": once(text()),
  test: once(word(["equivalence"])),
  margin: z.array(
    override.refine(({ value }) => value > 0, "expected a number above 0"),
  ),
  column: z.array(fromText(text())),
  history: once(text()),
  plot: once({
    ...text(),
    expected: "a name that ends in .svg",
    schema: () => z.string().endsWith(".svg"),
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
    "--atol, --rtol, --ignore, --margin and --column may be repeated; COLUMN",
    "may hold * and ?.",
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
    "--test equivalence takes the final values of eval.csv and evaluations of",
    "runs of A and B of the same config and seed, which share the order of the",
    "data and the noise. Of the mean difference over seeds it says: equivalent",
    "(between -MARGIN and MARGIN), better, worse, different (beyond, where a",
    "column is better neither way), or undecided. It tests",
    "",
    ...aligned(testTable()).map((line) => `  ${line}`),
    "",
    "Of all diffs 5 % at most hold a false verdict of a kind: P is corrected",
    "for the number of tests by Holm's method. INTERVAL is of the column alone.",
    `--fail-on lists verdicts of ${TEST_VERDICTS.join(", ")};`,
    "the default is worse. A run that is finished in A and not in B is worse.",
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
  if (flags._.length > 1 && flags.results !== undefined) {
    throw new UserError(
      `--results ${flags.results}: it has no effect beside B; leave it out`,
    );
  }
  if (flags.test !== undefined) return await testSeeds(flags);
  for (const name of ["margin", "column"] as const) {
    if (flags[name].length > 0) throw new UserError(`--${name} needs --test`);
  }
  if (plot !== undefined) await checkPlace("plot", plot);
  return await (flags.history === undefined
    ? compare(flags)
    : showHistory(flags, flags.history));
}

/** What A and B are, opened. */
async function openBoth(trees: Trees, flags: Flags) {
  const [nameA = "HEAD", nameB] = flags._;
  const results = flags.results ?? inProject(COMMITTED);
  const a = await trees.open(nameA);
  const b = nameB === undefined
    ? await treeFromFolder(results, `working tree, ${results}`)
    : await trees.open(nameB);
  return { a, b };
}

/** The value of --fail-on, whose words depend on what is compared. */
function failOn<T>(flags: Flags, value: Value<T>, otherwise: T): T {
  const typed = flags["fail-on"];
  if (typed === undefined) return otherwise;
  const found = valueOf(value, typed);
  if (found !== undefined) return found;
  throw new UserError(
    `--fail-on ${printable(typed)}: ${expectation(value, typed)}; see --help`,
  );
}

async function testSeeds(flags: Flags): Promise<number> {
  const { experiment, run, ignore } = flags;
  for (const name of ["atol", "rtol", "plot", "history"] as const) {
    if (flags[name] === undefined || flags[name].length === 0) continue;
    throw new UserError(`--${name} is of no use with --test; leave it out`);
  }
  if (flags.margin.length === 0) {
    throw new UserError(
      "--test needs --margin X: the largest difference that makes none, in nats",
    );
  }
  const failing = failOn(flags, swept(word(TEST_VERDICTS)), ["worse"]);
  await using trees = new Trees(COMMITTED, inProject("."));
  const { a, b } = await openBoth(trees, flags);
  const options = { experiment, run, ignore, columns: flags.column };
  const test = await testTrees(a, b, { ...options, margins: flags.margin });
  const colour = Deno.stdout.isTerminal() && !Deno.noColor;
  printReport(
    flags.json
      ? testJson(test, { failing })
      : flags.markdown
      ? testMarkdown(test, { failing })
      : testText(test, { failing, colour }),
  );
  const error = unreadableError(test);
  if (error !== null) throw error;
  return testPasses(test, { failing }) ? EXIT.passes : EXIT.fails;
}

async function compare(flags: Flags): Promise<number> {
  const bar = BARS[failOn(flags, word(BAR_WORDS), "tolerance")];
  await using trees = new Trees(COMMITTED, inProject("."));
  const { a, b } = await openBoth(trees, flags);
  const overrides = (["atol", "rtol"] as const).flatMap((part) =>
    flags[part].map((typed): ToleranceOverride => ({ ...typed, part }))
  );
  const seen = new Set<string>();
  const options = { ...flags, overrides, seen };
  const comparison = await compareTrees(a, b, options);
  requireColumns(flags, seen);
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

/** @throws {UserError} a flag is of no column of the files that differ */
function requireColumns(
  { atol, rtol, ignore }: Flags,
  seen: ReadonlySet<string>,
): void {
  if (seen.size === 0) return; // nothing differs
  const patterns = {
    atol: atol.map(({ columns }) => columns),
    rtol: rtol.map(({ columns }) => columns),
    ignore,
  };
  for (const [flag, columns] of Object.entries(patterns)) {
    const unused = columns.find((glob) => ![...seen].some(globMatcher(glob)));
    if (unused === undefined) continue;
    const known = didYouMean(unused, [...seen]) || `; there are ${[...seen]}`;
    throw new UserError(
      `--${flag} ${unused}: no file that differs has such a column${known}`,
    );
  }
}

async function showHistory(flags: Flags, column: string): Promise<number> {
  const [revision = "HEAD", more] = flags._;
  if (more !== undefined) {
    throw new UserError("--history takes one revision, where it ends");
  }
  const { atol, rtol, ignore, results, "fail-on": bar } = flags;
  const unused = Object.entries({ atol, rtol, ignore, results, "fail-on": bar })
    .find(([, value]) => value !== undefined && value.length > 0);
  if (unused !== undefined) {
    throw new UserError(
      `--${unused[0]} is of no use with --history; leave it out`,
    );
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
