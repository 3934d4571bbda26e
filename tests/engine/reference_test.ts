import {
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import type { KlEstimator } from "../../src/model/elbo.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import { type LikelihoodSpec, totalLatentDim } from "../../src/model/spec.ts";
import { UNWEIGHTED } from "../../src/objective/kl_weighting.ts";
import { MCEM } from "../../src/objective/spec.ts";
import { assertGradient, gradientOf } from "../model/derivatives.ts";
import {
  type Arrays,
  arraysOf,
  elboOf,
  largeParameters,
} from "../model/oracle.ts";
import { testOnBackends } from "./backends.ts";
import {
  batchOf,
  DECODERS,
  engineOf,
  settings,
  trained,
  type Training,
  trainingOf,
  TRAININGS,
} from "./training.ts";

/** How the KL of a training is had. */
function estimatorOf({ objective }: Training): KlEstimator {
  return objective.name === "elbo" ? "closed-form" : "sampled";
}

/** Gradients of -ELBO by differences, which are the same on all backends. */
const expectedGradients = new Map<string, Float64Array>();

testOnBackends(
  "ReferenceEngine.gradients() are those of -ELBO",
  async (backend) => {
    for (
      const [name, training] of Object.entries({ ...TRAININGS, ...DECODERS })
    ) {
      const { spec } = training;
      const kl = estimatorOf(training);
      // Initial biases are zero, where relu has no derivative.
      const initial = largeParameters(spec, 4);
      using engine = engineOf(training, backend, initial);
      using vae = engine.vae;
      const arrays = arraysOf(initial);
      const batch = batchOf(training, 1);
      const { terms, gradients } = engine.gradients(batch, UNWEIGHTED);
      const elboAt = (arrays: Arrays) =>
        elboOf(spec, arrays, batch.x, batch.noise, kl, batch.condition);

      const exact = elboAt(arrays);
      const [reconstruction, divergence] = await terms.data();
      const scale = Math.abs(exact.reconstruction);
      assertAlmostEquals(reconstruction!, exact.reconstruction, 1e-5 * scale);
      assertAlmostEquals(divergence!, exact.kl, 1e-5 * scale);

      assertEquals(
        Object.keys(gradients),
        vae.trained().map(([parameter]) => parameter),
      );
      for (const [parameter, gradient] of Object.entries(gradients)) {
        const label = `${name}: ${parameter}`;
        const expected = expectedGradients.get(label) ?? gradientOf((array) => {
          const moved = new Map([...arrays, [parameter, array]]);
          const { reconstruction, kl: own } = elboAt(moved);
          return own - reconstruction;
        }, arrays.get(parameter)!);
        expectedGradients.set(label, expected);
        assertGradient(await gradient.data(), expected, 2e-5, label);
      }
      tf.dispose([terms, gradients]);
    }
  },
);

Deno.test("ReferenceEngine.gradients() leaves the engine's state as it is", async () => {
  const backend = await openBackend("cpu");
  const likelihood: LikelihoodSpec = {
    family: "gaussian",
    variance: "optimal",
    mean: "linear",
  };
  for (
    const training of [
      trainingOf({ spec: { likelihood } }),
      trainingOf({ objective: MCEM }),
    ]
  ) {
    using engine = engineOf(training, backend);
    using _vae = engine.vae;
    engine.step(batchOf(training, 1), training.settings);
    const before = await engine.save();
    const tensors = tf.memory().numTensors;
    tf.dispose(engine.gradients(batchOf(training, 2), UNWEIGHTED));
    assertEquals(await engine.save(), before);
    assertEquals(tf.memory().numTensors, tensors);
  }
});

Deno.test("ReferenceEngine.step() goes the learning rate up the ELBO", async () => {
  const backend = await openBackend("cpu");
  const training = trainingOf({ optimizer: OPTIMIZERS.sgd });
  using engine = engineOf(training, backend);
  using vae = engine.vae;
  const before = await vae.values();
  const { gradients } = engine.gradients(
    batchOf(training, 1),
    UNWEIGHTED,
  );
  engine.step(batchOf(training, 1), settings(0.25));
  const after = await vae.values();
  for (const [i, { name, values }] of before.entries()) {
    const gradient = await gradients[name]!.data();
    values.forEach((value, j) =>
      assertAlmostEquals(
        after[i]!.values[j]!,
        value - 0.25 * gradient[j]!,
        1e-6,
        name,
      )
    );
    assertNotEquals(after[i]!.values, values, name);
  }
});

Deno.test("ReferenceEngine.step() moves the decoder variance if learned", async () => {
  const backend = await openBackend("cpu");
  for (const variance of [0.5, "learned"] as const) {
    const likelihood = {
      family: "gaussian",
      variance,
      mean: "linear",
    } as const;
    const training = trainingOf({ spec: { likelihood } });
    using engine = engineOf(training, backend);
    using vae = engine.vae;
    const before = await vae.spread();
    engine.step(batchOf(training, 1), settings(0.1));
    assertEquals(
      await vae.spread() !== before,
      variance === "learned",
    );
  }
});

testOnBackends(
  "ReferenceEngine.readTerms() gives each step once, in order",
  async (backend) => {
    const training = trainingOf({ steps: 6 });
    const { terms } = await trained(training, backend);
    assertEquals(terms.length, 6);
    using engine = engineOf(training, backend);
    using _vae = engine.vae;
    assertEquals(await engine.readTerms(), []);
    for (const block of [[1], [2, 3, 4], [5, 6]]) {
      for (const [i, step] of block.entries()) {
        engine.step(batchOf(training, step), training.settings);
        assertEquals(engine.pending, i + 1);
      }
      const expected = block.map((step) => terms[step - 1]!);
      assertEquals(await engine.readTerms(), expected);
      assertEquals(engine.pending, 0);
    }
    assertEquals(await engine.readTerms(), []);
  },
);

testOnBackends(
  "ReferenceEngine.evaluate() sums over datapoints of all batches",
  async (backend) => {
    for (const [name, training] of Object.entries(TRAININGS)) {
      const { spec } = training;
      // Evaluations have the closed form wherever there is one.
      const kl = spec.upper ? "sampled" : "closed-form";
      using engine = engineOf(training, backend);
      using vae = engine.vae;
      const arrays = arraysOf(await vae.values());
      // An optimal variance stays as it was set in training: 1 here.
      const likelihood = spec.likelihood.family === "gaussian" &&
          spec.likelihood.variance === "optimal"
        ? { ...spec.likelihood, variance: "learned" } as const
        : spec.likelihood;
      const batches = [10, 4, 1].map((size, i) =>
        batchOf({ ...training, size }, i + 1)
      );
      const expected = { reconstruction: 0, kl: 0 };
      for (const { x, noise, size, condition } of batches) {
        const terms = elboOf(
          { ...spec, likelihood },
          arrays,
          x,
          noise,
          kl,
          condition,
        );
        expected.reconstruction += size * terms.reconstruction;
        expected.kl += size * terms.kl;
      }
      const sums = await engine.evaluate(batches);
      const scale = Math.abs(expected.reconstruction);
      assertAlmostEquals(
        sums.reconstruction,
        expected.reconstruction,
        1e-5 * scale,
        name,
      );
      assertEquals(sums.kl.length, totalLatentDim(spec));
      const total = sums.kl.reduce((a, b) => a + b);
      assertAlmostEquals(total, expected.kl, 1e-5 * scale, name);
    }
  },
);

Deno.test("ReferenceEngine.evaluate() changes nothing that training sees", async () => {
  const backend = await openBackend("cpu");
  for (const [name, training] of Object.entries(TRAININGS)) {
    const { terms, parameters } = await trained(training, backend);
    using engine = engineOf(training, backend);
    using vae = engine.vae;
    for (let step = 1; step <= training.steps; step++) {
      engine.step(batchOf(training, step), training.settings);
      await engine.evaluate([batchOf({ ...training, size: 4 }, 100)]);
    }
    assertEquals(await engine.readTerms(), terms, name);
    assertEquals(await vae.values(), parameters, name);
  }
});

Deno.test("ReferenceEngine refuses objectives of one layer for a model of two", async () => {
  const backend = await openBackend("cpu");
  const spec = { upper: { latentDim: 2, hidden: [] } };
  for (const name of ["elbo", "wake-sleep"] as const) {
    assertThrows(
      () => engineOf(trainingOf({ spec, objective: { name } }), backend),
      RangeError,
      `${name} is of one layer`,
    );
  }
});

Deno.test("ReferenceEngine.step() asks the device first", async () => {
  await openBackend("cpu");
  const training = trainingOf();
  const check = () => {
    throw new Error("the device is gone");
  };
  using engine = engineOf(training, { check });
  using _vae = engine.vae;
  assertThrows(
    () => engine.step(batchOf(training, 1), settings(0.1)),
    Error,
    "the device is gone",
  );
  assertEquals(engine.pending, 0);
});
