import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { normalQuantile } from "../../src/random/normal_quantile.ts";
import { stream } from "../../src/random/stream.ts";

Deno.test("normalQuantile() agrees with Python's", () => {
  // statistics.NormalDist().inv_cdf(p), CPython 3.11. It is the same
  // algorithm on the host's log, so only that log's last bits may differ.
  const goldens: [p: number, z: number][] = [
    [1e-14, -7.650628092935268],
    [1e-10, -6.361340902404056],
    [2 ** -33, -6.337957754553789],
    [1e-7, -5.199337582192817],
    [1e-5, -4.2648907939228256],
    [0.001, -3.090232306167813],
    [0.01, -2.3263478740408408],
    [0.02425, -1.9729610513118845],
    [0.05, -1.6448536269514726],
    [0.074, -1.4466320671589785],
    [0.075, -1.4395314709384557],
    [0.0751, -1.4388253927525398],
    [0.1, -1.2815515655446008],
    [0.25, -0.6744897501960817],
    [0.4, -0.2533471031357998],
    [0.499, -0.0025066308995717666],
    [0.501, 0.0025066308995717666],
    [0.6, 0.2533471031357998],
    [0.9, 1.2815515655446008],
    [0.925, 1.439531470938456],
    [0.99, 2.3263478740408408],
    [0.999, 3.090232306167813],
    [1 - 1e-5, 4.26489079392384],
    [1 - 1e-10, 6.361340889697421],
    [1 - 2 ** -33, 6.337957754553789],
    [1 - 1e-14, 7.650730905155641],
  ];
  for (const [p, z] of goldens) {
    assertAlmostEquals(normalQuantile(p), z, 1e-14 * Math.abs(z), `p = ${p}`);
  }
  assertEquals(normalQuantile(0.5), 0);
});

Deno.test("normalQuantile() is odd about one half, bit for bit", () => {
  // p and 1 - p are both doubles for these dyadic p.
  for (const word of stream(3, "generate").words(10_000)) {
    const p = (word + 0.5) / 2 ** 32;
    assertEquals(normalQuantile(1 - p), 0 - normalQuantile(p), `p = ${p}`);
  }
});

Deno.test("normalQuantile() rises, also where its three formulas meet", () => {
  // |p - 1/2| = 0.425, and ln p = -25 in the tail.
  const seams = [0.075, 0.925, Math.exp(-25)];
  const around = seams.flatMap((seam) =>
    Array.from({ length: 41 }, (_, i) => seam * (1 + (i - 20) * 1e-9))
  );
  const grid = Array.from({ length: 4000 }, (_, i) => (i + 0.5) / 4000);
  const powers = Array.from({ length: 13 }, (_, i) => 10 ** -(i + 2));
  const points = [...around, ...grid, ...powers].sort((a, b) => a - b);
  points.slice(1).forEach((p, i) => {
    if (p === points[i]) return;
    assert(normalQuantile(p) > normalQuantile(points[i]!), `p = ${p}`);
  });
});

Deno.test("normalQuantile() inverts the integral of the density", () => {
  // Phi(z) - 1/2 by Simpson's rule, 2000 intervals, error below 1e-13.
  const density = (x: number) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  for (const p of [0.51, 0.6, 0.8, 0.924, 0.926, 0.99, 0.9999]) {
    const z = normalQuantile(p);
    const n = 2000;
    let sum = density(0) + density(z);
    for (let i = 1; i < n; i++) sum += (i % 2 ? 4 : 2) * density(z * i / n);
    assertAlmostEquals(sum * z / n / 3, p - 0.5, 1e-12);
  }
});
