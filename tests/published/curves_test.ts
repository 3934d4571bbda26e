import { MCEM, type ObjectiveSpec } from "../../src/objective/spec.ts";
import {
  curveAt,
  curveOf,
  marks,
  meanCurve,
  minibatchCurve,
  stepsAtPoints,
} from "../../src/published/curves.ts";
import type { Counted } from "../../src/train/samples_evaluated.ts";
import type { ObtainedRun } from "../../src/published/obtained.ts";
import { assertAlmostEquals, assertEquals } from "@std/assert";

const points = (...pairs: [number, number][]) =>
  pairs.map(([samples, value]) => ({ samples, value }));

/** Points whose values do not matter, since so many samples. */
const intervals = (...pairs: [number, number][]) =>
  pairs.map(([samples, since]) => ({ samples, since, value: 0 }));

const config = (objective: ObjectiveSpec = { name: "elbo" }) => ({
  batchSize: 10,
  objective,
});

Deno.test("curveOf() is a column against the samples that the run has evaluated", () => {
  const evaluations = [{ step: "1", elbo: "-9" }, { step: "4", elbo: "-5.5" }];
  const curve = (objective: ObjectiveSpec) => {
    const run = { evaluations, config: config(objective) };
    return curveOf(run as unknown as ObtainedRun, "elbo");
  };
  assertEquals(curve({ name: "elbo" }), points([10, -9], [40, -5.5]));
  assertEquals(curve(MCEM), points([150, -9], [600, -5.5]));
});

Deno.test("curveAt() is linear in ln(samples), and nowhere outside of the curve", () => {
  const curve = points([100, -10], [10000, -20]);
  assertEquals(curveAt(curve, 100), -10);
  assertAlmostEquals(curveAt(curve, 1000)!, -15, 1e-12);
  assertEquals(curveAt(curve, 10000), -20);
  assertEquals([99, 10001].map((x) => curveAt(curve, x)), [null, null]);
  assertEquals(curveAt([], 100), null);
});

Deno.test("minibatchCurve() is the mean over the interval before each published point", () => {
  const rows = [[1, -90], [3, -60], [4, -30], [8, -10]].map(([step, elbo]) => ({
    step: String(step),
    minibatch_elbo: String(elbo),
  }));
  const run = { evaluations: rows, config: config() };
  const published = intervals([31, 0], [38, 26], [60, 50], [80, 65], [
    500,
    450,
  ]);
  const curve = minibatchCurve(run as unknown as ObtainedRun, published);
  assertEquals(curve.map(({ samples }) => samples), [30, 40, 80]);
  // Of the second interval 0.4 steps are of the row that ends at step 3.
  const means = [(-90 + 2 * -60) / 3, (0.4 * -60 + -30) / 1.4, -10];
  curve.forEach(({ value }, i) => assertAlmostEquals(value, means[i]!, 1e-12));
});

Deno.test("minibatchCurve() ends with the last interval of the run", () => {
  const evaluations = [[1, -90], [3, -30], [4, -20]].map(([step, elbo]) => ({
    step: String(step),
    minibatch_elbo: String(elbo),
  }));
  const run = { evaluations, config: config() };
  const ofRun = (...published: [number, number][]) =>
    minibatchCurve(run as unknown as ObtainedRun, intervals(...published));
  const first = { samples: 10, value: -90 };
  assertEquals(ofRun([10, 0], [80, 60]), [
    first,
    { samples: 40, value: (-30 + -20) / 2 },
  ]);
  // Longer than the run; and none where no point of the paper is left.
  assertEquals(ofRun([80, 0]), points([40, (-90 + 2 * -30 + -20) / 4]));
  assertEquals(ofRun([10, 0]), [first]);
});

Deno.test("meanCurve() is the mean over seeds, with their range", () => {
  const curves = [points([1, 2], [5, 4]), points([1, 4], [5, 8])];
  assertEquals(meanCurve(curves), [
    { samples: 1, value: 3, range: [2, 4] },
    { samples: 5, value: 6, range: [4, 8] },
  ]);
  const fewer = [...curves, points([5, 9])];
  assertEquals(meanCurve(fewer), [{ samples: 5, value: 7, range: [4, 9] }]);
  assertEquals(meanCurve([curves[0]!]), curves[0]);
  assertEquals(meanCurve([]), []);
});

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

Deno.test("stepsAtPoints() has the evaluations before the points, where these are known", () => {
  const curves = [{ points: [{ samples: 7000, since: 5100, value: 0 }] }];
  const config = { steps: 80, batchSize: 100, objective: { name: "elbo" } };
  assertEquals(stepsAtPoints(curves, config as Counted), [51, 70, 80]);
});

Deno.test("stepsAtPoints() counts leapfrog steps and updates of Monte Carlo EM", () => {
  const curves = [{ points: [{ samples: 30000, value: 0 }] }];
  const config = { steps: 40, batchSize: 100, objective: MCEM };
  // 15 times 100 samples a step: 1e4, 2e4, 3e4, 5e4 samples, and the last step.
  assertEquals(stepsAtPoints(curves, config), [7, 13, 20, 33, 40]);
});
