import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { curveOf, meanPlace, valueAt } from "../../../src/web/report/lines.ts";
import { twoSeedsText } from "../../../src/web/report/text.ts";
import {
  floatsOf,
  type RunRecord,
} from "../../../src/web/report/record/record.ts";
import { meanInterval } from "../../../src/statistics/mean_interval.ts";
import { tQuantile } from "../../../src/statistics/student.ts";

const REQUEST = {
  split: "test",
  column: "elbo",
  along: "steps",
  tValues: [tQuantile(0.975, 1), tQuantile(0.975, 2)],
} as const;

function run(steps: readonly number[], elbo: readonly number[]): RunRecord {
  return {
    test: {
      ...{ steps, samples: steps },
      columns: { elbo: { mean: floatsOf(elbo) } },
    },
  } as unknown as RunRecord;
}

Deno.test("curveOf() of several runs has their mean and its t interval", () => {
  const all = [[1, 5], [2, 7], [6, 6]];
  const points = curveOf(all.map((elbo) => run([10, 20], elbo)), REQUEST);
  assertEquals(points.map(({ x }) => x), [10, 20]);
  for (const [i, { y, band }] of points.entries()) {
    const { mean, low, high } = meanInterval(all.map((elbo) => elbo[i]!));
    assertAlmostEquals(y, mean, 1e-12);
    assertAlmostEquals(band![0], low, 1e-12);
    assertAlmostEquals(band![1], high, 1e-12);
  }
});

Deno.test("curveOf() ends a mean where the first of its runs ends, and takes values between", () => {
  const points = curveOf(
    [run([10, 30], [0, 2]), run([10, 20], [5, 5])],
    REQUEST,
  );
  assertEquals(points.map(({ x, y }) => [x, y]), [[10, 2.5]]);
  const whole = curveOf([
    run([10, 30], [0, 2]),
    run([10, 20, 30], [0, 3, 4]),
  ], REQUEST);
  assertEquals(whole.map(({ x, y }) => [x, y]), [[10, 0], [20, 2], [30, 3]]);
});

Deno.test("curveOf() of one run is its curve; of none there is none", () => {
  assertEquals(curveOf([run([1, 2], [3, NaN])], REQUEST), [
    { x: 1, y: 3 },
    { x: 2, y: NaN },
  ]);
  assertEquals(curveOf([], REQUEST), []);
  assertEquals(curveOf([run([], [])], REQUEST), []);
});

Deno.test("meanPlace() of one value has no band", () => {
  assertEquals(meanPlace([4], REQUEST.tValues), { y: 4 });
});

Deno.test("valueAt() is the value before the pointer, or the last one", () => {
  const points = [{ x: 1, y: 10 }, { x: 5, y: 50 }, { x: 9, y: NaN }];
  assertEquals(
    [null, 0, 1, 4.9, 5, 99].map((x) => valueAt(points, x)),
    [null, 10, 10, 10, 50, null],
  );
  assertEquals(valueAt([], 3), null);
});

Deno.test("twoSeedsText() says why bands of two seeds are wide", () => {
  const tValues = [12.706, 4.303];
  assertEquals(twoSeedsText([1, 3, 3], tValues), "");
  assertMatch(twoSeedsText([3, 2], tValues), /two seeds it reaches 12\.7 /);
});
