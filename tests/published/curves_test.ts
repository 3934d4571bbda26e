import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  meanCurve,
  minibatchCurve,
  valueAt,
} from "../../src/published/curves.ts";
import type { ObtainedRun } from "../../src/published/obtained.ts";

const points = (...pairs: [number, number][]) =>
  pairs.map(([samplesSeen, value]) => ({ samplesSeen, value }));

Deno.test("valueAt() is linear in ln(samples), and nowhere outside of the curve", () => {
  const curve = points([100, -10], [10000, -20]);
  assertEquals(valueAt(curve, 100), -10);
  assertAlmostEquals(valueAt(curve, 1000)!, -15, 1e-12);
  assertEquals(valueAt(curve, 10000), -20);
  assertEquals([99, 10001].map((x) => valueAt(curve, x)), [null, null]);
  assertEquals(valueAt([], 100), null);
});

Deno.test("minibatchCurve() is the mean over the steps since the last published point", () => {
  const rows = [[1, -90], [3, -60], [4, -30], [8, -10]].map(([step, elbo]) => ({
    step: String(step),
    minibatch_elbo: String(elbo),
  }));
  const run = { evaluations: rows, config: { batchSize: 10 } };
  const published = points([31, 0], [38, 0], [60, 0], [80, 0], [500, 0]);
  assertEquals(
    minibatchCurve(run as unknown as ObtainedRun, published),
    points([30, (-90 + 2 * -60) / 3], [40, -30], [80, -10]),
  );
});

Deno.test("meanCurve() is the mean over seeds", () => {
  const curves = [points([1, 2], [5, 4]), points([1, 4], [5, 8])];
  assertEquals(meanCurve(curves), points([1, 3], [5, 6]));
  assertEquals(meanCurve([]), []);
});
