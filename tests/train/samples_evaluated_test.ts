import { assertEquals } from "@std/assert";
import { MCEM, type ObjectiveSpec } from "../../src/objective/spec.ts";
import {
  formatSamples,
  samplesEvaluated,
} from "../../src/train/samples_evaluated.ts";

Deno.test("samplesEvaluated() counts each leapfrog step and update of Monte Carlo EM", () => {
  const run = { steps: 7, batchSize: 100 };
  const count = (objective: ObjectiveSpec) =>
    samplesEvaluated({ ...run, objective });
  assertEquals(count({ name: "elbo" }), 700);
  assertEquals(count({ name: "wake-sleep" }), 700);
  assertEquals(count({ name: "iwae", k: 50, gradient: "plain" }), 700);
  assertEquals(count(MCEM), 15 * 700);
  const long = { ...MCEM, transitions: 1, leapfrogSteps: 20, updates: 3 };
  assertEquals(count(long), 23 * 700);
});

Deno.test("formatSamples() rounds to three digits", () => {
  assertEquals(
    [1e6, 1_000_500, 25_000, 21_840_000, 7].map(formatSamples),
    ["1e6", "1e6", "2.5e4", "2.18e7", "7e0"],
  );
});
