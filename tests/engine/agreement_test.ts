import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { testOnWebGpu } from "./backends.ts";
import { type Trained, trained, TRAININGS } from "./training.ts";

/**
 * Gradients are compared in reference_test.ts, of every training; here are the
 * updates: each optimiser's, clipped ones, and a variance that steps set.
 */
const ALL = Object.fromEntries(
  [
    "bernoulli, tanh, Adam",
    "bernoulli, isotropic, sampled KL, relu, Adagrad",
    "clipped gradients, weight decay, SGD",
    "gaussian of optimal variance, isotropic, Adagrad",
  ].map((name) => [name, { ...TRAININGS[name]!, steps: 8 }]),
);

let yardstick: Promise<Map<string, Trained>> | undefined;

/** Every training on plain JavaScript, once. */
function onCpu(): Promise<Map<string, Trained>> {
  return yardstick ??= trainOnCpu();
}

async function trainOnCpu(): Promise<Map<string, Trained>> {
  const backend = await openBackend("cpu");
  const runs = new Map<string, Trained>();
  for (const [name, training] of Object.entries(ALL)) {
    runs.set(name, await trained(training, backend));
  }
  return runs;
}

/** Asserts that the terms of all steps are those of the cpu to 1e-4. */
function assertAgree(actual: Trained, expected: Trained, name: string): void {
  assertEquals(actual.terms.length, ALL[name]!.steps);
  expected.terms.forEach((terms, i) => {
    for (const term of ["reconstruction", "kl"] as const) {
      assert(terms[term] !== 0);
      assertAlmostEquals(
        actual.terms[i]![term],
        terms[term],
        1e-4 * Math.abs(terms[term]),
        `${name}, step ${i + 1}: ${term}`,
      );
    }
  });
}

Deno.test("ReferenceEngine has the terms of cpu on wasm", async () => {
  const expected = await onCpu();
  const backend = await openBackend("wasm");
  for (const [name, training] of Object.entries(ALL)) {
    assertAgree(await trained(training, backend), expected.get(name)!, name);
  }
});

testOnWebGpu("ReferenceEngine has the terms of cpu on webgpu", async () => {
  const expected = await onCpu();
  const backend = await openBackend("webgpu");
  for (const [name, training] of Object.entries(ALL)) {
    assertAgree(await trained(training, backend), expected.get(name)!, name);
  }
});
