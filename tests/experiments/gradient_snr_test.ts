import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  fittedSlope,
  toyAt,
  toyGradients,
  toySignalToNoise,
} from "../../experiments/gradient_snr.ts";
import { stream } from "../../src/random/stream.ts";

const D = 20;

/** The mean of L_k over the rows, up to a constant, written out anew. */
function bound(
  { x, mu, means }: ReturnType<typeof toyAt>,
  noise: Float32Array,
  k: number,
): number {
  const rows = x.length / D;
  let total = 0;
  for (let n = 0; n < rows; n++) {
    let sum = 0;
    for (let s = 0; s < k; s++) {
      let log = 0;
      for (let i = 0; i < D; i++) {
        const e = noise[(n * k + s) * D + i]!;
        const z = means[n * D + i]! + Math.sqrt(2 / 3) * e;
        log += e ** 2 / 2 - (z - mu[i]!) ** 2 / 2 -
          (x[n * D + i]! - z) ** 2 / 2;
      }
      sum += Math.exp(log) / k;
    }
    total += Math.log(sum) / rows;
  }
  return total;
}

Deno.test("toyGradients() are the derivatives of L_k by mu and b", () => {
  const [rows, k, step] = [3, 4, 1e-5];
  const toy = toyAt(7, rows);
  const noise = stream(3, "noise", 0).normals(rows * k * D);
  const [decoder, encoder] = toyGradients(toy, noise, k);
  const difference = (change: (by: number) => typeof toy) =>
    (bound(change(step), noise, k) - bound(change(-step), noise, k)) /
    (2 * step);
  for (const i of [0, 5, 19]) {
    const byMu = difference((by) => ({
      ...toy,
      mu: toy.mu.map((value, j) => j === i ? value + by : value),
    }));
    const byB = difference((by) => ({
      ...toy,
      means: toy.means.map((value, j) => j % D === i ? value + by : value),
    }));
    assertAlmostEquals(decoder![i]!, byMu, 1e-6);
    assertAlmostEquals(encoder![i]!, byB, 1e-6);
  }
});

Deno.test("toyGradients() with dreg has the plain gradient's mean, and less noise", () => {
  const [rows, k, draws] = [2, 3, 20000];
  const toy = toyAt(7, rows);
  const [plain, dreg] = [{ sum: 0, squares: 0 }, { sum: 0, squares: 0 }];
  for (let draw = 0; draw < draws; draw++) {
    const noise = stream(3, "noise", draw).normals(rows * k * D);
    const [, encoder, doubly] = toyGradients(toy, noise, k);
    for (const [moments, g] of [[plain, encoder!], [dreg, doubly!]] as const) {
      moments.sum += g[4]!;
      moments.squares += g[4]! ** 2;
    }
  }
  const mean = ({ sum }: typeof plain) => sum / draws;
  const variance = (moments: typeof plain) =>
    moments.squares / draws - mean(moments) ** 2;
  const error = Math.sqrt((variance(plain) + variance(dreg)) / draws);
  assert(Math.abs(mean(plain) - mean(dreg)) < 4 * error);
  assert(variance(dreg) < variance(plain) / 2);
});

Deno.test("toySignalToNoise() depends on the seed alone", () => {
  const options = { seed: 1, rows: 4, k: 2, draws: 20 };
  assertEquals(toySignalToNoise(options), toySignalToNoise(options));
});

Deno.test("fittedSlope() is that of a line through the logarithms, with its error", () => {
  const slopeOf = (...points: [number, number][]) =>
    fittedSlope(points.map(([x, y]) => ({
      ...{ k: Math.exp(x), value: Math.exp(y), error: 0.1 * Math.exp(y) },
    })));
  const { value, standard_error } = slopeOf([0, 1], [1, 3], [3, 7]);
  assertAlmostEquals(value, 2, 1e-12);
  // sd(y) / sqrt(sum of (x - mean)^2), of which the sum is 14/3.
  assertAlmostEquals(standard_error, 0.1 / Math.sqrt(14 / 3), 1e-12);
  assertAlmostEquals(slopeOf([0, 0], [1, 3], [2, 0]).value, 0, 1e-12);
});
