import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { scaleOf } from "../../src/web/scales.ts";

Deno.test("scaleOf() gives a pixel's value back, also of logarithms below zero", () => {
  const size = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  fc.assert(fc.property(
    fc.tuple(size, size),
    fc.constantFrom("linear" as const, "log" as const),
    fc.boolean(),
    ([a, b], kind, isNegative) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b) * 1.1];
      const domain = isNegative ? [-high, -low] as const : [low, high] as const;
      const { at, valueAt } = scaleOf({ kind, domain }, [300, 10], 5);
      assertAlmostEquals(at(domain[0]), 300, 1e-6);
      assertAlmostEquals(at(domain[1]), 10, 1e-6);
      const value = valueAt(120);
      assert(value >= domain[0] && value <= domain[1]);
      assertAlmostEquals(at(value), 120, 1e-6);
    },
  ));
});

Deno.test("scaleOf() has round ticks inside of the domain", () => {
  const ticks = (kind: "linear" | "log", low: number, high: number) =>
    scaleOf({ kind, domain: [low, high] }, [0, 400], 4).ticks
      .map(([, text]) => text);
  assertEquals(ticks("linear", -161, -84), [
    ...["\u2212160", "\u2212140", "\u2212120", "\u2212100"],
  ]);
  assertEquals(ticks("log", 800, 600_000), ["1k", "10k", "100k"]);
  assertEquals(ticks("log", -300, -9), [
    ...["\u2212200", "\u2212100", "\u221250", "\u221220", "\u221210"],
  ]);
  // No power of ten is near: as on a linear axis.
  assertEquals(ticks("log", -190, -97), ["\u2212150", "\u2212100"]);
  assertEquals(ticks("linear", 1, 1), []);
});
