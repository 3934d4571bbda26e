/** Tests of columns: is B's mean over seeds A's, up to a margin? */

import { holm, tostPaired } from "../statistics/paired_tests.ts";
import { pairsToTell } from "../statistics/power.ts";
import { meanInterval } from "../statistics/mean_interval.ts";
import { globMatcher } from "./names.ts";

/** Which way a column is better; null: neither way. */
export type Better = "higher" | "lower" | null;

/** What a test asks of a column. */
export interface TestedColumns {
  /** patterns of their names */
  readonly columns: readonly string[];
  readonly better: Better;
  /** where they are tested if no flag says so */
  readonly testedIn: "eval.csv" | "evaluations" | null;
}

/**
 * All that is said of columns in tests; the first row that has the column
 * counts. An evaluation has elbo and kl once more, and -nll as iwae_bound:
 * testing one thing twice only makes each test weaker.
 */
export const TESTED_COLUMNS: readonly TestedColumns[] = [
  { columns: ["elbo"], better: "higher", testedIn: "eval.csv" },
  { columns: ["reconstruction", "kl"], better: null, testedIn: "eval.csv" },
  { columns: ["nll"], better: "lower", testedIn: "evaluations" },
  { columns: ["nll_active_units"], better: "lower", testedIn: null },
  {
    columns: [
      ...["*_elbo", "iwae_bound", "*log_likelihood", "mig", "sap"],
      ...["modularity", "dci_*", "factor_vae"],
    ],
    better: "higher",
    testedIn: null,
  },
  { columns: ["*"], better: null, testedIn: null },
];

/** The row of {@linkcode TESTED_COLUMNS} that has a column. */
export function testedColumn(name: string): TestedColumns {
  return TESTED_COLUMNS.find(({ columns }) =>
    columns.some((pattern) => globMatcher(pattern)(name))
  )!;
}

/** The usual columns of a test as the cells of a table, with its head. */
export function testTable(): string[][] {
  return [
    ["COLUMNS", "OF", "BETTER"],
    ...TESTED_COLUMNS.flatMap(({ columns, testedIn, better }) =>
      testedIn === null
        ? []
        : [[columns.join(", "), testedIn, better ?? "neither"]]
    ),
  ];
}

/**
 * What a test finds of a column: the mean of B - A is between -margin and
 * margin (`equivalent`); it is beyond, to the better or the worse side, or to
 * one of them where no side is better (`different`); or the seeds are too few
 * to tell (`undecided`).
 */
export const TEST_VERDICTS = [
  "equivalent",
  "better",
  "different",
  "worse",
  "undecided",
] as const;

export type TestVerdict = typeof TEST_VERDICTS[number];

/** Of claims of each kind in a diff that are false, at most this share. */
export const LEVEL = 0.05;

/** Differences B - A of a column, one for each pair of equal seeds. */
export interface Sample {
  readonly better: Better;
  readonly differences: readonly number[];
  /** in the unit of the differences */
  readonly margin: number;
}

/** The claims that can be made of a column, with their p-values. */
type Claims = Readonly<
  Partial<Record<Exclude<TestVerdict, "undecided">, number>>
>;

/** @returns no claim of one pair, unless its values are equal */
function claimsOf({ better, differences, margin }: Sample): Claims {
  if (differences.length === 1) {
    // Every bit alike: training went the same way, as it will of other seeds.
    return differences[0] === 0 ? { equivalent: 0 } : {};
  }
  const { below, above, equivalent } = tostPaired(differences, margin);
  switch (better) {
    case "higher":
      return { equivalent, better: above, worse: below };
    case "lower":
      return { equivalent, better: below, worse: above };
    case null:
      return {
        equivalent,
        different: Math.min(1, 2 * Math.min(below, above)),
      };
  }
}

/** A verdict on a column, and how sure it is. */
export interface Decision {
  readonly verdict: TestVerdict;
  /**
   * Of the claim that the data favour, corrected for the number of columns; NaN
   * where there is none.
   */
  readonly p: number;
}

/**
 * Tests all columns of a diff. For each kind of claim, such as *worse*, the
 * p-values of all columns are corrected by Holm's method: in at most 5 % of
 * diffs is any column falsely called so, however the columns depend on each
 * other.
 */
export function testColumns(samples: readonly Sample[]): Decision[] {
  const claims = samples.map(claimsOf);
  const decisions = samples.map((): Decision => ({
    verdict: "undecided",
    p: NaN,
  }));
  for (const verdict of TEST_VERDICTS) {
    if (verdict === "undecided") continue;
    const claiming = samples.map((_, i) => i)
      .filter((i) => claims[i]![verdict] !== undefined);
    const corrected = holm(claiming.map((i) => claims[i]![verdict]!));
    claiming.forEach((i, k) => {
      const p = corrected[k]!;
      const isFavoured = claims[i]![verdict]! <= 0.5 &&
        !(p >= decisions[i]!.p);
      if (!isFavoured) return;
      decisions[i] = { verdict: p <= LEVEL ? verdict : "undecided", p };
    });
  }
  return decisions;
}

/**
 * How many more pairs would tell with a chance of 80 %, were the differences
 * what they are so far; null of one pair, Infinity of more than 10,000.
 *
 * @param tests how many columns are tested
 */
export function morePairs(
  { better, differences, margin }: Sample,
  tests: number,
): number | null {
  const { n, mean, sd } = meanInterval(differences);
  if (n < 2) return null;
  const isTwoSided = better === null && Math.abs(mean) > margin;
  const level = LEVEL / tests / (isTwoSided ? 2 : 1);
  return Math.max(1, pairsToTell({ mean, sd }, margin, { level }) - n);
}
