/** Rows whose covariance has a spectrum that is known, and rows of any form. */

import { stream } from "../../src/random/stream.ts";

/** Sylvester's Hadamard matrix: orthogonal rows of 1 and -1, n a power of 2. */
export function hadamard(n: number): number[][] {
  if (n === 1) return [[1]];
  const half = hadamard(n / 2);
  return [
    ...half.map((row) => [...row, ...row]),
    ...half.map((row) => [...row, ...row.map((value) => -value)]),
  ];
}

/**
 * 32 rows of 16 values around `center`, whose covariance (normaliser 32) has
 * these eigenvalues exactly: columns of a Hadamard matrix, scaled, then turned
 * by another, which is orthogonal when divided by 4. All values are float32.
 */
export function rowsWith(
  eigenvalues: readonly number[],
  center = 0,
): Float32Array {
  const turn = hadamard(16);
  return Float32Array.from(
    hadamard(32).flatMap((row) =>
      turn[0]!.map((_, i) =>
        eigenvalues.reduce(
          (sum, value, j) =>
            // Column 0 is constant, and the others have mean 0.
            sum + Math.sqrt(value) * row[j + 1]! * turn[i]![j]! / 4,
          center,
        )
      )
    ),
  );
}

/** For {@linkcode rowsWith}: squares of multiples of 1/4, in no order. */
export const EIGENVALUES = [1, 0.25, 16, 0.0625, 4, 0.25, 9, 1, 2.25]
  .concat([0.5625, 0.25, 0, 1, 0.0625, 6.25, 0.25]);

/** The same, the largest first. */
export const DESCENDING = EIGENVALUES.toSorted((a, b) => b - a);

/** Rows of no special form: normal draws of different sizes and correlations. */
export function irregularRows(count: number, dataDim: number): Float32Array {
  const noise = stream(1, "data").normals(count * dataDim);
  return noise.map((value, at) =>
    3 + (1 + at % dataDim) * value + 0.5 * noise[at - at % dataDim]!
  );
}

/** Data for the tests that hold for any. */
export const DATA = {
  "a known spectrum": { x: rowsWith(EIGENVALUES, 0.5), dataDim: 16 },
  "irregular": { x: irregularRows(40, 6), dataDim: 6 },
} as const;
