import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import { klToStandardNormal1d } from "../../src/model/kl.ts";
import {
  exactPosterior,
  exactReconstruction,
  type LinearGaussian,
  meanExactLogLikelihood,
} from "../../src/model/linear_gaussian.ts";
import {
  type PpcaOptimum,
  ppcaOptimum,
  principalComponents,
} from "../../src/model/ppca.ts";
import { stream } from "../../src/random/stream.ts";
import { gradientOf } from "./derivatives.ts";
import {
  DATA,
  DESCENDING,
  EIGENVALUES,
  hadamard,
  irregularRows,
  rowsWith,
} from "./spectra.ts";

/** Optima for all data: s^2 free, small and large. */
function* optima(): Generator<{
  name: string;
  x: Float32Array;
  optimum: PpcaOptimum;
  isFree: boolean;
}> {
  for (const [data, { x, dataDim }] of Object.entries(DATA)) {
    const components = principalComponents(x, dataDim);
    for (const latentDim of [1, 4]) {
      for (const noiseVariance of [undefined, 0.4, 7.3]) {
        yield {
          name: `${data}, d ${latentDim}, s^2 ${noiseVariance}`,
          x,
          optimum: ppcaOptimum(components, {
            latentDim,
            ...(noiseVariance === undefined ? {} : { noiseVariance }),
          }),
          isFree: noiseVariance === undefined,
        };
      }
    }
  }
}

Deno.test("principalComponents() finds a known spectrum and its directions", () => {
  const { mean, eigenvalues, eigenvectors } = principalComponents(
    rowsWith(EIGENVALUES, 0.5),
    16,
  );
  assertEquals(mean, Array(16).fill(0.5));
  eigenvalues.forEach((value, j) =>
    assertAlmostEquals(value, DESCENDING[j]!, 1e-13)
  );
  // Eigenvalues that are alone have one direction, up to its sign.
  const turn = hadamard(16);
  for (const [j, eigenvalue] of [16, 9, 6.25, 4, 2.25].entries()) {
    const column = EIGENVALUES.indexOf(eigenvalue);
    const cosine = eigenvectors[j]!.reduce(
      (sum, value, i) => sum + value * turn[i]![column]! / 4,
      0,
    );
    assertAlmostEquals(Math.abs(cosine), 1, 1e-13);
  }
});

Deno.test("principalComponents() divides by N, not by N - 1", () => {
  assertEquals(
    principalComponents(Float32Array.of(-3, 1), 1).eigenvalues,
    [4],
  );
});

Deno.test("ppcaOptimum() with N - 1 would be D/2 ln(N / (N - 1)) off", () => {
  const { x, dataDim } = DATA.irregular;
  const count = x.length / dataDim;
  const right = principalComponents(x, dataDim);
  const wrong = {
    ...right,
    eigenvalues: right.eigenvalues.map((value) => value * count / (count - 1)),
  };
  const [best, other] = [right, wrong].map((components) =>
    ppcaOptimum(components, { latentDim: 2 })
  ) as [PpcaOptimum, PpcaOptimum];
  const shift = dataDim / 2 * Math.log(count / (count - 1));
  assertAlmostEquals(other.logLikelihood, best.logLikelihood - shift, 1e-12);
  // The rows' own likelihood under that model is lower by much less: its
  // covariance is N / (N - 1) times the best one.
  assertAlmostEquals(
    meanExactLogLikelihood(other, x),
    best.logLikelihood - shift + dataDim / 2 / count,
    1e-12,
  );
});

Deno.test("ppcaOptimum() has the closed form's s^2, W and log-likelihood", () => {
  const components = principalComponents(rowsWith(EIGENVALUES), 16);
  for (let latentDim = 1; latentDim <= 14; latentDim++) {
    const { weights, noiseVariance, logLikelihood, collapsed } = ppcaOptimum(
      components,
      { latentDim },
    );
    const discarded = DESCENDING.slice(latentDim);
    const expected = discarded.reduce((a, b) => a + b) / discarded.length;
    assertAlmostEquals(noiseVariance, expected, 1e-13);
    const logs = DESCENDING.slice(0, latentDim).map(Math.log)
      .reduce((a, b) => a + b);
    assertAlmostEquals(
      logLikelihood,
      -0.5 * (16 * Math.log(2 * Math.PI) + logs +
        (16 - latentDim) * Math.log(expected) + 16),
      1e-12,
    );
    assertEquals(collapsed, 0);
    // Orthogonal columns of squared length lambda_j - s^2.
    for (let j = 0; j < latentDim; j++) {
      for (let k = 0; k < latentDim; k++) {
        assertAlmostEquals(
          weights.reduce((sum, row) => sum + row[j]! * row[k]!, 0),
          j === k ? DESCENDING[j]! - expected : 0,
          1e-12,
        );
      }
    }
  }
});

Deno.test("ppcaOptimum() logLikelihood is the rows' mean of ln p(x)", () => {
  for (const { name, x, optimum } of optima()) {
    assertAlmostEquals(
      meanExactLogLikelihood(optimum, x),
      optimum.logLikelihood,
      1e-12 * Math.abs(optimum.logLikelihood),
      name,
    );
  }
});

Deno.test("ppcaOptimum() has a diagonal p(z|x), at which the ELBO has no gap", () => {
  const x = rowsWith(EIGENVALUES, 0.5);
  const components = principalComponents(x, 16);
  for (const fixed of [{}, { noiseVariance: 3 }]) {
    const optimum = ppcaOptimum(components, { latentDim: 6, ...fixed });
    const posterior = exactPosterior(optimum);
    let reconstruction = 0;
    const kl = new Float64Array(6);
    for (let row = 0; row < 32; row++) {
      const observed = x.subarray(row * 16, (row + 1) * 16);
      const { mean, covariance } = posterior(observed);
      const variance = covariance.map((values, j) => values[j]!);
      covariance.forEach((values, j) =>
        values.forEach((value, k) =>
          assertAlmostEquals(value, j === k ? variance[j]! : 0, 1e-12)
        )
      );
      const q = { mean, covariance };
      reconstruction += exactReconstruction(optimum)(q, observed) / 32;
      mean.forEach((m, j) =>
        kl[j]! += klToStandardNormal1d(m, variance[j]!) / 32
      );
    }
    const elbo = kl.reduce((rest, value) => rest - value, reconstruction);
    assertAlmostEquals(elbo, optimum.logLikelihood, 1e-11);
    kl.forEach((value, j) => {
      const ratio = DESCENDING[j]! / optimum.noiseVariance;
      assertAlmostEquals(value, Math.max(0, 0.5 * Math.log(ratio)), 1e-12);
    });
  }
});

Deno.test("ppcaOptimum() is above every model near it", () => {
  let part = 0;
  for (const { name, x, optimum, isFree } of optima()) {
    for (const size of [0.001, 0.01, 0.1, 1]) {
      for (const what of ["weights", "offset", "noise"]) {
        if (what === "noise" && !isFree) continue;
        const noise = stream(2, "data", 0, part++).normals(200);
        let at = 0;
        const moved = (value: number, moves: boolean) =>
          value + (moves ? size * noise[at++]! : 0);
        const model: LinearGaussian = {
          weights: optimum.weights.map((row) =>
            row.map((value) => moved(value, what === "weights"))
          ),
          offset: optimum.offset.map((m) => moved(m, what === "offset")),
          noiseVariance: optimum.noiseVariance *
            Math.exp(moved(0, what === "noise")),
        };
        const below = optimum.logLikelihood - meanExactLogLikelihood(model, x);
        const described = `${name}, ${what} moved by ${size}`;
        // Of second order: what is lost is far above rounding.
        assertGreater(below, 1e-10, described);
        if (size === 0.001) assertLess(below, 0.01, described);
      }
    }
  }
});

Deno.test("ppcaOptimum() has no gradient by W, and by s^2 if it is free", () => {
  for (const { name, x, optimum, isFree } of optima()) {
    const { offset, weights, noiseVariance } = optimum;
    const latentDim = weights[0]!.length;
    const logLikelihoodAt = (point: Float64Array) =>
      meanExactLogLikelihood({
        offset,
        weights: offset.map((_, i) => [
          ...point.subarray(i * latentDim, (i + 1) * latentDim),
        ]),
        noiseVariance: Math.exp(point.at(-1)!),
      }, x);
    const point = [...weights.flat(), Math.log(noiseVariance)];
    const gradient = gradientOf(logLikelihoodAt, point);
    gradient.subarray(0, -1).forEach((derivative, i) =>
      assertAlmostEquals(derivative, 0, 1e-8, `${name} [${i}]`)
    );
    if (isFree) assertAlmostEquals(gradient.at(-1)!, 0, 1e-8, name);
    else assertGreater(Math.abs(gradient.at(-1)!), 0.01, name);
    // Elsewhere there is one.
    const away = gradientOf(logLikelihoodAt, point.map((value) => value + 0.1));
    assertGreater(Math.max(...away.map(Math.abs)), 0.001, name);
  }
});

Deno.test("ppcaOptimum() collapses the directions up to a fixed s^2", () => {
  const x = rowsWith(EIGENVALUES, 0.5);
  const components = principalComponents(x, 16);
  // Above 0.3 there are nine eigenvalues, above 3 four, above 20 none.
  for (
    const [noiseVariance, latentDim, used] of [
      [0.3, 4, 4],
      [0.3, 16, 9],
      [3, 4, 4],
      [3, 6, 4],
      [3, 20, 4],
      [20, 3, 0],
    ] as const
  ) {
    const optimum = ppcaOptimum(components, { latentDim, noiseVariance });
    const name = `s^2 ${noiseVariance}, d ${latentDim}`;
    assertEquals(optimum.noiseVariance, noiseVariance);
    assertEquals(optimum.collapsed, latentDim - used, name);
    for (let j = 0; j < latentDim; j++) {
      const square = optimum.weights
        .reduce((sum, row) => sum + row[j]! ** 2, 0);
      const expected = j < used ? DESCENDING[j]! - noiseVariance : 0;
      assertAlmostEquals(square, expected, 1e-12, `${name}, column ${j}`);
    }
    assertAlmostEquals(
      meanExactLogLikelihood(optimum, x),
      optimum.logLikelihood,
      1e-11,
      name,
    );
  }
});

Deno.test("ppcaOptimum() with s^2 fixed at the likeliest is the free one", () => {
  const components = principalComponents(rowsWith(EIGENVALUES), 16);
  const free = ppcaOptimum(components, { latentDim: 5 });
  const { noiseVariance } = free;
  const fixed = ppcaOptimum(components, { latentDim: 5, noiseVariance });
  assertEquals(fixed, free);
  for (const factor of [0.5, 0.99, 1.01, 2]) {
    const { logLikelihood } = ppcaOptimum(components, {
      latentDim: 5,
      noiseVariance: factor * noiseVariance,
    });
    assertLess(logLikelihood, free.logLikelihood);
  }
});

Deno.test("ppcaOptimum() takes the largest eigenvalues, not others", () => {
  // W from other eigenvectors is a stationary point, too, and a lower one.
  const components = principalComponents(rowsWith(EIGENVALUES), 16);
  const best = ppcaOptimum(components, { latentDim: 2, noiseVariance: 0.5 });
  const swapped = <T>(
    [first, second, third, ...rest]: readonly T[],
  ) => [first!, third!, second!, ...rest];
  const other = ppcaOptimum({
    ...components,
    eigenvalues: swapped(components.eigenvalues),
    eigenvectors: swapped(components.eigenvectors),
  }, { latentDim: 2, noiseVariance: 0.5 });
  assertLess(other.logLikelihood, best.logLikelihood - 0.1);
});

Deno.test("ppcaOptimum() gains from every dimension until the covariance is met", () => {
  const { x, dataDim } = DATA.irregular;
  const components = principalComponents(x, dataDim);
  const optimumOf = (d: number) => ppcaOptimum(components, { latentDim: d });
  for (let latentDim = 2; latentDim < dataDim; latentDim++) {
    assertGreater(
      optimumOf(latentDim).logLikelihood,
      optimumOf(latentDim - 1).logLikelihood,
    );
  }
  const full = optimumOf(dataDim - 1);
  for (const latentDim of [dataDim, dataDim + 3]) {
    const more = optimumOf(latentDim);
    assertEquals(more.logLikelihood, full.logLikelihood);
    assertEquals(more.noiseVariance, full.noiseVariance);
    assertEquals(more.collapsed, latentDim - (dataDim - 1));
  }
});

Deno.test("ppcaOptimum() copes with pixels that are constant", () => {
  // Three of eight pixels are, as the border of MNIST's images is.
  const inner = irregularRows(30, 5);
  const dataDim = 8;
  const x = Float32Array.from({ length: 30 * dataDim }, (_, at) => {
    const pixel = at % dataDim;
    return pixel < 3
      ? 0.1 * pixel
      : inner[Math.floor(at / dataDim) * 5 + pixel - 3]!;
  });
  const components = principalComponents(x, dataDim);
  assertEquals(components.eigenvalues.slice(5), [0, 0, 0]);
  assert(components.eigenvalues[4]! > 0);
  for (const latentDim of [1, 2, 4]) {
    const optimum = ppcaOptimum(components, { latentDim });
    assertAlmostEquals(
      meanExactLogLikelihood(optimum, x),
      optimum.logLikelihood,
      1e-11,
    );
    optimum.weights.slice(0, 3).flat().forEach((weight) =>
      assertAlmostEquals(weight, 0, 1e-12)
    );
  }
  assertThrows(
    () => ppcaOptimum(components, { latentDim: 5 }),
    RangeError,
    "the covariance has rank 5: with latentDim 5 the noise variance would be 0",
  );
  const fixed = ppcaOptimum(components, { latentDim: 5, noiseVariance: 0.01 });
  assertEquals(fixed.collapsed, 0);
});

Deno.test("ppcaOptimum() refuses fewer rows than a free s^2 needs", () => {
  // Four rows of six values span three dimensions around their mean.
  const components = principalComponents(irregularRows(4, 6), 6);
  assertGreater(ppcaOptimum(components, { latentDim: 2 }).noiseVariance, 0);
  for (const latentDim of [3, 5, 6, 10]) {
    assertThrows(
      () => ppcaOptimum(components, { latentDim }),
      RangeError,
      `the covariance has rank 3: with latentDim ${latentDim}`,
    );
  }
  const constant = principalComponents(new Float32Array(6).fill(0.1), 2);
  assertThrows(
    () => ppcaOptimum(constant, { latentDim: 1 }),
    RangeError,
    "the covariance has rank 0",
  );
});

Deno.test("ppcaOptimum() and principalComponents() refuse what is no number of theirs", () => {
  const components = principalComponents(irregularRows(10, 2), 2);
  for (const latentDim of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => ppcaOptimum(components, { latentDim }),
      RangeError,
      `latentDim is ${latentDim}, not a positive integer`,
    );
  }
  for (const noiseVariance of [0, -1, NaN, Infinity]) {
    assertThrows(
      () => ppcaOptimum(components, { latentDim: 1, noiseVariance }),
      RangeError,
      `noiseVariance is ${noiseVariance}, not`,
    );
  }
  for (const [length, dataDim] of [[5, 2], [0, 2], [4, 0]] as const) {
    assertThrows(
      () => principalComponents(new Float32Array(length), dataDim),
      RangeError,
      `${length} values are not rows of ${dataDim}`,
    );
  }
  for (const value of [NaN, Infinity]) {
    assertThrows(
      () => principalComponents(Float32Array.of(1, 2, 3, value), 2),
      RangeError,
      "x has a value that is not finite",
    );
  }
});
