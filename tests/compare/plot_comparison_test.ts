import { assert, assertEquals } from "@std/assert";
import { compareTrees } from "../../src/compare/compare_trees.ts";
import {
  curvePoints,
  differencePoints,
  plotComparison,
} from "../../src/compare/plot_comparison.ts";
import { treeFromFolder } from "../../src/compare/tree.ts";
import { withFolder } from "../data/helpers.ts";
import { plant, writeRun } from "./results.ts";

const EXACT = { atol: 0, rtol: 0, scale: 0 };

function ramp(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => i + 1);
}

Deno.test("differencePoints() keeps one step that differs among 100,000", () => {
  const steps = ramp(100_000);
  const a = steps.map((step) => Math.sin(step));
  const b = a.slice();
  b[54_321]! += 1e-3;
  b[60_000] = NaN;
  const points = differencePoints(steps, a, b, EXACT);
  assert(points.length < 1000);
  const differing = points.filter(({ difference }) => difference !== 0);
  assertEquals(differing.map(({ step }) => step), [54_322, 60_001]);
  assertEquals(differing[1]!.difference, null);
});

Deno.test("curvePoints() averages many steps, keeps few, and breaks at NaN", () => {
  const many = ramp(3000);
  const points = curvePoints(many, many, many.map((v) => 2 * v));
  assertEquals(points.length, 300);
  assertEquals(points[0], { step: 5.5, a: 5.5, b: 11 });
  const few = ramp(3);
  assertEquals(curvePoints(few, few, Float64Array.of(1, NaN, 3)), [
    { step: 1, a: 1, b: 1 },
    { step: 2, a: 2, b: null },
    { step: 3, a: 3, b: 3 },
  ]);
  assertEquals(curvePoints(ramp(0), ramp(0), ramp(0)), []);
});

Deno.test("plotComparison() draws the runs that differ, with both labels", async () => {
  await withFolder(async (folder) => {
    const [a, b] = [`${folder}/a`, `${folder}/b`];
    for (const tree of [a, b]) {
      await writeRun(`${tree}/e`, "changed");
      await writeRun(`${tree}/e`, "unchanged", { seed: 2, config: { z: 1 } });
    }
    await plant(`${b}/e/changed/train.csv`, 7, "kl", (v) => `${+v + 1}`);
    const treeA = await treeFromFolder(a, "before");
    const treeB = await treeFromFolder(b, "after");
    const comparison = await compareTrees(treeA, treeB);
    const svg = await plotComparison(treeA, treeB, comparison);
    for (const text of ["A: before", "B: after", "e/changed", "kl", "B - A"]) {
      assert(svg!.includes(`>${text}<`), text);
    }
    assert(!svg!.includes("e/unchanged"));
    assert(!svg!.includes("NaN"));
    assertEquals(await plotComparison(treeA, treeB, comparison), svg);

    const same = await compareTrees(treeA, treeA);
    const unchanged = await plotComparison(treeA, treeA, same);
    assert(unchanged!.includes(">e/unchanged<"));
    assert(unchanged!.includes(">elbo<"));
  });
});

Deno.test("plotComparison() draws nothing where no run is in both trees", async () => {
  await withFolder(async (folder) => {
    await writeRun(`${folder}/a/e`, "one");
    await writeRun(`${folder}/b/e`, "two", { seed: 2 });
    const [a, b] = [
      await treeFromFolder(`${folder}/a`),
      await treeFromFolder(`${folder}/b`),
    ];
    assertEquals(await plotComparison(a, b, await compareTrees(a, b)), null);
  });
});
