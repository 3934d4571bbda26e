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
  const readsBack = (digits: number) =>
    Math.fround(Number(single.toPrecision(digits))) === single;
  // More digits only come nearer, and most values need seven or eight.
  let digits = 7;
  if (readsBack(digits)) {
    while (digits > 1 && readsBack(digits - 1)) {
      digits--;
    }
  } else while (digits < 9 && !readsBack(digits)) digits++;
  return String(Number(single.toPrecision(digits)));
}
