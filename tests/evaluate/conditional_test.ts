/** A conditional model at one y is a VAE of other biases, whatever is asked. */

import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { adaptedImportance } from "../../src/evaluate/adapted_importance.ts";
import { meanOverRows } from "../../src/evaluate/estimates.ts";
import { evaluateVae } from "../../src/evaluate/evaluate_vae.ts";
import { gradientSignalToNoise } from "../../src/evaluate/gradient_signal_to_noise.ts";
import { referenceDraws } from "../../src/engine/draw_engine.ts";
import {
  encode,
  generate,
  reconstruct,
  sampleObservations,
} from "../../src/engine/generate.ts";
import type { VaeSpec } from "../../src/model/spec.ts";
import { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { wasmDraws } from "../engine/wasm/trainings.ts";
import { arraysGiven, arraysOf, largeParameters } from "../model/oracle.ts";

const UPPER = { latentDim: 1, hidden: [2] };

const Y = [0.5, -1, 2];

/** A conditional model, and the VAE that it is at {@linkcode Y}. */
function pair(upper: VaeSpec["upper"] = null): [Vae, Vae] {
  const { conditionDim, ...plain } = {
    ...{ dataDim: 4, latentDim: 2, hidden: [3], conditionDim: 3 },
    ...{ activation: "tanh", posterior: "diagonal", upper },
    likelihood: { family: "bernoulli" },
    initialisation: "glorot",
  } as const satisfies VaeSpec;
  const parameters = largeParameters({ ...plain, conditionDim }, 3);
  const shifted = arraysGiven(arraysOf(parameters), Y);
  const fixed = parameters.filter(({ name }) => !name.endsWith("/condition"))
    .map(({ name, shape }) => ({
      ...{ name, shape },
      values: Float32Array.from(shifted.get(name)!),
    }));
  return [
    new Vae({ ...plain, conditionDim }, parameters),
    new Vae(plain, fixed),
  ];
}

const COUNT = 6;
const pixels = Float32Array.from(
  stream(2, "data").uniforms(COUNT * 4),
  Math.round,
);
const ofRows = Float32Array.from({ length: COUNT * 3 }, (_, i) => Y[i % 3]!);
const rows = { count: COUNT, dim: 4, values: pixels };
const given = { ...rows, condition: { dim: 3, values: ofRows } };

Deno.test("an evaluation of a conditional model is that of the VAE at y", async () => {
  await openBackend("cpu");
  for (const upper of [null, UPPER]) {
    const [conditional, fixed] = pair(upper);
    using _conditional = conditional;
    using _fixed = fixed;
    const request = {
      ...{ k: 5, rows: null, samples: 3, seed: 1 },
      estimators: ["importance", "ais", "hmc"] as const,
      chains: {
        ais: { chains: 2, temperatures: [0, 0.5, 1] },
        hmc: { chains: 4, burnIn: 3, samples: 3 },
      },
    };
    const expected = await evaluateVae(fixed, rows, request);
    const found = await evaluateVae(conditional, given, request);
    assertEquals(
      [...found.quantities.keys()],
      [...expected.quantities.keys()],
    );
    for (const [name, { value }] of found.quantities) {
      const other = expected.quantities.get(name)!.value;
      // Chains carry rounding on.
      const tolerance = name.startsWith("nll_") ? 1e-3 : 2e-5;
      assertAlmostEquals(value, other, tolerance * Math.abs(other), name);
    }
    if (upper !== null) continue;
    using engine = await wasmDraws(conditional);
    const { quantities } = await evaluateVae(conditional, given, {
      ...request,
      estimators: ["importance"],
      engine,
    });
    const bound = quantities.get("iwae_bound")!.value;
    const other = expected.quantities.get("iwae_bound")!.value;
    assertAlmostEquals(bound, other, 1e-4);
  }
});

Deno.test("draws, encodings and gradients of a conditional model are those of the VAE at y", async () => {
  await openBackend("cpu");
  const [conditional, fixed] = pair();
  using _conditional = conditional;
  using _fixed = fixed;
  const noise = stream(1, "generate").normals(COUNT * 2);
  const uniforms = Float32Array.from(stream(4, "data").uniforms(COUNT * 4));
  const pairs = [
    [await generate(conditional, noise, ofRows), await generate(fixed, noise)],
    [
      await sampleObservations(conditional, noise, uniforms, ofRows),
      await sampleObservations(fixed, noise, uniforms),
    ],
    [
      await reconstruct(conditional, pixels, ofRows),
      await reconstruct(fixed, pixels),
    ],
    [
      (await encode(conditional, pixels, ofRows)).mean,
      (await encode(fixed, pixels)).mean,
    ],
  ];
  for (const [found, expected] of pairs) {
    assertEquals(found!.length, expected!.length);
    found!.forEach((value, i) =>
      assertAlmostEquals(value, expected![i]!, 1e-5)
    );
  }

  const draws = { ...{ seed: 1, latentDim: 2, rounds: 2, k: 50 } };
  const [one, other] = await Promise.all([
    adaptedImportance(given, { ...draws, engine: referenceDraws(conditional) }),
    adaptedImportance(rows, { ...draws, engine: referenceDraws(fixed) }),
  ]);
  assertAlmostEquals(meanOverRows(one).value, meanOverRows(other).value, 1e-4);

  // The encoder has more parameters: the decoder's spread is another, too.
  const { encoder } = await gradientSignalToNoise(conditional, pixels, {
    ...{ objective: { name: "elbo" }, draws: 10, seed: 1 },
    condition: ofRows,
  });
  const expected = await gradientSignalToNoise(fixed, pixels, {
    ...{ objective: { name: "elbo" }, draws: 10, seed: 1 },
  });
  assertEquals(encoder.varying, expected.encoder.varying + 3 * 3);
});

Deno.test("Vae.given() refuses another size, and no y is no default", async () => {
  await openBackend("cpu");
  const [conditional, fixed] = pair();
  using _conditional = conditional;
  using _fixed = fixed;
  tf.tidy(() => {
    const x = tf.tensor2d(pixels, [COUNT, 4]);
    assertThrows(() => conditional.given(tf.ones([COUNT, 2])), RangeError);
    assertThrows(() => fixed.given(tf.ones([COUNT, 3])), RangeError);
    assertThrows(() => conditional.encode(x), Error, "Vae.given");
    assertThrows(() => conditional.decode(tf.ones([1, 1, 2])), Error, "given");
  });
});
