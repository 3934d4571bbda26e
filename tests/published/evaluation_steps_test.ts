import { assertEquals } from "@std/assert";
import { MCEM } from "../../src/objective/spec.ts";
import { marks, stepsAtPoints } from "../../src/published/evaluation_steps.ts";

Deno.test("marks() are 1, 2, 5 times powers of ten", () => {
  assertEquals(marks(99999), [10000, 20000, 50000]);
  assertEquals(marks(2e6).slice(-3), [500000, 1e6, 2e6]);
});

Deno.test("stepsAtPoints() has the steps at the curves' points and marks, once, and the last", () => {
  const points = (...samples: number[]) => ({
    points: samples.map((samples) => ({ samples, value: 0 })),
  });
  const objective = { name: "elbo" } as const;
  assertEquals(
    stepsAtPoints(
      [points(30249, 50010), points(12360, 30150, 30251, 99999999)],
      { steps: 600, batchSize: 100, objective },
    ),
    [100, 124, 200, 302, 303, 500, 600],
  );
  assertEquals(stepsAtPoints([], { steps: 3, batchSize: 10, objective }), [3]);
});

Deno.test("stepsAtPoints() counts leapfrog steps and updates of Monte Carlo EM", () => {
  const curves = [{ points: [{ samples: 30000, value: 0 }] }];
  const config = { steps: 40, batchSize: 100, objective: MCEM };
  // 15 times 100 samples a step: 1e4, 2e4, 3e4, 5e4 samples, and the last step.
  assertEquals(stepsAtPoints(curves, config), [7, 13, 20, 33, 40]);
});
