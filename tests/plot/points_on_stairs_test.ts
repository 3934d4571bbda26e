import { assertEquals, assertThrows } from "@std/assert";
import { pointsOnStairs } from "../../src/plot/points_on_stairs.ts";

Deno.test("pointsOnStairs() falls by one at each step, from all of them to none", () => {
  const spec = pointsOnStairs({
    ...{ title: "title", xTitle: "x", yTitle: "y", names: ["a"] },
    panels: [{
      title: "panel",
      points: [{ name: "a", x: 0.3, y: 2 }],
      steps: [6, 0.6, 1.5],
    }],
  });
  const [{ layer: [stairs, points] }] = (spec as unknown as {
    concat: [{ layer: [Layer, Layer] }];
  }).concat;
  assertEquals(stairs.mark.interpolate, "step-after");
  const [first, ...others] = stairs.data.values;
  const last = others.pop();
  assertEquals(others, [{ x: 0.6, y: 2 }, { x: 1.5, y: 1 }, { x: 6, y: 0 }]);
  assertEquals([first!.y, last!.y], [3, 0]);
  assertEquals([first!.x < 0.3, last!.x > 6], [true, true]);
  assertEquals(points.data.values, [{ name: "a", x: 0.3, y: 2 }]);
});

interface Layer {
  readonly mark: { readonly interpolate?: string };
  readonly data: {
    readonly values: readonly { name?: string; x: number; y: number }[];
  };
}

Deno.test("pointsOnStairs() refuses no panels, and names that no shape is for", () => {
  const figure = { title: "title", xTitle: "x", yTitle: "y" };
  assertThrows(
    () => pointsOnStairs({ ...figure, names: [], panels: [] }),
    RangeError,
    "no panels",
  );
  const names = ["a", "b", "c", "d", "e"];
  const panels = [{ title: "", points: [], steps: [1] }];
  assertThrows(
    () => pointsOnStairs({ ...figure, names, panels }),
    RangeError,
    "5 names",
  );
});
