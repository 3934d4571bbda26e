/** Codes and the factors behind them, as all scores take them. */

import { requireAtLeast } from "../../inference/checks.ts";

/** What a model says of n rows: its posterior's means. */
export interface Codes {
  /** [n, dim], row-major */
  readonly values: Float32Array | Float64Array;
  /** latent dimensions, d */
  readonly dim: number;
}

/** A quantity that the rows were made from. */
export interface Factor {
  /** of tables */
  readonly name: string;
  /** `class`: integers from 0 without an order; or `real` */
  readonly kind: "class" | "real";
  /** one for each row, [n] */
  readonly values: ArrayLike<number>;
}

/** Each latent dimension's n values. */
export function columnsOf({ values, dim }: Codes): Float64Array[] {
  const n = values.length / dim;
  return Array.from(
    { length: dim },
    (_, j) => Float64Array.from({ length: n }, (_, i) => values[i * dim + j]!),
  );
}

/** @throws {RangeError} sizes that do not go together, or too few rows */
export function requireMatching(
  { values, dim }: Codes,
  factors: readonly Factor[],
): void {
  requireAtLeast("latent dimensions", dim, 1);
  requireAtLeast("factors", factors.length, 2);
  const n = values.length / dim;
  requireAtLeast("rows", n, 10);
  const other = factors.find((factor) => factor.values.length !== n);
  if (other === undefined) return;
  throw new RangeError(
    `${other.name} has ${other.values.length} values for ${n} rows`,
  );
}

/** The mean. */
export function meanOf(values: ArrayLike<number>): number {
  return sum(values.length, (i) => values[i]!) / values.length;
}

/** The variance, divided by n. */
export function varianceOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  return sum(values.length, (i) => (values[i]! - mean) ** 2) / values.length;
}

/** The sum of n terms. */
export function sum(n: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += term(i);
  return total;
}

/** The largest value, and the largest of the others; 0 where there is none. */
export function topTwo(values: readonly number[]): [number, number] {
  const [first = 0, second = 0] = values.toSorted((a, b) => b - a);
  return [first, second];
}
