/** Factors that fill their cube evenly, the same in numpy, and codes of them. */

import type {
  Codes,
  Factor,
} from "../../../src/evaluate/disentanglement/codes.ts";

/** `(numpy.arange(n) * numpy.sqrt(k)) % 1` */
export function weyl(k: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => (i * Math.sqrt(k)) % 1);
}

/** A factor that is a number. */
export function numbers(name: string, values: readonly number[]): Factor {
  return { name, kind: "real", values };
}

/** A factor that is a class. */
export function classes(name: string, values: readonly number[]): Factor {
  return { name, kind: "class", values };
}

/** Codes from each latent dimension's values. */
export function codesOf(...columns: readonly (readonly number[])[]): Codes {
  const values = columns[0]!.flatMap((_, i) => columns.map((c) => c[i]!));
  return { values: Float64Array.from(values), dim: columns.length };
}

/** The combination a x + b y. */
export function mix(
  [a, x]: readonly [number, readonly number[]],
  [b, y]: readonly [number, readonly number[]],
): number[] {
  return x.map((value, i) => a * value + b * y[i]!);
}
