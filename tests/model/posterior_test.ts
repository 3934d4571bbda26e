import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { gaussianPosterior } from "../../src/model/posterior.ts";
import { standardNormalLogProb } from "../../src/model/normal.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertAverages } from "../random/statistics.ts";
import { assertGradient, gradientOf } from "./derivatives.ts";
import { normalLogDensity, rowOf } from "./oracle.ts";

/** Two datapoints of three latent dimensions. */
const MEAN = [0.5, -1, 2, 0, 0.1, -0.7];
const LOG_VARIANCE = { diagonal: [0.2, -1, 0, -3, 1, 0.5], isotropic: [-1, 1] };

/** Entry [b, j] of the log variances of either family. */
const own = (v: ArrayLike<number>, b: number, j: number) =>
  v[v.length === 2 ? b : 3 * b + j]!;

testOnBackends("gaussianPosterior() samples mu + sigma noise", async () => {
  const noise = stream(1, "noise").normals(5 * 6);
  for (const logVariance of Object.values(LOG_VARIANCE)) {
    const posterior = gaussianPosterior(
      tf.tensor(MEAN, [2, 3]),
      tf.tensor(logVariance, [2, logVariance.length / 2]),
    );
    const z = posterior.sample(tf.tensor(noise, [5, 2, 3]));
    assertEquals(z.shape, [5, 2, 3]);
    (await z.data()).forEach((value, i) => {
      const [b, j] = [Math.floor(i / 3) % 2, i % 3];
      const deviation = Math.exp(own(logVariance, b, j) / 2);
      const expected = MEAN[3 * b + j]! + deviation * noise[i]!;
      assertAlmostEquals(value, expected, 1e-6 * (1 + Math.abs(expected)));
    });
  }
});

Deno.test("gaussianPosterior() samples with the moments of q(z|x)", async () => {
  await openBackend("cpu");
  const draws = 100_000;
  const posterior = gaussianPosterior(
    tf.tensor(MEAN, [2, 3]),
    tf.tensor(LOG_VARIANCE.diagonal, [2, 3]),
  );
  const noise = tf.tensor(stream(2, "noise").normals(6 * draws), [draws, 2, 3]);
  const z = await posterior.sample(noise).data();
  const centred = (i: number) =>
    Float64Array.from({ length: draws }, (_, l) => z[6 * l + i]! - MEAN[i]!);
  LOG_VARIANCE.diagonal.forEach((v, i) => {
    const scale = Math.exp(v / 2);
    assertAverages(centred(i), 0, 0.02 * scale);
    assertAverages(
      centred(i).map((value) => value ** 2),
      scale ** 2,
      0.03 * scale ** 2,
    );
    if (i > 0) {
      const other = centred(i - 1);
      assertAverages(
        centred(i).map((value, l) => value * other[l]!),
        0,
        0.02 * scale * Math.exp(LOG_VARIANCE.diagonal[i - 1]! / 2),
      );
    }
  });
});

testOnBackends(
  "gaussianPosterior() samples differentiably in mu and sigma",
  async () => {
    const noise = stream(3, "noise").normals(2 * 6);
    // The sum of z^3, so that the gradient depends on z itself.
    const cubes = (m: ArrayLike<number>, v: ArrayLike<number>) =>
      Array.from(noise).reduce((sum, e, i) => {
        const [b, j] = [Math.floor(i / 3) % 2, i % 3];
        return sum + (m[3 * b + j]! + Math.exp(own(v, b, j) / 2) * e) ** 3;
      }, 0);
    for (const logVariance of Object.values(LOG_VARIANCE)) {
      const [byMean, byLogVariance] = tf.grads((mean, logVariance) => {
        const z = gaussianPosterior(mean, logVariance)
          .sample(tf.tensor(noise, [2, 2, 3]));
        return tf.sum(tf.mul(z, tf.square(z)));
      })([
        tf.tensor(MEAN, [2, 3]),
        tf.tensor(logVariance, [2, logVariance.length / 2]),
      ]) as [tf.Tensor, tf.Tensor];
      assertGradient(
        await byMean.data(),
        gradientOf((mean) => cubes(mean, logVariance), MEAN),
        1e-6,
      );
      assertGradient(
        await byLogVariance.data(),
        gradientOf((v) => cubes(MEAN, v), logVariance),
        1e-6,
      );
    }
  },
);

testOnBackends(
  "gaussianPosterior() has its log density at its draws and anywhere",
  async () => {
    const noise = stream(4, "noise").normals(4 * 6);
    for (const logVariance of Object.values(LOG_VARIANCE)) {
      const posterior = gaussianPosterior(
        tf.tensor(MEAN, [2, 3]),
        tf.tensor(logVariance, [2, logVariance.length / 2]),
      );
      const draws = tf.tensor(noise, [4, 2, 3]);
      const atDraws = posterior.logProbOfSample(draws);
      const anywhere = posterior.detach().logProb(posterior.sample(draws));
      assertEquals(atDraws.shape, [4, 2, 3]);
      assertEquals(anywhere.shape, [4, 2, 3]);
      const [first, second] = [await atDraws.data(), await anywhere.data()];
      noise.forEach((e, i) => {
        const [b, j] = [Math.floor(i / 3) % 2, i % 3];
        const v = own(logVariance, b, j);
        const m = MEAN[3 * b + j]!;
        const expected = normalLogDensity(m + Math.exp(v / 2) * e, m, v);
        assertAlmostEquals(first[i]!, expected, 3e-6);
        assertAlmostEquals(second[i]!, expected, 1e-5);
      });
    }
  },
);

Deno.test("gaussianPosterior() has log ratios whose mean is the closed form KL", async () => {
  await openBackend("cpu");
  // Every row is one draw of the same datapoint, so that the gradient by row
  // is the gradient of one draw.
  const rows = 50_000;
  const [mean, logVariance] = [rowOf(MEAN, 0, 3), [0.2, -1, 0.4]];
  const noise = tf.tensor(stream(5, "noise").normals(3 * rows), [1, rows, 3]);
  const tiled = [mean, logVariance].map((v) =>
    tf.tile(tf.tensor(v, [1, 3]), [rows, 1])
  );
  const sampledKl = (m: tf.Tensor, v: tf.Tensor) => {
    const posterior = gaussianPosterior(m, v);
    const logPrior = standardNormalLogProb(posterior.sample(noise));
    return tf.sub(posterior.logProbOfSample(noise), logPrior);
  };
  const values = sampledKl(tiled[0]!, tiled[1]!);
  const [byMean, byLogVariance] = tf.grads((m, v) => tf.sum(sampledKl(m, v)))(
    tiled,
  ) as [tf.Tensor, tf.Tensor];
  const column = async (tensor: tf.Tensor, j: number) =>
    (await tensor.data()).filter((_, i) => i % 3 === j) as Float32Array;
  for (let j = 0; j < 3; j++) {
    const [m, v] = [mean[j]!, logVariance[j]!];
    const kl = 0.5 * (Math.exp(v) + m * m - 1 - v);
    assertAverages(await column(values, j), kl, 0.06, "KL");
    assertAverages(await column(byMean, j), m, 0.03, "by mean");
    const slope = 0.5 * (Math.exp(v) - 1);
    assertAverages(await column(byLogVariance, j), slope, 0.04, "by variance");
  }
});
