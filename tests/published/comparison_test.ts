import { assertEquals } from "@std/assert";
import {
  checkLines,
  isWithin2,
  type PublishedNumber,
  type Scale,
  verdictOf,
} from "../../src/published/comparison.ts";

/** One million degrees of freedom: t quantiles are 1.645 and 1.960. */
function comparison(
  mean: number,
  standardError: number,
  { scale = "nat", isLeast = false }: { scale?: Scale; isLeast?: boolean } = {},
): PublishedNumber {
  return {
    ...{ setup: "set-up", quantity: "quantity", scale, isLeast },
    ...{ published: 7, obtained: 7 + mean },
    difference: { mean, standardError, degreesOfFreedom: 1e6 },
    origins: [
      { seed: 1, commit: null, dirty: null, budget: 1, engine: "wasm" },
    ],
  };
}

Deno.test("verdictOf() agrees within two, one, or not at all, either way", () => {
  for (const sign of [-1, 1]) {
    const verdicts = (error: number, ...means: number[]) =>
      means.map((mean) => verdictOf(comparison(sign * mean, error)));
    // 1.960 standard errors are in the interval, however wide it is.
    assertEquals(verdicts(0.1, 0, 0.19), ["agrees", "agrees"]);
    assertEquals(verdicts(10, 19), ["agrees"]);
    // Margins less 1.645 standard errors.
    assertEquals(verdicts(0.1, 0.2, 0.83), [
      ...["agrees within 1", "agrees within 1"],
    ]);
    assertEquals(verdicts(0.1, 0.84, 1.83, 1.84), [
      ...["agrees within 2", "agrees within 2", "differs"],
    ]);
    // Outside of the interval, and too unsure for a margin.
    assertEquals(verdicts(0.9, 1.7), ["agrees"]);
    assertEquals(verdicts(0.9, 1.8), ["differs"]);
  }
});

Deno.test("verdictOf() counts in nats, units and tenths of a slope", () => {
  const verdicts = (scale: Scale, step: number) =>
    [0.5, 1.5, 2.5].map((steps) =>
      verdictOf(comparison(steps * step, 0.1 * step, { scale }))
    );
  const expected = ["agrees within 1", "agrees within 2", "differs"];
  assertEquals(verdicts("nat", 1), expected);
  assertEquals(verdicts("unit", 1), expected);
  assertEquals(verdicts("0.1", 0.1), expected);
});

Deno.test("verdictOf() finds more no fault where a number is only no less", () => {
  const verdicts = [99, 0, -0.16, -0.17, -1.5, -2.5].map((mean) =>
    verdictOf(comparison(mean, 0.1, { isLeast: true }))
  );
  assertEquals(verdicts, [
    ...["agrees", "agrees", "agrees", "agrees within 1"],
    ...["agrees within 2", "differs"],
  ]);
});

Deno.test("isWithin2() is sure of the margin, also of what agrees", () => {
  const within = (mean: number, error: number) =>
    isWithin2(comparison(mean, error));
  assertEquals(
    [within(0, 1.21), within(0, 1.22), within(-1.8, 0.1), within(1.9, 0.1)],
    [true, false, true, false],
  );
  assertEquals(within(0, NaN), false);
});

Deno.test("one seed decides nothing, and so says --check where there is no other", () => {
  const undecided = comparison(0, NaN);
  assertEquals(verdictOf(undecided), "undecided (one seed)");
  assertEquals(checkLines([undecided, undecided]), [
    "--check: of 2 published numbers one seed decides none; give three, such " +
    "as --seed 1,2,3",
  ]);
  assertEquals(checkLines([undecided, comparison(0, 0.1)]), []);
});

Deno.test("checkLines() names what differs, and nothing else", () => {
  assertEquals(checkLines([comparison(1, 0.1), comparison(-3, 0.1)]), [
    "differs: set-up, quantity: 4.00, published 7.00, difference -3.00 +- 0.20",
  ]);
});
