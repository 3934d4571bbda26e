import { assertEquals } from "@std/assert";
import { marks, stepsAtPoints } from "../../src/published/evaluation_steps.ts";

Deno.test("marks() are 1, 2, 5 times powers of ten", () => {
  assertEquals(marks(99999), [10000, 20000, 50000]);
  assertEquals(marks(2e6).slice(-3), [500000, 1e6, 2e6]);
});

Deno.test("stepsAtPoints() has the steps at the curves' points and marks, once, and the last", () => {
  const points = (...samples: number[]) => ({
    points: samples.map((samplesSeen) => ({ samplesSeen, value: 0 })),
  });
  assertEquals(
    stepsAtPoints(
      [points(30249, 50010), points(12360, 30150, 30251, 99999999)],
      { steps: 600, batchSize: 100 },
    ),
    [100, 124, 200, 302, 303, 500, 600],
  );
  assertEquals(stepsAtPoints([], { steps: 3, batchSize: 10 }), [3]);
});
