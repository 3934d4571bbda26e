import { assertAlmostEquals } from "@std/assert";
import { fittedSlope } from "../../experiments/gradient_snr.ts";

Deno.test("fittedSlope() is that of a line through the logarithms, with its error", () => {
  const slopeOf = (...points: [number, number][]) =>
    fittedSlope(points.map(([x, y]) => ({
      ...{ k: Math.exp(x), value: Math.exp(y), error: 0.1 * Math.exp(y) },
    })));
  const { value, standard_error } = slopeOf([0, 1], [1, 3], [3, 7]);
  assertAlmostEquals(value, 2, 1e-12);
  // sd(y) / sqrt(sum of (x - mean)^2), of which the sum is 14/3.
  assertAlmostEquals(standard_error, 0.1 / Math.sqrt(14 / 3), 1e-12);
  assertAlmostEquals(slopeOf([0, 0], [1, 3], [2, 0]).value, 0, 1e-12);
});
