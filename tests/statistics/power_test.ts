import { assertAlmostEquals, assertEquals } from "@std/assert";
import { pairsToTell, powerOfPairs } from "../../src/statistics/power.ts";

// scipy 1.17.1: quad of near * chi.pdf(s, df, scale=df**-0.5) over s, with
// k = n**0.5 / sd, q = t.ppf(1 - level, df), near = (m - |mean|) k,
// far = (m + |mean|) k: norm.cdf(-near - q s) where near < 0, else
// max(0, norm.cdf(near - q s) - norm.cdf(q s - far))
// deno-fmt-ignore
const POWERS = [
  [3, { mean: 0, sd: 0.1 }, 0.25, 0.05, 0.751498568992849],
  [5, { mean: 0.05, sd: 0.1 }, 0.2, 0.05, 0.8596265109157073],
  [10, { mean: -0.3, sd: 0.2 }, 0.1, 0.05, 0.8975169943396826],
  [10, { mean: 0, sd: 0.1 }, 0.1, 0.05 / 3, 0.4955986854341628],
  [30, { mean: 0.05, sd: 0.2 }, 0.1, 0.05, 0.3701962608664013],
  [4, { mean: 0.5, sd: 0.2 }, 0.1, 0.025, 0.7549838397242713],
] as const;

Deno.test("powerOfPairs() is the integral that scipy finds", () => {
  for (const [pairs, differences, margin, level, expected] of POWERS) {
    const found = powerOfPairs(pairs, differences, margin, level);
    assertAlmostEquals(found, expected, 3e-5);
  }
});

Deno.test("pairsToTell() is the first number of pairs with the power", () => {
  // next(n for n in range(2, 10001) if power(n, mean, sd, m, level) >= 0.8)
  const tell = (mean: number, sd: number, level = 0.05) =>
    pairsToTell({ mean, sd }, 0.1, { level });
  assertEquals(tell(0, 0.1), 11);
  assertEquals(tell(0.05, 0.2), 101);
  assertEquals(tell(-0.3, 0.2, 0.05 / 3), 12);
  assertEquals([tell(0.1, 0.2), tell(0.1, 0)], [Infinity, Infinity]);
});
