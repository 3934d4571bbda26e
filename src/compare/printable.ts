/** Names and values from outside as parts of one line. */

/**
 * The text with control characters escaped: a name in a repository can hold
 * line ends, and sequences that a terminal would obey.
 */
export function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (c) => `\\x${c.codePointAt(0)!.toString(16).padStart(2, "0")}`,
  );
}

/** Three significant digits: enough to see how large a deviation is. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded !== 0 && Math.abs(rounded) < 1e-3
    ? rounded.toExponential()
    : String(rounded);
}
