import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import type { KlWeighting } from "../../src/objective/kl_weighting.ts";
import {
  importanceSamples,
  objectiveLabel,
  type ObjectiveSpec,
} from "../../src/objective/spec.ts";
import { batchOf, engineOf, settings, trainingOf } from "../engine/training.ts";

const IWAE = { name: "iwae", k: 5, gradient: "dreg" } as const;

Deno.test("objectiveLabel() and importanceSamples() say what is in a specification", () => {
  const cases: [ObjectiveSpec, string, number][] = [
    [{ name: "elbo" }, "elbo", 1],
    [{ name: "elbo-sampled", gradient: "plain" }, "elbo-sampled", 1],
    [{ name: "elbo-sampled", gradient: "stl" }, "elbo-sampled-stl", 1],
    [{ ...IWAE, gradient: "plain" }, "iwae-k5", 5],
    [IWAE, "iwae-k5-dreg", 5],
  ];
  for (const [spec, label, k] of cases) {
    assertEquals([objectiveLabel(spec), importanceSamples(spec)], [label, k]);
  }
});

Deno.test("a step's objective is reconstruction - beta KL, in every row", async () => {
  const backend = await openBackend("cpu");
  const training = trainingOf();
  for (const beta of [0, 0.5, 1, 4]) {
    using engine = engineOf(training, backend);
    using _ = engine.vae;
    engine.step(batchOf(training, 1), { ...settings(0.01), beta });
    const [terms] = await engine.readTerms();
    const { reconstruction, kl, objective, more } = terms!;
    const expected = reconstruction - beta * kl;
    assertAlmostEquals(objective, expected, 1e-6 * Math.abs(expected));
    assertEquals(more, {});
  }
});

Deno.test("a step's weighting changes its gradient, not the terms of its ELBO", async () => {
  const backend = await openBackend("cpu");
  const training = trainingOf();
  const outcome = async (weighting: Partial<KlWeighting>) => {
    using engine = engineOf(training, backend);
    using vae = engine.vae;
    engine.step(batchOf(training, 1), { ...settings(0.01), ...weighting });
    const [terms] = await engine.readTerms();
    const { reconstruction, kl } = terms!;
    return { terms: { reconstruction, kl }, after: await vae.values() };
  };
  const plain = await outcome({});
  const weightings: Partial<KlWeighting>[] = [
    { beta: 3 },
    { freeBits: 2 },
    { capacity: 9 },
  ];
  for (const weighting of weightings) {
    const { terms, after } = await outcome(weighting);
    assertEquals(terms, plain.terms);
    assertNotEquals(after, plain.after);
  }
});

Deno.test("iwae logs its bound beside the ELBO, in training and evaluation", async () => {
  const backend = await openBackend("cpu");
  const training = trainingOf({ objective: IWAE, samples: 2 });
  using engine = engineOf(training, backend);
  using _ = engine.vae;
  const batch = batchOf(training, 1);
  assertEquals(batch.samples, 10);
  const sums = await engine.evaluate([batch]);
  engine.step(batch, { ...settings(0.01), beta: 0.5 });
  const [terms] = await engine.readTerms();
  const { reconstruction, kl, objective, more } = terms!;
  // The bound is the same whether it is trained on or not.
  assertAlmostEquals(more["iwae_bound"]!, sums.more["iwae_bound"]! / 10, 1e-5);
  assertAlmostEquals(reconstruction, sums.reconstruction / 10, 1e-5);
  const closedForm = sums.kl.reduce((sum, value) => sum + value, 0) / 10;
  assertAlmostEquals(kl, closedForm, 1e-5);
  assertNotEquals(objective, more["iwae_bound"]);
});
