/** The report of what was obtained and what was published, as Markdown. */

import { markdownTable } from "../text.ts";
import { formatSamples } from "../train/samples_evaluated.ts";
import { differenceOf, nearnessOf } from "./comparison.ts";
import type { Nearness, PublishedNumber } from "./comparison.ts";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UserError } from "../errors.ts";
import { readText } from "../files.ts";

/** One experiment's part of the report. */
export interface Section {
  /** its name, such as `aevb-figure2` */
  readonly experiment: string;
  /** what was published, and where */
  readonly source: string;
  /** file names of its figures, without an extension */
  readonly figures: readonly string[];
  /** every number that the runs reach */
  readonly comparisons: readonly PublishedNumber[];
}

const HEAD = [
  "# Published and obtained",
  "",
  "Written by `deno task published` from the runs in `results/`, of each set-up",
  "the longest. Values are nats per datapoint but for counts of units and for",
  "slopes. Verdicts are by one rule: a difference of up to 1 is *within 1*, of",
  "up to 2 *within 2*, any other *off*; in nats, in units of a count, in tenths",
  'of a slope. Where a paper says only that a number is no less ("at least"),',
  "more is *within 1*. Where it says how two of our own numbers compare, or has",
  "a formula for one, the second stands under *published*. Numbers are means",
  "over the seeds (sd: their standard deviation, where there are several);",
  "published curves are taken between their points, linear in the logarithm of",
  "the samples. Each experiment's script in `experiments/` names the paper's",
  "set-up and what was chosen here where it states nothing.",
  "",
];

/** The whole report; the same runs give the same bytes. */
export function publishedReport(
  sections: readonly Section[],
  notes: Notes,
): string {
  return [
    ...HEAD,
    ...markdownTable(
      ["experiment", "numbers", "within 1", "within 2", "off"],
      sections.map(({ experiment, comparisons }) => [
        `[${experiment}](#${experiment})`,
        ...[comparisons, ...VERDICTS.map((verdict) => of(comparisons, verdict))]
          .map(({ length }) => String(length)),
      ]),
    ),
    ...sections.flatMap((section) => sectionLines(section, notes)),
    "",
  ].join("\n");
}

const VERDICTS: readonly Nearness[] = ["within 1", "within 2", "off"];

function of(comparisons: readonly PublishedNumber[], verdict: Nearness) {
  return comparisons.filter((one) => nearnessOf(one) === verdict);
}

function sectionLines(
  { experiment, source, figures, comparisons }: Section,
  notes: Notes,
): string[] {
  const tried = notes.tried.filter((note) => note.experiment === experiment);
  return [
    "",
    `## ${experiment}`,
    "",
    source,
    "",
    ...figures.flatMap((name) => [`![${name}](${name}.svg)`, ""]),
    ...comparisons.length === 0
      ? ["No run is long enough for a published number."]
      : markdownTable(
        [
          ...["set-up", "quantity", "obtained", "published", "difference"],
          ...["verdict", "seeds", "commit", "budget"],
        ],
        comparisons.map((one) => cells(one, notes)),
      ),
    ...tried.length === 0 ? [] : [
      "",
      "What was tried:",
      "",
      ...tried.map(({ change, found }) => `- ${change}: ${found}.`),
    ],
  ];
}

function cells(comparison: PublishedNumber, notes: Notes): string[] {
  const { setup, quantity, published, obtained, spread } = comparison;
  const { scale, isLeast, origins } = comparison;
  const difference = differenceOf(comparison);
  // Counts are whole numbers, except means over seeds.
  const text = (value: number) =>
    value.toFixed(scale !== "unit" ? 2 : Number.isInteger(value) ? 0 : 1);
  return [
    setup,
    quantity,
    spread === undefined
      ? text(obtained)
      : `${text(obtained)} (sd ${spread.toFixed(2)})`,
    `${isLeast === true ? "at least " : ""}${text(published)}`,
    `${difference < 0 ? "" : "+"}${text(difference)}`,
    verdictText(comparison, notes),
    distinct(origins.map(({ seed }) => seed)),
    distinct(
      origins.map(({ commit, dirty }) =>
        commit === null
          ? "none"
          : `${commit.slice(0, 8)}${dirty === true ? " (changed)" : ""}`
      ),
    ),
    distinct(origins.map(({ budget }) => formatSamples(budget))),
  ];
}

/** The verdict, and why a number is off. */
function verdictText(comparison: PublishedNumber, notes: Notes): string {
  const verdict = nearnessOf(comparison);
  if (verdict !== "off") return verdict;
  const { publishedBudget, origins } = comparison;
  const reason = reasonOf(notes, comparison);
  if (reason !== undefined) return `off: ${reason}`;
  const part = Math.max(...origins.map(({ budget }) => budget)) /
    (publishedBudget ?? 0);
  return part < 1
    ? `off, after ${(100 * part).toPrecision(2)} % of the paper's training`
    : "off, reason not known";
}

function distinct(values: readonly (string | number)[]): string {
  return [...new Set(values)].join(", ");
}

const notesSchema = z.strictObject({
  /** why numbers are off: the first that fits is given */
  reasons: z.array(z.strictObject({
    /** how the comparison's set-up begins */
    setup: z.string(),
    /** how its quantity begins */
    quantity: z.string(),
    reason: z.string(),
  })),
  /** controlled runs: what was changed, and what that gave */
  tried: z.array(z.strictObject({
    experiment: z.string(),
    change: z.string(),
    found: z.string(),
  })),
});

export type Notes = z.infer<typeof notesSchema>;

/** Reads data/reference/notes.json. @throws {UserError} it is damaged */
export async function readNotes(): Promise<Notes> {
  const path = fileURLToPath(
    new URL("../../data/reference/notes.json", import.meta.url),
  );
  const text = await readText(path);
  try {
    return notesSchema.parse(JSON.parse(text));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    throw new UserError(
      `${path} is not valid: ${
        issue === undefined
          ? "it is not JSON"
          : `${issue.path.join(".")}: ${issue.message}`
      }; correct it`,
    );
  }
}

/** Why a number is off; undefined where it is not known. */
function reasonOf(
  { reasons }: Notes,
  { setup, quantity }: Pick<PublishedNumber, "setup" | "quantity">,
): string | undefined {
  return reasons.find((note) =>
    setup.startsWith(note.setup) && quantity.startsWith(note.quantity)
  )?.reason;
}
