import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { klBetweenGaussians } from "../../src/model/full_gaussian.ts";
import {
  klIsotropic,
  klToStandardNormal,
  klToStandardNormal1d,
} from "../../src/model/kl.ts";
import { stream } from "../../src/random/stream.ts";
import { testOnBackends } from "../engine/backends.ts";
import { assertAverages, average } from "../random/statistics.ts";
import { assertGradient, gradientOf } from "./derivatives.ts";
import { normalLogDensity } from "./oracle.ts";

/**
 * 1/2 (e^v - 1 - v), the KL of N(0, e^v), to 1e-9 of its value in float64:
 * expm1 keeps the digits that the difference of e^v and 1 loses.
 */
const klOfVariance = (v: number) => 0.5 * (Math.expm1(v) - v);

/** Log variances where the KL is in use, and where formulas cancel. */
const LOG_VARIANCES = Float32Array.from([
  ...Array.from({ length: 201 }, (_, i) => -12 + i / 10),
  ...[1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03].flatMap((v) => [v, -v]),
  ...[0.4999, 0.5, 0.5001].flatMap((v) => [v, -v]),
]).filter((v) => v !== 0);

testOnBackends(
  "klToStandardNormal() keeps five digits of any variance",
  async () => {
    const v = tf.tensor(LOG_VARIANCES, [LOG_VARIANCES.length, 1]);
    const kl = await klToStandardNormal(tf.zerosLike(v), v).data();
    LOG_VARIANCES.forEach((v, i) => {
      const exact = klOfVariance(v);
      assertAlmostEquals(kl[i]!, exact, 1e-5 * exact, `ln variance ${v}`);
    });
  },
);

testOnBackends(
  "klToStandardNormal() has digits where the written formula has none",
  async () => {
    const v = Math.fround(1e-4);
    const naive = tf.mul(tf.sub(tf.sub(tf.exp(v), 1), v), 0.5);
    const error = Math.abs((await naive.data())[0]! / klOfVariance(v) - 1);
    assertGreater(error, 0.1);
    const ours = klToStandardNormal(tf.zeros([1, 1]), tf.tensor([v], [1, 1]));
    assertAlmostEquals(
      (await ours.data())[0]!,
      klOfVariance(v),
      1e-5 * klOfVariance(v),
    );
  },
);

testOnBackends(
  "klToStandardNormal() is the closed form of each dimension",
  async () => {
    const mean = stream(1, "data").normals(12).map((value) => 2 * value);
    const logVariance = stream(2, "data").normals(12);
    const kl = await klToStandardNormal(
      tf.tensor(mean, [4, 3]),
      tf.tensor(logVariance, [4, 3]),
    ).data();
    assertEquals(kl.length, 12);
    mean.forEach((m, i) => {
      const exact = 0.5 * m * m + klOfVariance(logVariance[i]!);
      assertAlmostEquals(kl[i]!, exact, 1e-6 * (1 + exact));
    });
  },
);

testOnBackends(
  "klToStandardNormal() is zero with zero gradient at the prior",
  async () => {
    const zeros = tf.zeros([2, 3]);
    assertEquals(
      [...await klToStandardNormal(zeros, zeros).data()],
      [0, 0, 0, 0, 0, 0],
    );
    const gradients = tf.grads(klToStandardNormal)([zeros, zeros]);
    for (const gradient of gradients) {
      assert([...await gradient.data()].every((value) => value === 0));
    }
  },
);

testOnBackends(
  "klToStandardNormal() has the gradient of the closed form",
  async () => {
    for (const variances of [3, 1]) {
      const mean = stream(3, "data").normals(6);
      const logVariance = stream(4, "data").normals(2 * variances)
        .map((v) => 3 * v);
      const sum = (m: ArrayLike<number>, v: ArrayLike<number>) =>
        Array.from(m).reduce((total, value, i) => {
          const row = Math.floor(i / 3);
          const own = v[row * variances + i % 3 % variances]!;
          return total + 0.5 * value ** 2 + klOfVariance(own);
        }, 0);
      const gradients = tf.grads(klToStandardNormal)([
        tf.tensor(mean, [2, 3]),
        tf.tensor(logVariance, [2, variances]),
      ]);
      const [byMean, byLogVariance] = gradients as [tf.Tensor, tf.Tensor];
      assertEquals(byLogVariance.shape, [2, variances]);
      assertGradient(
        await byMean.data(),
        gradientOf((m) => sum(m, logVariance), mean),
        1e-6,
      );
      assertGradient(
        await byLogVariance.data(),
        gradientOf((v) => sum(mean, v), logVariance),
        1e-6,
      );
    }
  },
);

testOnBackends(
  "klToStandardNormal() has a gradient of five digits at any variance",
  async () => {
    const v = LOG_VARIANCES;
    const gradient = await tf.grad((v) =>
      klToStandardNormal(tf.zeros([v.size, 1]), v)
    )(tf.tensor(v, [v.length, 1])).data();
    v.forEach((v, i) => {
      const exact = 0.5 * Math.expm1(v);
      assertAlmostEquals(
        gradient[i]!,
        exact,
        1e-5 * Math.abs(exact),
        `ln variance ${v}`,
      );
    });
  },
);

Deno.test("klToStandardNormal() is the mean of ln q - ln p", async () => {
  await openBackend("cpu");
  const cases = [[0, 1], [1.5, 0], [-0.3, -2], [2, 0.5], [0, -6]] as const;
  for (const [part, [mean, logVariance]] of cases.entries()) {
    const ratios = Float64Array.from(
      stream(5, "evaluate", 0, part).normals(200_000),
      (e) => {
        const z = mean + Math.exp(logVariance / 2) * e;
        return normalLogDensity(z, mean, logVariance) -
          normalLogDensity(z, 0, 0);
      },
    );
    const [kl] = await klToStandardNormal(
      tf.tensor([mean], [1, 1]),
      tf.tensor([logVariance], [1, 1]),
    ).data();
    assertAverages(ratios, kl!, 0.03, `N(${mean}, exp(${logVariance}))`);
    assertAlmostEquals(
      klToStandardNormal1d(mean, Math.exp(logVariance)),
      kl!,
      1e-6 * kl!,
    );
  }
});

Deno.test("klToStandardNormal() sums to klIsotropic() over one variance", async () => {
  await openBackend("cpu");
  const means = [[0.5, -1, 2], [0, 0, 0.1]];
  const variances = [0.3, 1.7];
  const kl = klToStandardNormal(
    tf.tensor(means),
    tf.tensor(variances.map(Math.log), [2, 1]),
  );
  assertEquals(kl.shape, [2, 3]);
  const sums = await tf.sum(kl, -1).data();
  means.forEach((mean, i) => {
    assertAlmostEquals(sums[i]!, klIsotropic(mean, variances[i]!), 1e-6);
  });
});

/** arXiv 2403.18103v1: 1/2 ((sigma^2)^d + mu'mu - d ln sigma^2). */
function printedIsotropicKl(mean: readonly number[], variance: number): number {
  const d = mean.length;
  const square = mean.reduce((sum, m) => sum + m * m, 0);
  return 0.5 * (variance ** d + square - d * Math.log(variance));
}

/** Draws of ln q(z) - ln p(z) with z from q = N(mean, variance I). */
function logRatios(mean: readonly number[], variance: number): Float64Array {
  const n = 100_000;
  const noise = stream(6, "evaluate", 0, mean.length).normals(n * mean.length);
  return Float64Array.from({ length: n }, (_, i) =>
    mean.reduce((sum, m, j) => {
      const z = m + Math.sqrt(variance) * noise[i * mean.length + j]!;
      return sum + normalLogDensity(z, m, Math.log(variance)) -
        normalLogDensity(z, 0, 0);
    }, 0));
}

Deno.test("klIsotropic() is the mean of ln q - ln p; the printed formula is not", () => {
  const cases: [mean: number[], variance: number][] = [
    [[0.4], 0.5],
    [[0, 0], 1],
    [[1, -0.5, 0.2], 0.25],
    [[0.3, 0.3, -0.3, 0, 0.1], 1.5],
  ];
  for (const [mean, variance] of cases) {
    const ratios = logRatios(mean, variance);
    const exact = klIsotropic(mean, variance);
    assertAverages(ratios, exact, 0.05, `d = ${mean.length}`);

    const identity = mean.map((_, i) => mean.map((_, j) => i === j ? 1 : 0));
    const general = klBetweenGaussians(
      { mean, covariance: identity.map((row) => row.map((v) => v * variance)) },
      { mean: mean.map(() => 0), covariance: identity },
    );
    assertAlmostEquals(exact, general, 1e-12 * (1 + exact));

    const { mean: estimate, error } = average(ratios);
    const offBy = Math.abs(printedIsotropicKl(mean, variance) - estimate);
    assertGreater(offBy, 50 * error, `d = ${mean.length}`);
  }
  // At q = p the KL is zero, and the printed formula says 1/2.
  assertEquals(klIsotropic([0, 0], 1), 0);
  assertEquals(printedIsotropicKl([0, 0], 1), 0.5);
});
