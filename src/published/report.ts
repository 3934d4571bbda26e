/** The report of what was obtained and what was published, as Markdown. */

import { markdownTable } from "../text.ts";
import { formatSamples } from "../train/samples_evaluated.ts";
import {
  isWithin2,
  type PublishedNumber,
  verdictOf,
  VERDICTS,
  withinOf,
} from "./comparison.ts";
import { halfWidth } from "./difference.ts";

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
  /** more that is to be said; null: nothing */
  readonly remark: string | null;
}

const HEAD = [
  "# Published and obtained",
  "",
  "Written by `deno task published` from the runs in `results/`, of each set-up",
  "the longest. Values are nats per datapoint but for counts of units and for",
  "slopes. *Obtained* is the mean over the seeds (sd: their standard deviation),",
  "*difference* that mean less what was published, with its 95 % interval, and",
  "*within* the smallest margin for which two one-sided tests at 5 % (TOST) find",
  "the difference within it. One verdict for each number:",
  "",
  "- *agrees*: the interval of the difference has 0. A paper's number is of one",
  "  training, or of two where its figure has them, which are taken to vary as",
  "  ours do; with one, it agrees where it is in the interval in which another",
  "  seed of ours would be. Where ours vary much, that says little: see *within*;",
  "- *agrees within 1*, *within 2*: it has not, and the difference is within 1 or",
  "  2 nats, units of a count, or tenths of a slope;",
  "- *differs*: neither;",
  "- *undecided (one seed)*: one seed does not say how much another would give.",
  "",
  "Where nothing differs in truth, one interval in twenty has no 0 by chance.",
  "",
  "The last column of the first table counts numbers whose difference is within 2,",
  "those that agree among them.",
  "",
  'Where a paper says only that a number is no less ("at least"), only less',
  "counts. Where it says how two of our own numbers compare, or has a formula for",
  "one, the second stands under *published*, and differences are by seed.",
  "Published curves are taken between their points, linear in the logarithm of",
  "the samples. Each experiment's script in `experiments/` names the paper's",
  "set-up and what was chosen here where it states nothing.",
  "",
];

/** The whole report; the same runs give the same bytes. */
export function publishedReport(sections: readonly Section[]): string {
  return [
    ...HEAD,
    ...markdownTable(
      ["experiment", "numbers", ...VERDICTS, "within 2"],
      sections.map(({ experiment, comparisons }) => {
        const verdicts = comparisons.map(verdictOf);
        return [
          `[${experiment}](#${experiment})`,
          String(comparisons.length),
          ...VERDICTS.map((verdict) =>
            String(verdicts.filter((one) => one === verdict).length)
          ),
          String(comparisons.filter(isWithin2).length),
        ];
      }),
    ),
    ...sections.flatMap(sectionLines),
    "",
  ].join("\n");
}

function sectionLines(
  { experiment, source, figures, comparisons, remark }: Section,
): string[] {
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
        COLUMNS,
        comparisons.map(cellsOf),
      ),
    ...remark === null ? [] : ["", remark],
  ];
}

/** What {@linkcode cellsOf} has. */
export const COLUMNS: readonly string[] = [
  ...["set-up", "quantity", "obtained", "published", "difference"],
  ...["within", "verdict", "seeds", "budget", "commit", "engine"],
];

/** A published number and ours, as a table has them. */
export function cellsOf(comparison: PublishedNumber): string[] {
  const { setup, quantity, published, obtained, spread } = comparison;
  const { scale, isLeast, origins, difference } = comparison;
  // Counts are whole numbers, except means over seeds.
  const text = (value: number) =>
    value.toFixed(scale !== "unit" ? 2 : Number.isInteger(value) ? 0 : 1);
  const { mean, standardError } = difference;
  const isDecided = !Number.isNaN(standardError);
  const sign = mean < 0 ? "" : "+";
  const interval = isDecided ? ` ± ${text(halfWidth(difference))}` : "";
  return [
    setup,
    quantity,
    spread === undefined
      ? text(obtained)
      : `${text(obtained)} (sd ${spread.toFixed(2)})`,
    `${isLeast === true ? "at least " : ""}${text(published)}`,
    `${sign}${text(mean)}${interval}`,
    isDecided ? text(withinOf(comparison)) : "",
    verdictText(comparison),
    distinct(origins.map(({ seed }) => seed)),
    distinct(origins.map(({ budget }) => formatSamples(budget))),
    distinct(
      origins.map(({ commit, dirty }) =>
        commit === null
          ? "none"
          : `${commit.slice(0, 8)}${dirty === true ? " (changed)" : ""}`
      ),
    ),
    distinct(origins.map(({ engine }) => engine)),
  ];
}

/** The verdict, and how much of the paper's training there was. */
function verdictText(comparison: PublishedNumber): string {
  const verdict = verdictOf(comparison);
  const { publishedBudget, origins } = comparison;
  const part = Math.max(...origins.map(({ budget }) => budget)) /
    (publishedBudget ?? 0);
  return part < 1
    ? `${verdict}, after ${
      (100 * part).toPrecision(2)
    } % of the paper's training`
    : verdict;
}

function distinct(values: readonly (string | number)[]): string {
  return [...new Set(values)].join(", ");
}
