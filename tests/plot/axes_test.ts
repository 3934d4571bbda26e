import { assertEquals } from "@std/assert";
import { axisOf, settingScale, tickText } from "../../src/plot/axes.ts";
import { logTicks } from "../../src/plot/theme.ts";

Deno.test("tickText() is what a person writes", () => {
  const written: [number, string][] = [
    [0, "0"],
    [0.1 * 3, "0.3"],
    [0.001, "0.001"],
    [500, "500"],
    [1000, "1k"],
    [20_000, "20k"],
    [1.5e6, "1.5M"],
    [1e9, "1G"],
    [1e13, "10000000000000"],
    [-2000, "\u22122k"],
    [1e-7, "1e\u22127"],
  ];
  for (const [value, text] of written) assertEquals(tickText(value), text);
  assertEquals(logTicks([0.001, 0.9]).map(tickText), ["0.001", "0.01", "0.1"]);
});

Deno.test("settingScale() is logarithmic where numbers spread, else evenly spaced", () => {
  const kinds: [string[], string][] = [
    [["1", "5", "25"], "log"],
    [["1", "2", "3"], "steps"],
    [["1", "2", "100", "101"], "steps"],
    [["0", "10", "1000"], "steps"],
    [["relu", "tanh"], "steps"],
    [["0.0001", "0.001", "0.01"], "log"],
    [["7"], "steps"],
  ];
  for (const [texts, kind] of kinds) {
    assertEquals(settingScale(texts).kind, kind, `${texts}`);
  }
  const { axis } = axisOf(settingScale(["1e-4", "1e-3", "0.01"]));
  assertEquals("values" in axis && axis.values, [1e-4, 1e-3, 0.01]);
});
