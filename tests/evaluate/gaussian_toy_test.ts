import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  TOY_DIM as D,
  TOY_GRADIENTS,
  toyAt,
  toyGradients,
  toyNoise,
} from "../../src/evaluate/gaussian_toy.ts";
import { toySignal } from "../../src/evaluate/toy_signal.ts";
import { stream } from "../../src/random/stream.ts";

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
  const { decoder, encoder } = toyGradients(toy, noise, k);
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
    assertAlmostEquals(decoder[i]!, byMu, 1e-6);
    assertAlmostEquals(encoder[i]!, byB, 1e-6);
  }
});

/**
 * The path's slopes s_i by differences: log w_i with q held where it is and
 * z_i moved, and the weights v_i, of one row.
 */
function pathOf(
  { x, mu, means }: ReturnType<typeof toyAt>,
  noise: Float32Array,
  k: number,
) {
  const sd = Math.sqrt(2 / 3);
  const logWeight = (s: number, moved: number, by: number) => {
    let log = 0;
    for (let i = 0; i < D; i++) {
      const z = means[i]! + sd * noise[s * D + i]! + (i === moved ? by : 0);
      log += (z - means[i]!) ** 2 / (2 * sd ** 2) - (z - mu[i]!) ** 2 / 2 -
        (x[i]! - z) ** 2 / 2;
    }
    return log;
  };
  const draws = Array.from({ length: k }, (_, s) => s);
  const weights = draws.map((s) => Math.exp(logWeight(s, 0, 0)));
  const total = weights.reduce((sum, w) => sum + w);
  const step = 1e-5;
  return {
    v: weights.map((w) => w / total),
    slope: (s: number, i: number) =>
      (logWeight(s, i, step) - logWeight(s, i, -step)) / (2 * step),
  };
}

Deno.test("toyGradients() are the estimators of the papers, by slopes of the weights", () => {
  const k = 5;
  const toy = toyAt(7, 1);
  const noise = stream(3, "noise", 0).normals(k * D);
  const gradients = toyGradients(toy, noise, k);
  const { v, slope } = pathOf(toy, noise, k);
  const factors = {
    "encoder-stl": (v: number) => v,
    "encoder-dreg": (v: number) => v * v,
    "encoder-rws-dreg": (v: number) => v - v * v,
  };
  for (const [name, factor] of Object.entries(factors)) {
    for (const i of [0, 5, 19]) {
      const expected = v.reduce(
        (sum, v, s) => sum + factor(v) * slope(s, i),
        0,
      );
      const found = gradients[name as keyof typeof factors][i]!;
      assertAlmostEquals(found, expected, 1e-6);
    }
  }
  // The score of q: d log q / db = (z - m) / sd^2 = e / sd.
  const scores = v.reduce(
    (sum, v, s) => sum + v * noise[s * D]! / Math.sqrt(2 / 3),
    0,
  );
  assertAlmostEquals(gradients["encoder-rws"][0]!, scores, 1e-9);
});

Deno.test("toySignal() finds doubly reparameterised gradients unbiased and less noisy, and STL biased", () => {
  const found = toySignal({ seed: 7, rows: 2, k: 3, draws: 10_000 });
  const { relative: dreg, variance } = found["encoder-dreg"];
  assert(Math.abs(dreg.value - 1) < 4 * dreg.error);
  assert(variance.value < found["encoder"].variance.value / 2);
  const { relative: stl } = found["encoder-stl"];
  assert(stl.value - 1 > 4 * stl.error);
  // Both of reweighted wake-sleep have one mean, which is the bias of STL.
  const [rws, rwsDreg] = ["encoder-rws", "encoder-rws-dreg"] as const;
  assertAlmostEquals(found[rws].relative.value, stl.value - 1, 1e-9);
  const error = Math.hypot(found[rws].relative.error, dreg.error);
  assert(
    Math.abs(found[rws].relative.value - found[rwsDreg].relative.value) <
      4 * error,
  );
  assert(found[rwsDreg].variance.value < found[rws].variance.value);
});

Deno.test("toySignal() depends on the seed alone, and its moments are those of the draws", () => {
  const options = { seed: 1, rows: 4, k: 2, draws: 20 };
  const found = toySignal(options);
  assertEquals(toySignal(options), found);
  const toy = toyAt(1, 4);
  for (const name of TOY_GRADIENTS) {
    const draws = Array.from(
      { length: 20 },
      (_, draw) => toyGradients(toy, toyNoise(toy, { ...options, draw }), 2),
    ).map((gradients) => gradients[name]);
    const sums = { variance: 0, snr: 0 };
    for (let i = 0; i < D; i++) {
      const mean = draws.reduce((sum, g) => sum + g[i]! / 20, 0);
      const variance = draws.reduce(
        (sum, g) => sum + (g[i]! - mean) ** 2 / 19,
        0,
      );
      sums.variance += variance / D;
      sums.snr += Math.abs(mean) / Math.sqrt(variance) / D;
    }
    assertAlmostEquals(found[name].variance.value, sums.variance, 1e-12);
    assertAlmostEquals(found[name].snr.value, sums.snr, 1e-9);
  }
});
