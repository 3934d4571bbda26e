/** Small tensors of outputs and pixels, and sums over them in float64. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { stream } from "../../../src/random/stream.ts";

/** L, B and D of the tensors. */
export const SHAPE: [number, number, number] = [2, 3, 4];
const [DRAWS, COUNT, PIXELS] = SHAPE;
const SIZE = DRAWS * COUNT * PIXELS;

/** The decoder's outputs, and log variances or scales. */
export const OUTPUT = stream(1, "data").normals(SIZE);
export const SPREAD = stream(3, "data").normals(SIZE);
const X = Float32Array.from(stream(2, "data").uniforms(COUNT * PIXELS));

export const outputTensor = () => tf.tensor(OUTPUT, SHAPE);
export const xTensor = () => tf.tensor(X, [COUNT, PIXELS]);

/** The one spread of all pixels, or that of the i-th. */
export const spreadAt = (spread: ArrayLike<number>, i: number) =>
  spread[spread.length === SIZE ? i : 0] ?? NaN;

/** sum over D of f(x, output, spread), for each of L times B. */
export function sums(
  f: (x: number, output: number, spread: number) => number,
  output: ArrayLike<number>,
  spread: ArrayLike<number>,
): number[] {
  return Array.from({ length: DRAWS * COUNT }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < PIXELS; j++) {
      const at = i * PIXELS + j;
      const x = X[i % COUNT * PIXELS + j]!;
      sum += f(x, output[at]!, spreadAt(spread, at));
    }
    return sum;
  });
}

/** Different weights for the L x B values, so that none can take another's. */
const WEIGHTS = Float32Array.from([0.5, -1, 2, 1.5, 0.25, -0.75]);

/** Their weighted sum. */
export const weighted = (values: readonly number[]) =>
  values.reduce((sum, value, i) => sum + WEIGHTS[i]! * value, 0);

/** The same of a tensor [L, B]. */
export const weightedTensor = (values: tf.Tensor) =>
  tf.sum(tf.mul(values, tf.tensor(WEIGHTS, [DRAWS, COUNT])));

/** Asserts values to a tolerance relative to 1, or to their size. */
export async function assertValues(
  actual: tf.Tensor,
  expected: readonly number[],
  tolerance: number,
  msg: string,
): Promise<void> {
  const values = await actual.data();
  assertEquals(values.length, expected.length, msg);
  expected.forEach((value, i) =>
    assertAlmostEquals(
      values[i]!,
      value,
      tolerance * (1 + Math.abs(value)),
      `${msg} [${i}]`,
    )
  );
}

/** The integral of f from a to b by Simpson's rule with 2 n intervals. */
export function integral(
  f: (x: number) => number,
  [a, b]: readonly [number, number],
  n: number,
): number {
  const width = (b - a) / (2 * n);
  let sum = f(a) + f(b);
  for (let i = 1; i < 2 * n; i++) {
    sum += (i % 2 === 1 ? 4 : 2) * f(a + i * width);
  }
  return sum * width / 3;
}
