/** Decimal numbers in the bytes of a file. */

const [PLUS, MINUS, DOT, ZERO, SMALL_E] = [0x2b, 0x2d, 0x2e, 0x30, 0x65];

/** 10^0 to 10^22: the powers of ten that a double holds exactly. */
const POWERS = Float64Array.from(
  { length: 23 },
  (_, exponent) => Number(`1e${exponent}`),
);

/**
 * The number that the bytes in [start, end) spell: what `Number` makes of the
 * text. NaN for "NaN" and for what is no decimal number; `Infinity` has a sign
 * or none.
 *
 * Up to 15 digits and powers of ten that a double holds need one operation,
 * rounded once and so exactly; only other numbers are turned into text first.
 */
export function readDecimal(
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let i = start;
  const isNegative = bytes[i] === MINUS;
  if (isNegative || bytes[i] === PLUS) i += 1;
  const first = i;
  let mantissa = 0;
  let digits = 0;
  let exponent = 0;
  for (; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = 10 * mantissa + digit;
    digits += 1;
  }
  if (i < end && bytes[i] === DOT) {
    for (i += 1; i < end; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) break;
      mantissa = 10 * mantissa + digit;
      digits += 1;
      exponent -= 1;
    }
  }
  if (digits === 0) return first < end ? readWord(bytes, start, end) : NaN;
  if (i < end && (bytes[i]! | 0x20) === SMALL_E) {
    i += 1;
    const sign = bytes[i] === MINUS ? -1 : 1;
    if (i < end && (bytes[i] === MINUS || bytes[i] === PLUS)) i += 1;
    if (i === end) return NaN;
    let written = 0;
    for (; i < end; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) break;
      written = 10 * written + digit;
    }
    exponent += sign * written;
  }
  if (i !== end) return NaN;
  const power = Math.abs(exponent);
  if (mantissa > Number.MAX_SAFE_INTEGER || power > 22) {
    return Number(textOf(bytes, start, end));
  }
  const size = exponent < 0
    ? mantissa / POWERS[power]!
    : mantissa * POWERS[power]!;
  return isNegative ? -size : size;
}

function readWord(bytes: Uint8Array, start: number, end: number): number {
  const text = end - start > "-Infinity".length
    ? ""
    : textOf(bytes, start, end);
  return /^[+-]?Infinity$/.test(text) ? Number(text) : NaN;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
