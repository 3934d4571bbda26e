/**
 * Elementary functions from basic arithmetic only.
 *
 * IEEE 754 fixes every bit of +, -, *, / and sqrt, but not of a host's log,
 * cos or exp. Keeping to the former makes numbers the same on every machine.
 */

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Which of the words has the sign and the exponent. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

// log m = 2 atanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...)
const ATANH = [23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1].map((n) => 1 / n);

/** Natural logarithm of a positive, finite, normal number. */
export function portableLog(x: number): number {
  double[0] = x;
  let exponent = (words[HIGH]! >>> 20) - 1023;
  words[HIGH] = (words[HIGH]! & 0xfffff) | (1023 << 20);
  let mantissa = double[0]!; // in [1, 2)
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // s = (m - 1) / (m + 1), |s| < 0.172: s^24 / 25 < 2e-20.
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  let series = 0;
  for (let i = 0; i < ATANH.length; i++) series = series * s2 + ATANH[i]!;
  return exponent * Math.LN2 + 2 * s * series;
}

const SMALLEST_NORMAL = 2.2250738585072014e-308;

/** Natural logarithm of any number: -Infinity of 0, NaN below. */
export function log(x: number): number {
  if (x >= SMALLEST_NORMAL) return x === Infinity ? x : portableLog(x);
  if (x === 0) return -Infinity;
  return x > 0 ? portableLog(x * POWERS[60 - LEAST]!) - 60 * Math.LN2 : NaN;
}

/** log(1 + x), to the precision of x where that is small (W. Kahan). */
export function log1p(x: number): number {
  const sum = 1 + x;
  if (sum === 1 || x === Infinity) return x;
  return log(sum) * (x / (sum - 1));
}

/** The least and the largest power of two, beyond which e^x is 0 or infinite. */
const [LEAST, MOST] = [-1080, 1030];
const POWERS = new Float64Array(MOST - LEAST + 1);
POWERS[-LEAST] = 1;
for (let n = 1; n <= MOST; n++) POWERS[n - LEAST] = 2 * POWERS[n - 1 - LEAST]!;
for (let n = -1; n >= LEAST; n--) {
  POWERS[n - LEAST] = POWERS[n + 1 - LEAST]! / 2;
}

// log 2 in two parts: the first has 32 bits, so that its multiples are exact
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

// 1/14!, 1/13!, ..., 1/2!: |r| <= log 2 / 2 and r^15 / 15! < 1e-19
const FACTORIALS = [1 / 2];
for (let n = 3; n <= 14; n++) FACTORIALS.unshift(FACTORIALS[0]! / n);

/** e^x */
export function exp(x: number): number {
  if (!(x > -750)) return Number.isNaN(x) ? NaN : 0;
  if (x > 710) return Infinity;
  const n = Math.round(x * Math.LOG2E);
  const r = (x - n * LN2_HIGH) - n * LN2_LOW;
  let series = 0;
  for (let i = 0; i < FACTORIALS.length; i++) {
    series = series * r + FACTORIALS[i]!;
  }
  const value = 1 + (r + r * r * series);
  // 2^n in two factors: e^x may be finite where 2^n is not.
  const half = n >> 1;
  return value * POWERS[half - LEAST]! * POWERS[n - half - LEAST]!;
}

/** e^x - 1, to the precision of x where that is small (W. Kahan). */
export function expm1(x: number): number {
  const power = exp(x);
  if (power === 1) return x;
  const less = power - 1;
  return less === -1 || power === Infinity ? less : less * (x / log(power));
}

/** x^n for a natural n, by multiplications alone. */
export function power(x: number, n: number): number {
  let result = 1;
  for (let square = x, left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
