import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { fittedGaussian } from "../../src/inference/fitted_gaussian.ts";
import { logDensity } from "../../src/model/full_gaussian.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";

const COUNT = 3;

/** [n, 3, d]: correlated, and of another scale at each datapoint. */
function samplesOf(n: number, d: number, seed: number): number[][][] {
  return Array.from(
    { length: n },
    (_, i) =>
      Array.from({ length: COUNT }, (_, b) => {
        const noise = stream(seed, "data", i, b).normals(d);
        let sum = b;
        return Array.from(noise, (e) => Math.fround(10 ** b * (sum += e)));
      }),
  );
}

/** The mean and the unbiased covariance, in float64. */
function momentsOf(rows: readonly number[][]) {
  const n = rows.length;
  const mean = rows[0]!.map((_, j) =>
    rows.reduce((sum, row) => sum + row[j]! / n, 0)
  );
  const covariance = mean.map((_, i) =>
    mean.map((_, j) =>
      rows.reduce(
        (sum, row) =>
          sum + (row[i]! - mean[i]!) * (row[j]! - mean[j]!) / (n - 1),
        0,
      )
    )
  );
  return { mean, covariance };
}

testOnBackends(
  "fittedGaussian() is N(sample mean, sample covariance)",
  async () => {
    for (const d of [1, 2, 5]) {
      const samples = samplesOf(40, d, 1);
      const points = samplesOf(4, d, 2);
      const values = await fittedGaussian(tf.tensor3d(samples))(
        tf.tensor3d(points),
      ).data();
      for (let b = 0; b < COUNT; b++) {
        const exact = logDensity(momentsOf(samples.map((row) => row[b]!)));
        points.forEach((row, i) =>
          assertAlmostEquals(
            values[i * COUNT + b]!,
            exact(row[b]!),
            2e-5 * d * Math.abs(exact(row[b]!)),
            `d ${d}, datapoint ${b}, point ${i}`,
          )
        );
      }
    }
  },
);

Deno.test("fittedGaussian() gives no number where the covariance is singular", async () => {
  await openBackend("cpu");
  const z = tf.ones([10, 1, 2]);
  const [value] = await fittedGaussian(z)(z).data();
  assert(!Number.isFinite(value));
});

Deno.test("fittedGaussian() refuses as few samples as dimensions", async () => {
  await openBackend("cpu");
  assertThrows(
    () => fittedGaussian(tf.ones([3, 1, 3])),
    RangeError,
    "3 samples do not fit a Gaussian in 3 dimensions",
  );
});
