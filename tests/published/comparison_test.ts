import { assertEquals } from "@std/assert";
import {
  nearnessOf,
  offLines,
  type PublishedNumber,
  type Scale,
} from "../../src/published/comparison.ts";

function comparison(
  obtained: number,
  published: number,
  scale: Scale = "nat",
  isLeast = false,
): PublishedNumber {
  const origins = [{ seed: 1, commit: null, dirty: null, budget: 1 }];
  const [setup, quantity] = ["set-up", "quantity"];
  return { setup, quantity, published, obtained, scale, isLeast, origins };
}

Deno.test("nearnessOf() counts in nats, units and tenths of a slope, either way", () => {
  const verdicts = (scale: Scale, step: number) =>
    [-2.1, -2, -1.1, -1, 0, 1, 1.1, 2, 2.1].map((steps) =>
      nearnessOf(comparison(7 + steps * step, 7, scale))
    );
  const expected = [
    ...["off", "within 2", "within 2", "within 1", "within 1"],
    ...["within 1", "within 2", "within 2", "off"],
  ];
  assertEquals(verdicts("nat", 1), expected);
  assertEquals(verdicts("unit", 1), expected);
  assertEquals(verdicts("0.1", 0.1), expected);
});

Deno.test("nearnessOf() takes more for near where a number is only no less", () => {
  const of = (obtained: number) =>
    nearnessOf(comparison(obtained, 7, "nat", true));
  assertEquals([99, 7, 6, 5, 4.9].map(of), [
    ...["within 1", "within 1", "within 1", "within 2", "off"],
  ]);
});

Deno.test("offLines() names what is off, and nothing else", () => {
  assertEquals(offLines([comparison(1, 2), comparison(1, 4)]), [
    "off: set-up, quantity: 1.00, published 4.00",
  ]);
});
