import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  halfWidth,
  marginOf,
  ofPairs,
  ofTrainings,
  shortfallOf,
  sureShortfallOf,
} from "../../src/published/difference.ts";

const OURS = [-103.2, -103.9, -104.1];

Deno.test("ofTrainings() of one published training has the interval of a new run", () => {
  // scipy 1.17.1: m, s = np.mean(a), np.std(a, ddof=1)
  // stats.t.ppf(.975, 2) * s * np.sqrt(1 + 1 / 3)
  const difference = ofTrainings(OURS, [-105.2]);
  assertAlmostEquals(difference.mean, 1.4666666666666, 1e-12);
  assertAlmostEquals(halfWidth(difference), 2.3479153631906, 1e-9);
  assertEquals(difference.degreesOfFreedom, 2);
});

Deno.test("ofTrainings() of two published trainings has their spread, too", () => {
  // scipy 1.17.1: r = stats.ttest_ind(a, [-104.2, -104.9], equal_var=True)
  // r.confidence_interval(.95) and (.9)
  const difference = ofTrainings(OURS, [-104.2, -104.9]);
  assertEquals(difference.degreesOfFreedom, 3);
  const half = halfWidth(difference);
  assertAlmostEquals(difference.mean - half, -0.5782821014248, 1e-9);
  assertAlmostEquals(difference.mean + half, 2.2116154347581, 1e-9);
  assertAlmostEquals(marginOf(difference), 1.8482069062609, 1e-9);
});

Deno.test("ofPairs() is the paired t interval", () => {
  // scipy 1.17.1: r = stats.ttest_rel([1, 2, 4], [1.5, 2.75, 4.25])
  // r.confidence_interval(.95) and (.9)
  const difference = ofPairs([1, 2, 4], [1.5, 2.75, 4.25]);
  assertAlmostEquals(difference.mean + halfWidth(difference), 0.1210344279376);
  assertAlmostEquals(marginOf(difference), 0.9214636152117, 1e-9);
  assertAlmostEquals(shortfallOf(difference), 0.9214636152117, 1e-9);
  assertAlmostEquals(sureShortfallOf(difference), 0.0785363847882, 1e-9);
  assertThrows(() => ofPairs([1, 2], [1]), RangeError, "no pairs");
});

Deno.test("one seed of ours has no standard error, whatever the paper has", () => {
  for (const theirs of [[-1], [-1, -2, -3]]) {
    const difference = ofTrainings([-4], theirs);
    assertEquals(difference.standardError, NaN);
    assertEquals(halfWidth(difference), NaN);
  }
  assertEquals(ofPairs([-4], [-5]).standardError, NaN);
});

Deno.test("what is above falls short of nothing", () => {
  const above = ofPairs([5, 6, 7], [1, 1, 1]);
  assertEquals([shortfallOf(above), sureShortfallOf(above)], [0, 0]);
});
