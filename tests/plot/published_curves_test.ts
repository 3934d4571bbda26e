import { assertEquals } from "@std/assert";
import { publishedCurves } from "../../src/plot/published_curves.ts";
import { COLOURS } from "../../src/plot/theme.ts";

type Encoding = Record<string, { scale: Record<string, unknown[]> }>;

Deno.test("publishedCurves() has points inside of the axes, and each name its colour", () => {
  const points = [[50, 1], [100, 2], [200, 9], [400, 3], [2000, 4]]
    .map(([samples, value]) => ({
      samples: samples!,
      value: value!,
      ...samples === 400 && { range: [2, 7] as const },
    }));
  const line = { name: "c", isPublished: false, points };
  const spec = publishedCurves(
    [{ title: "panel", lines: [line], y: [0, 5] }],
    { x: [100, 1000], yTitle: "y", columns: 1, names: ["a", null, "c"] },
    { title: "title" },
  );
  const [panel] = (spec as unknown as {
    concat: {
      data: { values: unknown[] };
      encoding: Encoding;
      layer: { mark: { type: string }; encoding: Encoding }[];
    }[];
  }).concat;
  assertEquals(panel!.data.values, [
    { line: "c, obtained", at: 0, samples: 100, value: 2 },
    // A band ends where the axes do.
    { line: "c, obtained", at: 0, samples: 400, value: 3, low: 2, high: 5 },
  ]);
  assertEquals(panel!.layer.map(({ mark }) => mark.type), ["area", "line"]);
  const { color } = panel!.encoding;
  const { strokeDash } = panel!.layer[1]!.encoding;
  assertEquals(color!.scale["domain"], [
    ...["a, published", "a, obtained", "c, published", "c, obtained"],
  ]);
  assertEquals(
    color!.scale["range"],
    [COLOURS[0], COLOURS[0], COLOURS[2], COLOURS[2]],
  );
  assertEquals(strokeDash!.scale["domain"], color!.scale["domain"]);
});
