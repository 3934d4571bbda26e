/**
 * Batches of strictly lower triangular matrices: zero on the diagonal and
 * above. No gather and no scatter: on WebGPU their gradients add atomically,
 * in any order.
 */

import { tf } from "../lazy_tfjs.ts";

/**
 * Matrices of their entries. The m = d - 1 rows that have entries are a
 * triangle with its diagonal. Written once without the first m and once
 * backwards, the entries fill the m x m square, so that each of them is in the
 * triangle once, and the other half is masked.
 *
 * @param entries [B, d(d-1)/2], d > 1
 * @returns [B, d, d]
 */
export function strictlyLower(entries: tf.Tensor, d: number): tf.Tensor {
  const [count, size] = entries.shape as [number, number];
  const m = d - 1;
  const backwards = tf.reverse(entries, 1);
  const both = m === 1 ? backwards : tf.concat([
    tf.slice(entries, [0, m], [count, size - m]),
    backwards,
  ], 1);
  const mask = tf.tensor(
    Array.from(
      { length: m },
      (_, i) => Array.from({ length: m }, (_, j) => j <= i ? 1 : 0),
    ),
    [m, m],
    "float32",
  );
  const triangle = tf.mul(tf.reshape(both, [count, m, m]), mask);
  return tf.pad(triangle, [[0, 0], [1, 0], [0, 1]]);
}

/** A v for every draw v: A [B, d, d], v and the result [S, B, d]. */
export function timesDraws(matrix: tf.Tensor, v: tf.Tensor): tf.Tensor {
  // Datapoints first: matMul's gradient cannot broadcast over the draws.
  const rows = tf.transpose(v, [1, 0, 2]);
  const products = tf.matMul(rows, matrix, false, true);
  return tf.transpose(products, [1, 0, 2]);
}

/** (I + A)^-1 v for every draw v, by forward substitution; shapes as above. */
export function solveUnitLower(lower: tf.Tensor, v: tf.Tensor): tf.Tensor {
  const [draws, count, d] = v.shape as [number, number, number];
  let solution = v;
  // Entry j is final once the columns before j have been taken off.
  for (let j = 0; j < d - 1; j++) {
    const entry = tf.slice(solution, [0, 0, j], [draws, count, 1]);
    const column = tf.reshape(
      tf.slice(lower, [0, 0, j], [count, d, 1]),
      [count, d],
    );
    solution = tf.sub(solution, tf.mul(entry, column));
  }
  return solution;
}
