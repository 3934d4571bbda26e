import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { determinant, inverse, Matrix } from "ml-matrix";
import {
  type FullGaussian,
  klBetweenGaussians,
  logDensity,
} from "../../src/model/full_gaussian.ts";
import { stream } from "../../src/random/stream.ts";
import { assertAverages } from "../random/statistics.ts";

/** N(m, A A') with random m and A, and A, which draws from it. */
function randomGaussian(
  d: number,
  seed: number,
): FullGaussian & { root: Matrix } {
  const draws = [...stream(seed, "data").normals(d * d + d)];
  const root = new Matrix(d, d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      root.set(i, j, 0.4 * draws[i * d + j]! + (i === j ? 1 : 0));
    }
  }
  return {
    mean: draws.slice(d * d).map((m) => 0.5 * m),
    covariance: root.mmul(root.transpose()).to2DArray(),
    root,
  };
}

/** ln N(x) by inverse and determinant, where src has a Cholesky factor. */
function plainLogDensity(
  { mean, covariance }: FullGaussian,
): (x: readonly number[]) => number {
  const matrix = new Matrix(covariance.map((row) => [...row]));
  const precision = inverse(matrix).to2DArray();
  const logDet = Math.log(determinant(matrix));
  return (x) => {
    const centred = x.map((value, i) => value - mean[i]!);
    const square = centred.reduce(
      (sum, a, i) =>
        sum + a * centred.reduce((s, b, j) => s + precision[i]![j]! * b, 0),
      0,
    );
    return -0.5 * (mean.length * Math.log(2 * Math.PI) + logDet + square);
  };
}

Deno.test("klBetweenGaussians() is the mean of ln p0 - ln p1", () => {
  for (const seed of [1, 2, 3]) {
    const p0 = randomGaussian(3, seed);
    const p1 = randomGaussian(3, seed + 10);
    const [log0, log1] = [plainLogDensity(p0), plainLogDensity(p1)];
    const n = 100_000;
    const noise = stream(seed, "evaluate").normals(3 * n);
    const ratios = Float64Array.from({ length: n }, (_, i) => {
      const e = Matrix.columnVector([...noise.subarray(3 * i, 3 * i + 3)]);
      const x = p0.root.mmul(e).to1DArray().map((v, j) => v + p0.mean[j]!);
      return log0(x) - log1(x);
    });
    const kl = klBetweenGaussians(p0, p1);
    assertAverages(ratios, kl, 0.05 * (1 + kl), `seed ${seed}`);
  }
});

Deno.test("klBetweenGaussians() is the closed form in one dimension", () => {
  // ln(s1 / s0) + (s0^2 + (m0 - m1)^2) / (2 s1^2) - 1/2
  const kl = klBetweenGaussians(
    { mean: [1], covariance: [[0.25]] },
    { mean: [-0.5], covariance: [[4]] },
  );
  const expected = Math.log(2 / 0.5) + (0.25 + 1.5 ** 2) / 8 - 0.5;
  assertAlmostEquals(kl, expected, 1e-14);
});

Deno.test("klBetweenGaussians() is zero for equal and positive for other Gaussians", () => {
  for (const seed of [4, 5, 6]) {
    const p = randomGaussian(4, seed);
    assertAlmostEquals(klBetweenGaussians(p, p), 0, 1e-12);
    const moved = { ...p, mean: p.mean.map((m) => m + 0.01) };
    assertGreater(klBetweenGaussians(p, moved), 1e-6);
    const wider = p.covariance.map((row) => row.map((v) => 1.01 * v));
    assertGreater(
      klBetweenGaussians(p, { ...p, covariance: wider }),
      1e-6,
    );
  }
});

Deno.test("klBetweenGaussians() changes with the order of its arguments", () => {
  const p0 = { mean: [0], covariance: [[1]] };
  const p1 = { mean: [0], covariance: [[4]] };
  // 1/2 (s0^2/s1^2 - 1 - ln s0^2/s1^2) both ways.
  assertAlmostEquals(
    klBetweenGaussians(p0, p1),
    0.5 * (1 / 4 - 1 + Math.log(4)),
    1e-14,
  );
  assertAlmostEquals(
    klBetweenGaussians(p1, p0),
    0.5 * (4 - 1 - Math.log(4)),
    1e-14,
  );
});

Deno.test("klBetweenGaussians() does not change under a common affine map", () => {
  const [p0, p1] = [randomGaussian(3, 7), randomGaussian(3, 8)];
  const { root: map, mean: shift } = randomGaussian(3, 9);
  const mapped = ({ mean, covariance }: FullGaussian): FullGaussian => {
    const moved = map.mmul(Matrix.columnVector([...mean])).to1DArray();
    const spread = map
      .mmul(new Matrix(covariance.map((row) => [...row])))
      .mmul(map.transpose());
    return {
      mean: moved.map((m, i) => m + shift[i]!),
      covariance: spread.to2DArray(),
    };
  };
  const kl = klBetweenGaussians(p0, p1);
  assertAlmostEquals(
    klBetweenGaussians(mapped(p0), mapped(p1)),
    kl,
    1e-10 * kl,
  );
});

Deno.test("logDensity() agrees with inverse and determinant", () => {
  for (const d of [1, 2, 5]) {
    const p = randomGaussian(d, d);
    const [ours, plain] = [logDensity(p), plainLogDensity(p)];
    for (let i = 0; i < 10; i++) {
      const x = [...stream(i, "data", 1).normals(d)].map((v) => 2 * v);
      assertAlmostEquals(ours(x), plain(x), 1e-10 * Math.abs(plain(x)));
    }
  }
});

Deno.test("logDensity() and klBetweenGaussians() refuse what is no Gaussian", () => {
  const flat = { mean: [0, 0], covariance: [[1, 2], [2, 1]] };
  const round = { mean: [0, 0], covariance: [[1, 0], [0, 1]] };
  const line = { mean: [0], covariance: [[1]] };
  const notPositive = "the covariance is not positive definite";
  assertThrows(() => logDensity(flat), RangeError, notPositive);
  assertThrows(() => klBetweenGaussians(flat, round), RangeError, notPositive);
  assertThrows(() => klBetweenGaussians(round, flat), RangeError, notPositive);
  const error = assertThrows(() => klBetweenGaussians(round, line), RangeError);
  assertEquals(error.message, "dimensions differ: 2 and 1");
  assertThrows(() => logDensity(round)([1]), RangeError, "1 values, not 2");
  assertThrows(() => logDensity(round)([1, NaN]), RangeError, "x has NaN at 1");

  const refused: [FullGaussian, string][] = [
    [{ ...round, covariance: [] }, "the covariance has 0 rows, not 2"],
    [{ ...round, covariance: [[1]] }, "the covariance has 1 rows, not 2"],
    [{ ...round, covariance: [[1, 0], [0]] }, "row 1 has 1 values, not 2"],
    [{ ...round, covariance: [[1, 0, 0], [0, 1, 0]] }, "3 values, not 2"],
    [{ ...round, covariance: [[1, 0], [0, NaN]] }, "row 1 has NaN at 1"],
    [{ ...round, covariance: [[Infinity, 0], [0, 1]] }, "has Infinity at 0"],
    [{ ...round, mean: [0, -Infinity] }, "the mean has -Infinity at 1"],
    [
      { ...round, covariance: [[1, 0.5], [0.5 + 1e-7, 1]] },
      "the covariance is not symmetric: 0.5000001 at (1, 0), and 0.5 at (0, 1)",
    ],
  ];
  for (const [gaussian, message] of refused) {
    assertThrows(() => logDensity(gaussian), RangeError, message);
    assertThrows(
      () => klBetweenGaussians(gaussian, round),
      RangeError,
      message,
    );
    assertThrows(
      () => klBetweenGaussians(round, gaussian),
      RangeError,
      message,
    );
  }
});

Deno.test("logDensity() and klBetweenGaussians() take a covariance that rounding left", () => {
  for (const scale of [1e-20, 1, 1e20]) {
    const symmetric = {
      mean: [0, 0],
      covariance: [[2 * scale, 0.3 * scale], [0.3 * scale, scale]],
    };
    const rounded = {
      mean: [0, 0],
      covariance: [
        [2 * scale, 0.3 * scale * (1 + 2 * Number.EPSILON)],
        [0.3 * scale, scale],
      ],
    };
    assertNotEquals(rounded, symmetric);
    const x = [Math.sqrt(scale), -Math.sqrt(scale)];
    const expected = logDensity(symmetric)(x);
    assertAlmostEquals(logDensity(rounded)(x), expected, 1e-13);
    assertAlmostEquals(klBetweenGaussians(rounded, symmetric), 0, 1e-14);
    assertAlmostEquals(klBetweenGaussians(symmetric, rounded), 0, 1e-14);
  }
});
