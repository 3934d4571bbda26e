/** Student's t distribution, by the incomplete beta function of Cephes. */

import cephes from "cephes";

/** The part of Cephes that is used; the package brings no types. */
const { incbet, incbi } = cephes as {
  /** I_x(a, b), the regularised incomplete beta function */
  readonly incbet: (a: number, b: number, x: number) => number;
  /** the x at which I_x(a, b) is y */
  readonly incbi: (a: number, b: number, y: number) => number;
};

/**
 * P(T <= t).
 *
 * @param degreesOfFreedom above zero, not of need whole
 * @throws {RangeError} t is NaN, or there are no such degrees of freedom
 */
export function tCdf(t: number, degreesOfFreedom: number): number {
  check(degreesOfFreedom);
  if (Number.isNaN(t)) throw new RangeError("t is NaN");
  if (t === Infinity) return 1;
  if (t === -Infinity) return 0;
  const half = degreesOfFreedom / 2;
  const ratio = t * t / degreesOfFreedom;
  // Each of two forms where its argument of I is the smaller one.
  if (ratio < 1) {
    const inside = incbet(0.5, half, ratio / (1 + ratio));
    return 0.5 + Math.sign(t) * inside / 2;
  }
  const tail = incbet(half, 0.5, 1 / (1 + ratio)) / 2;
  return t < 0 ? tail : 1 - tail;
}

/**
 * The t at which P(T <= t) is p: -Infinity at 0, Infinity at 1.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { tQuantile } from "./student.ts";
 *
 * assertAlmostEquals(tQuantile(0.975, 4), 2.7764451, 1e-7);
 * ```
 *
 * @param degreesOfFreedom above zero, not of need whole
 * @throws {RangeError} p is outside of [0, 1], or there are no such degrees of
 * freedom
 */
export function tQuantile(p: number, degreesOfFreedom: number): number {
  check(degreesOfFreedom);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}, not in [0, 1]`);
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  const half = degreesOfFreedom / 2;
  if (p > 0.25 && p < 0.75) {
    const x = incbi(0.5, half, Math.abs(1 - 2 * p));
    return Math.sign(p - 0.5) * Math.sqrt(degreesOfFreedom * x / (1 - x));
  }
  const x = incbi(half, 0.5, 2 * Math.min(p, 1 - p));
  return Math.sign(p - 0.5) * Math.sqrt(degreesOfFreedom * (1 / x - 1));
}

function check(degreesOfFreedom: number): void {
  if (degreesOfFreedom > 0 && degreesOfFreedom < Infinity) return;
  throw new RangeError(`there are no ${degreesOfFreedom} degrees of freedom`);
}
