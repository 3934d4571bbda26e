/** exp and log of one double, from basic arithmetic only. */

const LN2: f64 = 0.6931471805599453;
const SQRT2: f64 = 1.4142135623730951;
const EXPONENT: u64 = 0x3ff;

/** log x of a positive, finite, normal number: as in src/elementary.ts. */
export function log64(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <f64>(<i64>(bits >> 52) - 1023);
  let mantissa = reinterpret<f64>(
    (bits & 0x000fffffffffffff) | (EXPONENT << 52),
  );
  if (mantissa > SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  let series: f64 = 1.0 / 23.0;
  series = series * s2 + 1.0 / 21.0;
  series = series * s2 + 1.0 / 19.0;
  series = series * s2 + 1.0 / 17.0;
  series = series * s2 + 1.0 / 15.0;
  series = series * s2 + 1.0 / 13.0;
  series = series * s2 + 1.0 / 11.0;
  series = series * s2 + 1.0 / 9.0;
  series = series * s2 + 1.0 / 7.0;
  series = series * s2 + 1.0 / 5.0;
  series = series * s2 + 1.0 / 3.0;
  series = series * s2 + 1.0;
  return exponent * LN2 + 2 * s * series;
}

/** log 2 in two parts, the first with trailing zeros. */
const LN2_HIGH: f64 = 0.693145751953125;
const LN2_LOW: f64 = 1.42860682030941723212e-6;
const LOG2_E: f64 = 1.4426950408889634;

/** e^x to about 1e-15 of its value; infinite above 709, 0 below -708. */
export function exp64(x: f64): f64 {
  if (x != x) return x;
  if (x > 709) return Infinity;
  if (x < -708) return 0;
  const n = nearest<f64>(x * LOG2_E);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  // e^r to r^13 / 13!; |r| < 0.347, so r^14 / 14! < 5e-18.
  let series: f64 = 1.0 / 6227020800.0;
  series = series * r + 1.0 / 479001600.0;
  series = series * r + 1.0 / 39916800.0;
  series = series * r + 1.0 / 3628800.0;
  series = series * r + 1.0 / 362880.0;
  series = series * r + 1.0 / 40320.0;
  series = series * r + 1.0 / 5040.0;
  series = series * r + 1.0 / 720.0;
  series = series * r + 1.0 / 120.0;
  series = series * r + 1.0 / 24.0;
  series = series * r + 1.0 / 6.0;
  series = series * r + 1.0 / 2.0;
  series = series * r + 1.0;
  series = series * r + 1.0;
  return series * reinterpret<f64>((<u64>(<i64>n + 1023)) << 52);
}

/** log x of any number: -Infinity at 0, NaN below. */
export function log64OfAny(x: f64): f64 {
  if (x > 0 && x < Infinity) return log64(x);
  return x == 0 ? -Infinity : x > 0 ? x : NaN;
}
