import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
} from "@std/assert";
import {
  type JointGradient,
  localPosterior,
} from "../../src/inference/local_posterior.ts";
import {
  type FullGaussian,
  klBetweenGaussians,
} from "../../src/model/full_gaussian.ts";
import {
  exactPosterior,
  type LinearGaussian,
} from "../../src/model/linear_gaussian.ts";
import { stream } from "../../src/random/stream.ts";

/** Columns of W that are not orthogonal: no diagonal q is p(z|x). */
const OBLIQUE: LinearGaussian = {
  weights: [[1, 0.8], [0.9, 1.2], [0.2, -0.3]],
  offset: [0.3, -0.2, 0.1],
  noiseVariance: 0.5,
};

/** d/dz of -|x - W z - m|^2 / 2 s^2 - |z|^2 / 2, at rows of x. */
function gradientOf(
  { weights, offset, noiseVariance }: LinearGaussian,
  x: readonly (readonly number[])[],
): JointGradient {
  const d = weights[0]!.length;
  return (z, samples) => {
    const gradient = z.map((value) => -value);
    for (let s = 0; s < samples; s++) {
      x.forEach((row, b) => {
        const at = (s * x.length + b) * d;
        row.forEach((value, i) => {
          let rest = value - offset[i]!;
          for (let j = 0; j < d; j++) rest -= weights[i]![j]! * z[at + j]!;
          for (let j = 0; j < d; j++) {
            gradient[at + j]! += weights[i]![j]! * rest / noiseVariance;
          }
        });
      });
    }
    return Promise.resolve(gradient);
  };
}

/** The diagonal Gaussian with the least KL to one: the diagonal of precision. */
function closestDiagonal({ mean, covariance }: FullGaussian) {
  const [[a, b], [, c]] = covariance as [[number, number], [number, number]];
  const determinant = a * c - b ** 2;
  return { mean, variances: [determinant / c, determinant / a] };
}

const X = [[1, 2, 0], [-0.5, 0.3, 2]];
const OPTIONS = { seed: 3, latentDim: 2, samples: 10, steps: 600 };
const START = {
  mean: new Float64Array(4),
  logVariance: new Float64Array(4),
};

Deno.test("localPosterior() reaches the exact posterior's diagonal optimum, and the gap's closed form", async () => {
  const found = await localPosterior(gradientOf(OBLIQUE, X), START, {
    ...OPTIONS,
    stepSize: 0.05,
  });
  const posterior = exactPosterior(OBLIQUE);
  X.forEach((x, b) => {
    const exact = posterior(x);
    const { mean, variances } = closestDiagonal(exact);
    const q = (mean: readonly number[], [v, w]: readonly number[]) => ({
      mean,
      covariance: [[v!, 0], [0, w!]],
    });
    const own = [...found.mean.subarray(2 * b, 2 * b + 2)];
    const ownVariances = [...found.logVariance.subarray(2 * b, 2 * b + 2)]
      .map(Math.exp);
    for (const j of [0, 1]) {
      assertAlmostEquals(own[j]!, mean[j]!, 0.002);
      assertAlmostEquals(ownVariances[j]! / variances[j]!, 1, 0.05);
    }
    const gap = klBetweenGaussians(q(mean, variances), exact);
    // 1/2 log of the product of the precision's diagonal over its determinant.
    const [[a, c], [, e]] = exact.covariance as [
      [number, number],
      [number, number],
    ];
    assertAlmostEquals(gap, 0.5 * Math.log(a * e / (a * e - c * c)), 1e-9);
    assert(gap > 0.05);
    assertAlmostEquals(
      klBetweenGaussians(q(own, ownVariances), exact),
      gap,
      0.001,
    );
  });
});

Deno.test("localPosterior() does not move from a q that is p(z|x)", async () => {
  const model = { ...OBLIQUE, weights: [[1, 0], [0, 0.8], [0, 0]] };
  const posterior = exactPosterior(model);
  const start = {
    mean: Float64Array.from(X.flatMap((x) => posterior(x).mean)),
    logVariance: Float64Array.from(
      X.flatMap((x) =>
        posterior(x).covariance.map((row, j) => Math.log(row[j]!))
      ),
    ),
  };
  // Rounding of the gradient, in float32, is all that is left; Adam's steps do
  // not depend on its size, and its drift has no direction.
  const gradients: number[] = [];
  const gradient = gradientOf(model, X);
  await localPosterior(
    async (z, samples) => {
      const joint = await gradient(z, samples);
      for (let i = 0; i < joint.length; i++) {
        const at = i % 4;
        const sd = Math.exp(start.logVariance[at]! / 2);
        gradients.push(joint[i]! + (z[i]! - start.mean[at]!) / sd ** 2);
      }
      return joint;
    },
    start,
    { ...OPTIONS, steps: 1, stepSize: 0.01 },
  );
  assertEquals(gradients.length, 40);
  for (const g of gradients) assertAlmostEquals(g, 0, 1e-5);
});

Deno.test("localPosterior() draws by seed, row and step alone", async () => {
  const options = { ...OPTIONS, steps: 3, stepSize: 0.05 };
  const both = await localPosterior(gradientOf(OBLIQUE, X), START, options);
  const second = await localPosterior(
    gradientOf(OBLIQUE, X.slice(1)),
    { mean: START.mean.slice(2), logVariance: START.logVariance.slice(2) },
    { ...options, firstRow: 1 },
  );
  assertEquals(second.mean, both.mean.slice(2));
  assertEquals(second.logVariance, both.logVariance.slice(2));
  let drawn: Float32Array | undefined;
  await localPosterior(
    (z, samples) => {
      drawn ??= z.slice();
      return gradientOf(OBLIQUE, X)(z, samples);
    },
    START,
    options,
  );
  // The mirror image of each draw follows it.
  const part = 3 * 2 ** 28;
  const e = stream(3, "inference", 1, part).normals(10);
  assertEquals([...drawn!.subarray(2, 4)], [...e.subarray(0, 2)]);
  assertEquals(
    [...drawn!.subarray(6, 8)],
    [...e.subarray(0, 2)].map((v) => -v),
  );
});

Deno.test("localPosterior() refuses odd numbers of draws, and none", async () => {
  for (const options of [{ samples: 3 }, { samples: 0 }, { steps: 0 }]) {
    await assertRejects(
      () =>
        localPosterior(gradientOf(OBLIQUE, X), START, {
          ...{ ...OPTIONS, stepSize: 0.05 },
          ...options,
        }),
      RangeError,
      Object.keys(options)[0],
    );
  }
});
