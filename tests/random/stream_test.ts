import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { normalQuantile } from "../../src/random/normal_quantile.ts";
import {
  MAX_SEED,
  type Purpose,
  PURPOSES,
  stream,
} from "../../src/random/stream.ts";
import { average, chiSquareAt, correlation } from "./statistics.ts";

const hex = (words: Uint32Array) =>
  [...words].map((word) => word.toString(16).padStart(8, "0")).join(" ");

Deno.test("stream() gives the words that it always gave", () => {
  // An independent Philox in Python on key (seed mod 2^32, seed div 2^32) and
  // counter (0, step mod 2^32, part, purpose << 24 | step >> 32).
  const goldens: [Purpose, string][] = [
    ["init", "9f3f38ef 8c470732 7e8a14f8 fafa0288"],
    ["order", "0c19cc69 8510e6e4 66608322 91aaf2ab"],
    ["binarise", "d555abcc 949e27ea 66287ca0 2dc96c31"],
    ["noise", "177657cf fae03134 ed6f3c3b e22f2a63"],
    ["evaluate", "2144d9c4 a4ece8c5 a4303103 f351ba0f"],
    ["generate", "9369df30 5c0622b3 2020d5e7 7fe03b32"],
    ["data", "72f7fc22 00438cc2 82947240 dd2217ff"],
    ["inference", "5567599c 35353a28 78463f9b 69cdc5c4"],
    ["gradient", "e8d37c8b dd9517d1 e2b9719c 6db65f97"],
    ["dream", "891efb95 1abe35bc 8f1e8ebd 8399ed6b"],
    ["chain", "afc4ed96 e4758ec5 8de960e3 5d252db2"],
    ["estimate", "687bbc92 0df39352 767e287f 4ccac058"],
  ];
  for (const [purpose, words] of goldens) {
    assertEquals(hex(stream(1, purpose).words(4)), words, purpose);
  }
  assertEquals(goldens.length, Object.keys(PURPOSES).length);
  assertEquals(
    hex(stream(0, "init").words(4)),
    "910223a1 29946dd3 621adeee de653caf",
  );
  assertEquals(
    hex(stream(MAX_SEED, "noise", MAX_SEED, 2 ** 32 - 1).words(4)),
    "f75c62ea 7f19a1ca ead1b02d d5601e3f",
  );
  assertEquals(
    hex(stream(7, "noise", 3, 2).words(24).subarray(20)),
    "20de5136 867e9450 f34888ab e24bfe7b",
  );
});

Deno.test("stream() maps words to normals by the quantile function", () => {
  // The same Python: float32(NormalDist().inv_cdf((word + 0.5) / 2**32)).
  assertEquals([...stream(1, "noise").normals(4)], [
    -1.3306657075881958,
    2.053406238555908,
    1.4572663307189941,
    1.1928309202194214,
  ]);
});

Deno.test("stream() draws the normals of its uniforms, rounded to float32", () => {
  // So many that half a word more or less would change a rounding.
  const { uniforms, normals } = stream(4, "noise");
  const drawn = normals(20_000);
  uniforms(20_000).forEach((uniform, i) =>
    assertEquals(drawn[i], Math.fround(normalQuantile(uniform)))
  );
});

Deno.test("stream() gives uniforms strictly inside (0, 1)", () => {
  const { words, uniforms } = stream(2, "data");
  const drawn = words(1000);
  uniforms(1000).forEach((uniform, i) => {
    assert(uniform > 0 && uniform < 1);
    // Exact: a word and one half are 33 bits.
    assertEquals(uniform * 2 ** 32 - 0.5, drawn[i]);
  });
});

Deno.test("stream() draws a prefix of more, and the same when asked again", () => {
  const { words, uniforms, normals } = stream(5, "noise", 9);
  for (const draw of [words, uniforms, normals]) {
    const all = draw(101);
    for (const n of [0, 1, 2, 3, 4, 5, 100, 101]) {
      assertEquals(draw(n), all.slice(0, n));
    }
  }
});

Deno.test("stream() draws normals with the moments of N(0, 1)", () => {
  const n = 200_000;
  for (const seed of [0, 1, MAX_SEED]) {
    const draws = stream(seed, "noise").normals(n);
    const moment = (power: number) => average(draws.map((z) => z ** power));
    // Exact standard errors of the raw moments: E z^2k - (E z^k)^2.
    const variances = [1, 2, 15, 96];
    [0, 1, 0, 3].forEach((expected, i) => {
      const error = Math.sqrt(variances[i]! / n);
      const { mean } = moment(i + 1);
      assertLess(Math.abs(mean - expected), 5 * error, `moment ${i + 1}`);
    });
  }
});

Deno.test("stream() draws normals with the distribution of N(0, 1)", () => {
  const n = 20_000;
  const draws = [...stream(11, "noise").normals(n)].sort((a, b) => a - b);
  const density = (x: number) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  // Phi at the sorted draws, by Simpson's rule in steps of at most 0.01.
  let [cdf, at, distance] = [0, -9, 0];
  draws.forEach((z, i) => {
    const pieces = Math.ceil((z - at) / 0.01) || 1;
    const width = (z - at) / pieces;
    for (let k = 0; k < pieces; k++) {
      const left = at + k * width;
      cdf += width / 6 * (density(left) + 4 * density(left + width / 2) +
        density(left + width));
    }
    at = z;
    distance = Math.max(distance, cdf - i / n, (i + 1) / n - cdf);
  });
  // Kolmogorov: P(sqrt(n) D > x) = 2 exp(-2 x^2) is 1e-4 at x = 2.23. Too
  // good a fit is as suspect: P(sqrt(n) D < 0.33) is 1e-4.
  assertLess(Math.sqrt(n) * distance, 2.23);
  assertLess(0.33, Math.sqrt(n) * distance);
});

Deno.test("stream() has no correlation between neighbours", () => {
  const n = 100_000;
  const draws = stream(6, "noise").normals(n + 8);
  for (const lag of [1, 2, 3, 4, 8]) {
    const r = correlation(draws.subarray(0, n), draws.subarray(lag, lag + n));
    assertLess(Math.abs(r), 5 / Math.sqrt(n), `lag ${lag}`);
  }
});

Deno.test("stream() has other numbers for another seed, purpose, step or part", () => {
  const n = 20_000;
  const keys: Parameters<typeof stream>[] = [
    [1, "noise", 1, 0],
    [0, "noise", 1, 0],
    [2, "noise", 1, 0],
    [1 + 2 ** 32, "noise", 1, 0],
    [1, "evaluate", 1, 0],
    [1, "init", 1, 0],
    [1, "noise", 0, 0],
    [1, "noise", 2, 0],
    [1, "noise", 1 + 2 ** 32, 0],
    [1, "noise", 1, 1],
    [1, "noise", 0, 1],
  ];
  const draws = keys.map((key) => stream(...key).normals(n));
  draws.forEach((a, i) => {
    for (const [j, b] of draws.entries()) {
      if (j <= i) continue;
      const pair = `${keys[i]} and ${keys[j]}`;
      assertNotEquals(a.slice(0, 4), b.slice(0, 4), pair);
      assertLess(Math.abs(correlation(a, b)), 5 / Math.sqrt(n), pair);
    }
  });
});

Deno.test("stream() refuses what is not a key", () => {
  for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => stream(bad, "init"), RangeError, "seed is not");
    assertThrows(() => stream(0, "init", bad), RangeError, "step is not");
  }
  for (const bad of [-1, 0.5, 2 ** 32]) {
    assertThrows(() => stream(0, "init", 0, bad), RangeError, "part is not");
  }
});

Deno.test("stream() permutes", () => {
  for (const n of [0, 1, 2, 10, 1000]) {
    const order = stream(8, "order", n).permutation(n);
    assertEquals(
      [...order].sort((a, b) => a - b),
      Array.from({ length: n }, (_, i) => i),
    );
  }
  assertNotEquals(
    stream(8, "order", 1).permutation(10),
    stream(8, "order", 2).permutation(10),
  );
});

Deno.test("stream() gives every permutation of four equally often", () => {
  const trials = 24_000;
  const counts = new Map<string, number>();
  for (let epoch = 0; epoch < trials; epoch++) {
    const order = stream(9, "order", epoch).permutation(4).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  let chiSquare = 0;
  for (const count of counts.values()) chiSquare += (count - 1000) ** 2 / 1000;
  assertLess(chiSquare, chiSquareAt(23, 5));
  assertLess(chiSquareAt(23, -4), chiSquare);
});
