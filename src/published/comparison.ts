/** One published number beside what was obtained, and the verdict. */

/** A published number and ours. */
export interface PublishedNumber {
  /** what was trained, such as `MNIST, z = 20, AEVB` */
  readonly setup: string;
  /** what was measured, such as `test bound at 1e6 samples` */
  readonly quantity: string;
  readonly published: number;
  /** ours, the mean over the seeds */
  readonly obtained: number;
  /** the standard deviation over the seeds, where there are several */
  readonly spread?: number;
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
}

/** What differences are measured in. */
export type Scale = "nat" | "unit" | "0.1";

export type Nearness = "within 1" | "within 2" | "off";

export function differenceOf(
  { obtained, published }: Pick<PublishedNumber, "obtained" | "published">,
): number {
  return obtained - published;
}

/**
 * The rule: a difference of up to 1 is `within 1`, of up to 2 `within 2`, any
 * other `off`, in nats, in units of a count, or in tenths of a slope. Where the
 * paper says only that a number is no less, more is `within 1`.
 */
export function nearnessOf(comparison: PublishedNumber): Nearness {
  const { scale, isLeast = false } = comparison;
  const difference = differenceOf(comparison) / (scale === "0.1" ? 0.1 : 1);
  const size = isLeast ? Math.max(0, -difference) : Math.abs(difference);
  // Decimals of two digits are not exact binary numbers.
  if (size <= 1 + 1e-9) return "within 1";
  return size <= 2 + 1e-9 ? "within 2" : "off";
}

/** A line for each number that is off; for `--check`. */
export function offLines(comparisons: readonly PublishedNumber[]): string[] {
  return comparisons.filter((one) => nearnessOf(one) === "off")
    .map(({ setup, quantity, obtained, published }) =>
      `off: ${setup}, ${quantity}: ${obtained.toFixed(2)}, published ` +
      `${published.toFixed(2)}`
    );
}
