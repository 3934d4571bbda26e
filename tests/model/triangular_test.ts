import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import {
  solveUnitLower,
  strictlyLower,
  timesDraws,
} from "../../src/model/triangular.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertGradient, gradientOf } from "./derivatives.ts";
import { entryAt } from "./oracle.ts";

const SIZES = [2, 3, 6];

testOnBackends(
  "strictlyLower() has every entry once below the diagonal, and zeros elsewhere",
  async () => {
    for (const d of SIZES) {
      const size = d * (d - 1) / 2;
      const numbers = Array.from({ length: 2 * size }, (_, i) => i + 1);
      const entries = tf.tensor(numbers, [2, size], "float32");
      const matrices = strictlyLower(entries, d);
      assertEquals(matrices.shape, [2, d, d]);
      const weights = stream(1, "data").normals(2 * d * d);
      const gradient = await tf.grad((x) =>
        tf.sum(tf.mul(strictlyLower(x, d), tf.tensor(weights, [2, d, d])))
      )(entries).data();
      const found: number[] = [];
      (await matrices.data()).forEach((value, at) => {
        const [b, j, k] = [
          Math.floor(at / d ** 2),
          Math.floor(at / d) % d,
          at % d,
        ];
        if (j <= k) return assertEquals(value, 0, `${d}: ${j}, ${k}`);
        const entry = b * size + entryAt(j, k, d);
        assertEquals(value, numbers[entry], `${d}: ${j}, ${k}`);
        assertEquals(gradient[entry], weights[at], `${d}: ${j}, ${k}`);
        found.push(value);
      });
      assertEquals(found.toSorted((a, b) => a - b), numbers);
    }
  },
);

/** Two matrices with entries of order one below the diagonal, [2, d, d]. */
function matricesOf(d: number): Float32Array {
  return stream(2, "data").normals(2 * d * d)
    .map((value, at) => Math.floor(at / d) % d > at % d ? value : 0);
}

/** A v of each draw, in float64, [3, 2, d]. */
function product(a: ArrayLike<number>, v: ArrayLike<number>, d: number) {
  return Array.from({ length: 6 * d }, (_, at) => {
    const [row, b, j] = [Math.floor(at / d), Math.floor(at / d) % 2, at % d];
    let sum = 0;
    for (let k = 0; k < d; k++) {
      sum += a[(b * d + j) * d + k]! * v[row * d + k]!;
    }
    return sum;
  });
}

/** (I + A)^-1 v in float64: A is nilpotent, so that v - A v + A A v ... ends. */
function solution(a: ArrayLike<number>, v: ArrayLike<number>, d: number) {
  let [term, sum] = [Array.from(v), Array.from(v)];
  for (let power = 1; power < d; power++) {
    term = product(a, term, d).map((value) => -value);
    sum = sum.map((value, at) => value + term[at]!);
  }
  return sum;
}

for (
  const [name, actual, expected] of [
    ["timesDraws", timesDraws, product],
    ["solveUnitLower", solveUnitLower, solution],
  ] as const
) {
  testOnBackends(`${name}() is exact, with its gradients`, async () => {
    for (const d of SIZES) {
      const a = matricesOf(d);
      const v = stream(3, "data").normals(6 * d);
      const weights = stream(4, "data").normals(6 * d);
      const tensors = [tf.tensor(a, [2, d, d]), tf.tensor(v, [3, 2, d])];
      const exact = expected(a, v, d);
      const largest = Math.max(...exact.map(Math.abs));
      (await actual(tensors[0]!, tensors[1]!).data()).forEach((value, at) =>
        assertAlmostEquals(value, exact[at]!, 1e-6 * largest, `${d}: ${at}`)
      );
      const weighted = (a: ArrayLike<number>, v: ArrayLike<number>) =>
        expected(a, v, d)
          .reduce((sum, value, at) => sum + weights[at]! * value, 0);
      const [byA, byV] = tf.grads((a, v) =>
        tf.sum(tf.mul(actual(a, v), tf.tensor(weights, [3, 2, d])))
      )(tensors) as [tf.Tensor, tf.Tensor];
      assertGradient(
        await byV.data(),
        gradientOf((v) => weighted(a, v), v),
        2e-6,
      );
      // Entries on and above the diagonal are no variables.
      const below = (values: ArrayLike<number>) =>
        Array.from(values).filter((_, at) => Math.floor(at / d) % d > at % d);
      assertGradient(
        below(await byA.data()),
        below(gradientOf((a) => weighted(a, v), a)),
        2e-6,
      );
    }
  });
}
