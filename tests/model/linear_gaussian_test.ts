import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { determinant, inverse, Matrix } from "ml-matrix";
import type { Examples } from "../../src/data/dataset.ts";
import { linearGaussian } from "../../src/data/linear_gaussian.ts";
import {
  exactLogLikelihood,
  exactPosterior,
  exactReconstruction,
  type LinearGaussian,
  meanExactLogLikelihood,
} from "../../src/model/linear_gaussian.ts";
import { stream } from "../../src/random/stream.ts";
import { assertAverages } from "../random/statistics.ts";
import { normalLogDensity } from "./oracle.ts";

const row = ({ values, dim }: Examples, i: number) =>
  values.subarray(i * dim, (i + 1) * dim);

/** W W^T + s^2 I. */
function covarianceOf(
  { weights, offset, noiseVariance }: LinearGaussian,
): Matrix {
  const w = new Matrix(weights.map((row) => [...row]));
  return w.mmul(w.transpose())
    .add(Matrix.eye(offset.length).mul(noiseVariance));
}

/** x of three values from z of two, whose columns are not orthogonal. */
const MODEL: LinearGaussian = {
  weights: [[1, 0.5], [-0.3, 1.2], [0.8, 0.4]],
  offset: [0.2, -0.5, 1],
  noiseVariance: 0.6,
};

/** ln p(x|z) of one x and z, pixel by pixel. */
function logProbOf(
  { weights, offset, noiseVariance }: LinearGaussian,
  x: readonly number[],
  z: readonly number[],
): number {
  return x.reduce((sum, pixel, i) => {
    const mean = weights[i]!.reduce((s, w, j) => s + w * z[j]!, offset[i]!);
    return sum + normalLogDensity(pixel, mean, Math.log(noiseVariance));
  }, 0);
}

/** Sums of f(z) p(x, z) over a grid of z, which are integrals times `cell`. */
function integrate(
  x: readonly number[],
  f: (z: readonly [number, number], joint: number) => void,
): number {
  // The rectangle rule on a Gaussian converges faster than any power: the
  // posterior's deviations are above 0.5, ten and more cells.
  const width = 0.05;
  for (let i = -160; i <= 160; i++) {
    for (let j = -160; j <= 160; j++) {
      const z = [i * width, j * width] as const;
      const logJoint = logProbOf(MODEL, x, z) + normalLogDensity(z[0], 0, 0) +
        normalLogDensity(z[1], 0, 0);
      f(z, Math.exp(logJoint));
    }
  }
  return width ** 2;
}

const POINTS = [[0.2, -0.5, 1], [2, 0, -1], [-1.5, 2, 3]];

Deno.test("exactPosterior() has the moments of p(z|x) on a grid", () => {
  const posterior = exactPosterior(MODEL);
  for (const x of POINTS) {
    let total = 0;
    const first = [0, 0];
    const second = [[0, 0], [0, 0]];
    integrate(x, (z, joint) => {
      total += joint;
      for (const i of [0, 1] as const) {
        first[i]! += joint * z[i];
        for (const j of [0, 1] as const) second[i]![j]! += joint * z[i] * z[j];
      }
    });
    const { mean, covariance } = posterior(x);
    for (const i of [0, 1] as const) {
      assertAlmostEquals(mean[i]!, first[i]! / total, 1e-9);
      for (const j of [0, 1] as const) {
        assertAlmostEquals(
          covariance[i]![j]!,
          second[i]![j]! / total - mean[i]! * mean[j]!,
          1e-9,
        );
      }
    }
    assertEquals(covariance[0]![1], covariance[1]![0]);
  }
});

Deno.test("exactLogLikelihood() integrates p(x, z) over z", () => {
  const logLikelihood = exactLogLikelihood(MODEL);
  for (const x of POINTS) {
    let total = 0;
    const cell = integrate(x, (_, joint) => total += joint);
    assertAlmostEquals(logLikelihood(x), Math.log(total * cell), 1e-9);
  }
});

Deno.test("exactReconstruction() is the mean of ln p(x|z) over q", () => {
  // L L' of the rows of L below.
  const factor = [[0.7, 0], [-0.3, 0.4]] as const;
  const q = {
    mean: [0.4, -1],
    covariance: [[0.49, -0.21], [-0.21, 0.25]],
  };
  const n = 200_000;
  const noise = stream(1, "evaluate").normals(2 * n);
  for (const x of POINTS) {
    const draws = Float64Array.from({ length: n }, (_, l) =>
      logProbOf(
        MODEL,
        x,
        q.mean.map((m, j) =>
          m + factor[j]![0] * noise[2 * l]! + factor[j]![1] * noise[2 * l + 1]!
        ),
      ));
    assertAverages(draws, exactReconstruction(MODEL)(q, x), 0.1, `x ${x}`);
  }
});

Deno.test("exactReconstruction() without spread is ln p(x|z)", () => {
  const z = [0.4, -1];
  for (const x of POINTS) {
    assertAlmostEquals(
      exactReconstruction(MODEL)({ mean: z, covariance: [[0, 0], [0, 0]] }, x),
      logProbOf(MODEL, x, z),
      1e-12,
    );
  }
});

Deno.test("meanExactLogLikelihood() averages rows", () => {
  const logLikelihood = exactLogLikelihood(MODEL);
  const expected = POINTS.reduce((sum, x) => sum + logLikelihood(x), 0) / 3;
  const x = Float32Array.from(POINTS.flat());
  // 0.2 is rounded to float32.
  assertAlmostEquals(meanExactLogLikelihood(MODEL, x), expected, 1e-6);
});

Deno.test("exactLogLikelihood() is the closed form in one dimension", () => {
  const logLikelihood = exactLogLikelihood({
    weights: [[1.5, -2]],
    offset: [0.7],
    noiseVariance: 0.3,
  });
  const variance = 1.5 ** 2 + 2 ** 2 + 0.3;
  for (const x of [-3, 0, 0.7, 10]) {
    const expected = -0.5 *
      (Math.log(2 * Math.PI * variance) + (x - 0.7) ** 2 / variance);
    assertAlmostEquals(logLikelihood([x]), expected, 1e-12);
  }
});

Deno.test("exactLogLikelihood() agrees with determinant and inverse", async () => {
  const { test, generator } = await linearGaussian({ train: 1, test: 20 });
  const covariance = covarianceOf(generator);
  const precision = inverse(covariance);
  const logDeterminant = Math.log(determinant(covariance));
  const logLikelihood = exactLogLikelihood(generator);
  for (let i = 0; i < test.count; i++) {
    const x = row(test, i);
    const centred = Matrix.columnVector(
      [...x].map((value, j) => value - generator.offset[j]!),
    );
    const square = centred.transpose().mmul(precision).mmul(centred).get(0, 0);
    assertAlmostEquals(
      logLikelihood(x),
      -0.5 * (16 * Math.log(2 * Math.PI) + logDeterminant + square),
      1e-9,
    );
  }
});

Deno.test("exactLogLikelihood() agrees with an average over z", async () => {
  const { test, generator } = await linearGaussian({
    train: 1,
    test: 3,
    dim: 3,
    latentDim: 1,
    noiseVariance: 0.5,
  });
  const logLikelihood = exactLogLikelihood(generator);
  const samples = 200_000;
  const latents = stream(1, "evaluate").normals(samples);
  for (let i = 0; i < test.count; i++) {
    const x = row(test, i);
    let [sum, squares] = [0, 0];
    for (const z of latents) {
      let density = 1;
      for (let j = 0; j < 3; j++) {
        const mean = generator.weights[j]![0]! * z + generator.offset[j]!;
        density *= Math.exp(-((x[j]! - mean) ** 2) / (2 * 0.5)) /
          Math.sqrt(2 * Math.PI * 0.5);
      }
      sum += density;
      squares += density ** 2;
    }
    const average = sum / samples;
    const deviation = Math.sqrt(squares / samples - average ** 2);
    const relative = deviation / average / Math.sqrt(samples);
    assert(relative < 0.02);
    assertAlmostEquals(logLikelihood(x), Math.log(average), 5 * relative);
  }
});

Deno.test("exactLogLikelihood() averages to the negative entropy", async () => {
  const { test, generator } = await linearGaussian();
  const logLikelihood = exactLogLikelihood(generator);
  let sum = 0;
  for (let i = 0; i < test.count; i++) sum += logLikelihood(row(test, i));
  const entropy = 0.5 *
    (16 * Math.log(2 * Math.PI * Math.E) +
      Math.log(determinant(covarianceOf(generator))));
  // Half a chi-square of 16 degrees has variance 8.
  const error = Math.sqrt(8 / test.count);
  assertAlmostEquals(sum / test.count, -entropy, 5 * error);
});

Deno.test("the exact terms of a linear Gaussian model refuse what is none", () => {
  const terms = [exactLogLikelihood, exactPosterior, exactReconstruction];
  const refused: [Partial<LinearGaussian>, string][] = [
    [{ weights: [[1, 0.5]] }, "W has 1 rows, not 3"],
    [{ weights: [[1, 0.5], [1], [2, 3]] }, "W's row 1 has 1 values, not 2"],
    [{ weights: [[1, 0.5], [1, NaN], [2, 3]] }, "W's row 1 has NaN at 1"],
    [{ offset: [0, 0, Infinity] }, "mu has Infinity at 2"],
    [{ noiseVariance: 0 }, "noiseVariance is 0, not above 0"],
    [{ noiseVariance: Infinity }, "noiseVariance is Infinity, not above 0"],
  ];
  for (const [change, message] of refused) {
    for (const term of terms) {
      assertThrows(() => term({ ...MODEL, ...change }), RangeError, message);
    }
  }
  const q = { mean: [0, 0], covariance: [[1, 0], [0, 1]] };
  const reconstruction = exactReconstruction(MODEL);
  for (
    const [x, message] of [
      [[1], "x has 1 values, not 3"],
      [[1, 2, NaN], "x has NaN at 2"],
      [[1, -Infinity, 2], "x has -Infinity at 1"],
    ] as const
  ) {
    assertThrows(() => exactLogLikelihood(MODEL)(x), RangeError, message);
    assertThrows(() => exactPosterior(MODEL)(x), RangeError, message);
    assertThrows(() => reconstruction(q, x), RangeError, message);
  }
  assertThrows(
    () => reconstruction({ ...q, mean: [0] }, POINTS[0]!),
    RangeError,
    "q's mean has 1 values, not 2",
  );
  assertThrows(
    () => reconstruction({ ...q, covariance: [[1, 0]] }, POINTS[0]!),
    RangeError,
    "q's covariance has 1 rows, not 2",
  );
  for (const values of [[], [1, 2, 3, 4]]) {
    assertThrows(
      () => meanExactLogLikelihood(MODEL, Float32Array.from(values)),
      RangeError,
      `${values.length} values are not rows of 3`,
    );
  }
});
