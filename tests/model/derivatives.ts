/** Derivatives by central differences in float64. */

import { assertAlmostEquals, assertEquals } from "@std/assert";

/** Near the cube root of 2^-53, where the two errors of a difference meet. */
const STEP = 1e-5;

/**
 * The gradient of f at the point: (f(p + h) - f(p - h)) / 2h for each number
 * of p. Its error is about 1e-10 for values and derivatives of order one.
 */
export function gradientOf(
  f: (point: Float64Array) => number,
  point: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(point, (value, i) => {
    const moved = Float64Array.from(point);
    moved[i] = value + STEP;
    const above = f(moved);
    moved[i] = value - STEP;
    return (above - f(moved)) / (2 * STEP);
  });
}

/**
 * Asserts that a gradient in float32 is that of the differences, to `tolerance`
 * of the largest of its numbers.
 */
export function assertGradient(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  msg = "",
): void {
  assertEquals(actual.length, expected.length, msg);
  const largest = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++) {
    assertAlmostEquals(
      actual[i]!,
      expected[i]!,
      tolerance * largest,
      `${msg} [${i}]`,
    );
  }
}
