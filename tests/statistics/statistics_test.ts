import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { tCdf, tQuantile } from "../../src/statistics/student.ts";
import { meanInterval } from "../../src/statistics/mean_interval.ts";
import { holm, tostPaired } from "../../src/statistics/paired_tests.ts";

function assertNear(obtained: number, expected: number, relative = 1e-11) {
  assertAlmostEquals(obtained, expected, relative * Math.abs(expected));
}

// [float(t.ppf(p, df)) for p in P], scipy.stats 1.17.1
const P = [1e-6, 0.025, 0.3, 0.5, 0.6, 0.95, 0.975, 0.9995];
// deno-fmt-ignore
const QUANTILES: Readonly<Record<number, readonly number[]>> = {
  1: [-318309.8861827435, -12.706204736174705, -0.7265425280053609, 0, 0.32491969623290634, 6.313751514675037, 12.706204736174694, 636.6192487687897],
  2.5: [-220.17342917823686, -3.5746548420036834, -0.597307738252318, 0, 0.2814595127485477, 2.5582186141359355, 3.5746548420036817, 18.277893528131457],
  4: [-41.577854150450975, -2.7764451051977943, -0.5686490630497053, 0, 0.2707222947075976, 2.1318467863266495, 2.7764451051977934, 8.610301581379522],
  9: [-10.7201604099095, -2.2621571627982053, -0.5434802414542969, 0, 0.260955336473911, 1.833112932656237, 2.262157162798205, 4.780912585931217],
  300: [-4.848514301110025, -1.967903011261087, -0.5249581580975329, 0, 0.25357189491958304, 1.649948673937634, 1.9679030112610865, 3.3232515129742195],
};

// [float(t.cdf(x, df)) for x in X]
const X = [-40, -3, -0.1, 0, 0.5, 2];
// deno-fmt-ignore
const CDFS: Readonly<Record<number, readonly number[]>> = {
  1: [0.007956089912025812, 0.10241638234956672, 0.4682744825694465, 0.5, 0.6475836176504333, 0.8524163823495667],
  2.5: [7.09781714524669e-05, 0.036288047774515914, 0.4639032720312449, 0.5, 0.6711510400651426, 0.9213042521210171],
  4: [1.1670081613006339e-06, 0.019970984035859413, 0.4625779204697266, 0.5, 0.6783350184090684, 0.9419417382415922],
  9: [9.491499224669911e-12, 0.007478181955207111, 0.4612682239783406, 0.5, 0.6854643500869868, 0.9617235881146495],
  300: [1.4262090197655942e-122, 0.0014631099320330538, 0.4602055588222318, 0.5, 0.6912791887228875, 0.9767992395084254],
};

Deno.test("tQuantile() and tCdf() give scipy's values", () => {
  for (const [df, values] of Object.entries(QUANTILES)) {
    P.forEach((p, i) => assertNear(tQuantile(p, +df), values[i]!, 1e-10));
  }
  for (const [df, values] of Object.entries(CDFS)) {
    X.forEach((x, i) => assertNear(tCdf(x, +df), values[i]!));
  }
  assertEquals([0, 1].map((p) => tQuantile(p, 3)), [-Infinity, Infinity]);
  assertEquals([-Infinity, Infinity].map((t) => tCdf(t, 3)), [0, 1]);
});

Deno.test("tQuantile() and tCdf() refuse what is no probability, t or degree of freedom", () => {
  for (const p of [-0.1, 1.1, NaN]) {
    assertThrows(() => tQuantile(p, 3), RangeError);
  }
  for (const df of [0, -1, NaN, Infinity]) {
    assertThrows(() => tQuantile(0.9, df), RangeError);
    assertThrows(() => tCdf(1, df), RangeError);
  }
  assertThrows(() => tCdf(NaN, 3), RangeError);
});

Deno.test("meanInterval() gives R's mean, sd and t interval", () => {
  // x <- c(-81.2, -80.9, -81.7, -81.1, -80.6)
  // print(c(mean(x), sd(x), t.test(x)$conf.int), digits = 17)
  const found = meanInterval([-81.2, -80.9, -81.7, -81.1, -80.6]);
  assertEquals(found.n, 5);
  assertNear(found.mean, -81.0999999999999943);
  assertNear(found.sd, 0.4062019202318003);
  assertNear(found.standardError, 0.4062019202318003 / Math.sqrt(5));
  assertNear(found.low, -81.6043663003530639);
  assertNear(found.high, -80.5956336996469247);
});

Deno.test("meanInterval() of one value, and of a NaN, knows no spread", () => {
  assertEquals(meanInterval([3]), {
    n: 1,
    mean: 3,
    sd: NaN,
    standardError: NaN,
    low: NaN,
    high: NaN,
  });
  const { mean, sd } = meanInterval([1, NaN, 2]);
  assertEquals([mean, sd], [NaN, NaN]);
  assertThrows(() => meanInterval([]), RangeError, "no values");
  assertThrows(() => meanInterval([1, 2], 95), RangeError, "95");
});

Deno.test("tostPaired() gives R's one-sided t tests", () => {
  // d <- c(0.03, -0.02, 0.05, 0.01, -0.04, 0.02)
  // t.test(d, mu = -0.1, alternative = "greater")$p.value
  // t.test(d, mu = 0.1, alternative = "less")$p.value
  const greater = 0.00024457012169053146;
  const less = 0.00053062282057341815;
  const found = tostPaired([0.03, -0.02, 0.05, 0.01, -0.04, 0.02], 0.1);
  assertNear(found.equivalent, less, 1e-9);
  assertNear(found.below, 1 - greater);
  assertNear(found.above, 1 - less);
});

Deno.test("tostPaired() of equal differences is sure, of one it says nothing", () => {
  const sure = (difference: number) =>
    tostPaired([difference, difference], 0.25);
  assertEquals(sure(0), { below: 1, above: 1, equivalent: 0 });
  assertEquals(sure(-0.5), { below: 0, above: 1, equivalent: 1 });
  assertEquals(sure(0.5), { below: 1, above: 0, equivalent: 1 });
  const { below, above, equivalent } = sure(0.25);
  assert(Math.min(below, above, equivalent) >= 0.5);
  assertEquals(tostPaired([0], 1).equivalent, NaN);
  assertThrows(() => tostPaired([0, 1], 0), RangeError, "margin");
});

Deno.test("holm() gives R's p.adjust", () => {
  // p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), "holm")
  const expected = [0.04, 0.09, 0.09, 0.025, 0.5];
  holm([0.01, 0.04, 0.03, 0.005, 0.5])
    .forEach((p, i) => assertNear(p, expected[i]!));
  assertEquals(holm([]), []);
  assertThrows(() => holm([0.5, NaN]), RangeError, "NaN");
});
