/** Numbers and words as the page has them. */

/** A number in a cell: as many digits as are worth a look. */
export function cellText(value: number | null): string {
  if (value === null) return "";
  const size = Math.abs(value);
  const text = Number.isInteger(value)
    ? String(value)
    : size >= 1000
    ? value.toFixed(1)
    : size >= 0.1
    ? value.toFixed(2)
    : value.toPrecision(2);
  return text.replace(/^-/, "\u2212").replace("e-", "e\u2212");
}

/** `1 run`, `2 runs`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/**
 * Why bands are so wide where a mean is of two seeds; nothing where none is.
 *
 * @param counts how many seeds the means are of
 * @param tValues t quantiles by degrees of freedom, from 1
 */
export function twoSeedsText(
  counts: Iterable<number>,
  [ofTwo]: readonly number[],
): string {
  return new Set(counts).has(2) && ofTwo !== undefined
    ? ` Of two seeds it reaches ${
      ofTwo.toFixed(1)
    } standard errors each way: ` +
      "they say little of the spread."
    : "";
}
