import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { mean, sumAxis, sumPixels } from "../../src/model/reductions.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";

const X = stream(1, "data").normals(24);
const input = () => tf.tensor(X, [2, 3, 4]);

/** Value and gradient of a weighted sum of f's result. */
async function pull(
  f: (x: tf.Tensor) => tf.Tensor,
): Promise<{ shape: number[]; value: number[]; gradient: number[] }> {
  const result = f(input());
  const weights = tf.tensor(
    stream(2, "data").normals(result.size),
    result.shape,
  );
  const gradient = tf.grad((x) => tf.sum(tf.mul(tf.square(f(x)), weights)))(
    input(),
  );
  assertEquals(gradient.shape, [2, 3, 4]);
  return {
    shape: result.shape,
    value: [...await result.data()],
    gradient: [...await gradient.data()],
  };
}

async function assertSame(
  ours: (x: tf.Tensor) => tf.Tensor,
  theirs: (x: tf.Tensor) => tf.Tensor,
): Promise<void> {
  const [a, b] = [await pull(ours), await pull(theirs)];
  assertEquals(a.shape, b.shape);
  a.value.forEach((v, i) => assertAlmostEquals(v, b.value[i]!, 1e-6));
  a.gradient.forEach((v, i) => assertAlmostEquals(v, b.gradient[i]!, 1e-5));
}

testOnBackends("sumAxis() has the values and gradient of tf.sum", async () => {
  for (const axis of [0, 1, 2, -1]) {
    await assertSame((x) => sumAxis(x, axis), (x) => tf.sum(x, axis));
  }
});

testOnBackends("mean() has the value and gradient of tf.mean", async () => {
  await assertSame(mean, (x) => tf.mean(x));
});

testOnBackends(
  "sumPixels() is tf.sum over the last axis, of any number",
  async () => {
    await assertSame((x) => sumPixels(x), (x) => tf.sum(x, -1));
    for (const n of [1, 2, 33, 97, 784]) {
      for (const shape of [[n], [2, n], [2, 3, n]]) {
        const values = stream(n, "data").normals(shape.reduce((a, b) => a * b));
        const x = tf.tensor(values, shape);
        const [ours, theirs] = [sumPixels(x), tf.sum(x, -1)];
        assertEquals(ours.shape, theirs.shape);
        const [a, b] = [await ours.data(), await theirs.data()];
        a.forEach((value, i) => assertAlmostEquals(value, b[i]!, 1e-4));
      }
    }
  },
);
