/** One published number beside what was obtained, and the verdict. */

import {
  type Difference,
  halfWidth,
  marginOf,
  shortfallOf,
  sureShortfallOf,
} from "./difference.ts";

/** A published number and ours. */
export interface PublishedNumber {
  /** what was trained, such as `MNIST, z = 20, AEVB` */
  readonly setup: string;
  /** what was measured, such as `test bound at 1e6 samples` */
  readonly quantity: string;
  /** the mean over the paper's trainings, where there are several */
  readonly published: number;
  /** ours, the mean over the seeds */
  readonly obtained: number;
  /** the standard deviation over the seeds, where there are several */
  readonly spread?: number;
  /** of the two */
  readonly difference: Difference;
  /** what the verdict counts in: nats, units, or a part of a slope */
  readonly scale: Scale;
  /** whether the paper says only that it is no less */
  readonly isLeast?: boolean;
  /** training samples after which the paper has it, where it has one length */
  readonly publishedBudget?: number;
  /** what it was obtained from, one at least */
  readonly origins: readonly Provenance[];
}

export interface Provenance {
  readonly seed: number;
  /** of the source; null: it was in no git repository */
  readonly commit: string | null;
  /** whether the source differed from its commit */
  readonly dirty: boolean | null;
  /** training samples evaluated, or gradients drawn */
  readonly budget: number;
  /** what computed it */
  readonly engine: string;
}

/** What differences are measured in. */
export type Scale = "nat" | "unit" | "0.1";

/** What is said of a number; all at 95 %. */
export const VERDICTS = [
  /** the interval of the difference has 0 */
  "agrees",
  /** it has not, and the difference is within 1 */
  "agrees within 1",
  "agrees within 2",
  "differs",
  "undecided (one seed)",
] as const;

export type Verdict = typeof VERDICTS[number];

/**
 * The rule: a number agrees where the 95 % interval of the difference has 0:
 * where the paper's training is what another seed of ours may give. Else it
 * agrees within 1 or 2 where two one-sided tests at 5 % find that the
 * difference is no larger: nats, units of a count, or tenths of a slope. Any
 * other differs. One seed says nothing of the difference's error, and so
 * decides nothing. Where the paper says only that a number is no less, only
 * less counts.
 */
export function verdictOf(comparison: PublishedNumber): Verdict {
  const { difference, isLeast = false } = comparison;
  if (Number.isNaN(difference.standardError)) return "undecided (one seed)";
  const agrees = isLeast
    ? sureShortfallOf(difference) === 0
    : Math.abs(difference.mean) <= halfWidth(difference);
  if (agrees) return "agrees";
  const margin = withinOf(comparison) / unitOf(comparison);
  if (margin <= 1) return "agrees within 1";
  return margin <= 2 ? "agrees within 2" : "differs";
}

/** What the true difference is within, by the tests of the verdict. */
export function withinOf(
  { difference, isLeast = false }: PublishedNumber,
): number {
  return isLeast ? shortfallOf(difference) : marginOf(difference);
}

/** Whether the true difference is within 2, whatever the verdict. */
export function isWithin2(comparison: PublishedNumber): boolean {
  return withinOf(comparison) <= 2 * unitOf(comparison);
}

function unitOf({ scale }: PublishedNumber): number {
  return scale === "0.1" ? 0.1 : 1;
}

/**
 * What is to be said of runs that are held against papers: a line for each
 * number that differs, or one where no number is decided; for `--check`.
 *
 * @param comparisons one at least
 */
export function checkLines(comparisons: readonly PublishedNumber[]): string[] {
  const verdicts = comparisons.map(verdictOf);
  if (verdicts.every((verdict) => verdict === "undecided (one seed)")) {
    return [
      `--check: of ${comparisons.length} published numbers one seed decides ` +
      "none; give three, such as --seed 1,2,3",
    ];
  }
  return comparisons.filter((_, i) => verdicts[i] === "differs")
    .map(({ setup, quantity, obtained, published, difference }) =>
      `differs: ${setup}, ${quantity}: ${obtained.toFixed(2)}, published ` +
      `${published.toFixed(2)}, difference ${difference.mean.toFixed(2)} +- ` +
      halfWidth(difference).toFixed(2)
    );
}
