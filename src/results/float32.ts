/** Numbers as text. */

/**
 * The shortest decimal that reads back as the same float32. Every float32
 * has one of at most nine digits.
 *
 * @param value rounded to float32 first; NaN and +-Infinity as JavaScript
 *   writes them
 */
export function formatFloat32(value: number): string {
  const single = Math.fround(value);
  if (Object.is(single, -0)) return "-0";
  if (!Number.isFinite(single)) return String(single);
  for (let digits = 1; digits < 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(Number(single.toPrecision(9)));
}
