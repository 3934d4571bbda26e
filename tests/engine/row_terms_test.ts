import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import type { RowTerms } from "../../src/engine/engine.ts";
import { openDrawEngine } from "../../src/engine/open_engine.ts";
import {
  type DrawEngine,
  referenceDraws,
} from "../../src/engine/draw_engine.ts";
import { WasmEngine } from "../../src/engine/wasm/wasm_engine.ts";
import { batchOf, noiseOf } from "../../src/evaluate/draws.ts";
import { UserError } from "../../src/errors.ts";
import { stream } from "../../src/random/stream.ts";
import {
  batchOf as trainingBatch,
  DECODERS,
  trainingOf,
  TRAININGS,
  vaeOf,
} from "./training.ts";
import { assertRowTerms, SHAPES } from "./row_terms.ts";
import { allThreadsOf, isSupported, wasmDraws } from "./wasm/trainings.ts";

Deno.test("WasmEngine.rowTerms() are those of the model, with all units and with some", async () => {
  await openBackend("cpu");
  const unsupported: string[] = [];
  for (
    const [name, training] of [
      ...Object.entries(TRAININGS),
      ...Object.entries(DECODERS),
      ...SHAPES.map((shape) => ["shape", trainingOf(shape)] as const),
    ]
  ) {
    const { spec } = training;
    if (!isSupported(training)) {
      unsupported.push(name);
      continue;
    }
    const label = JSON.stringify(spec);
    using vae = vaeOf(spec);
    using engine = await wasmDraws(vae, 1);
    const reference = referenceDraws(vae);
    const batch = trainingBatch(training, 1);
    const units = Array.from({ length: spec.latentDim }, (_, j) => j);
    const some = units.map((j) => j % 2 === 1);
    const none = units.map(() => false);
    const all: RowTerms[] = [];
    for (const kept of [undefined, some, none, undefined]) {
      const expected = await reference.rowTerms(batch, kept);
      const actual = await engine.rowTerms(batch, kept);
      assertRowTerms(actual, expected, `${label}, ${kept}`);
      if (kept === none) assert(actual.logRatio.every((ratio) => ratio === 0));
      if (kept === undefined) all.push(actual);
      else if (spec.latentDim > 1) {
        assert(actual.logLikelihood[0] !== all[0]!.logLikelihood[0]);
      }
    }
    assertEquals(all[1], all[0], "some units leave nothing behind");
  }
  assertEquals(unsupported, [
    "bernoulli, a convolution, relu, SGD",
    "full covariance, SGD",
    "conditional, a convolution, two layers, SGD",
    "bounded log variances, full covariance, SGD",
    "two layers, sampled KL, SGD",
    "discretised-logistic",
  ]);
});

Deno.test("WasmEngine.rowTerms() make the noise of streams, to the bit", async () => {
  await openBackend("cpu");
  const [size, samples] = [13, 7];
  const rows = { index: 2, first: 2 ** 33, count: size };
  const draws = { index: 3, first: 150, count: samples };
  for (const latentDim of [1, 8, 20]) {
    const { spec } = trainingOf({ spec: { latentDim } });
    using vae = vaeOf(spec);
    const uniforms = stream(1, "data").uniforms(size * spec.dataDim);
    const pixels = { x: Float32Array.from(uniforms), condition: undefined };
    const seed = 2 ** 40 + 7;
    const keyed = batchOf(
      pixels,
      "importance",
      seed,
      rows,
      draws,
      latentDim,
    );
    const { noise, streams, ...sizes } = keyed;
    assertEquals(
      noise,
      noiseOf("importance", seed, rows, draws, latentDim),
    );
    for (const threads of [1, 2]) {
      using engine = await wasmDraws(vae, threads);
      await allThreadsOf(engine, threads);
      const given = await engine.rowTerms({ ...sizes, noise });
      const made = await engine.rowTerms({
        ...sizes,
        ...{ streams: streams! },
        get noise(): Float32Array {
          throw new Error("the noise is read");
        },
      });
      assertEquals(made, given, `${latentDim}, ${threads} threads`);
      assert(new Set(made.logRatio).size > size);
      // What was made is not what the next draws take.
      const zeros = new Float32Array(noise.length);
      const without = await engine.rowTerms({ ...sizes, noise: zeros });
      assertEquals(new Set(without.logRatio).size, size);
    }
  }
});

Deno.test("WasmEngine.rowTerms() have the parameters that the model had", async () => {
  await openBackend("cpu");
  const training = trainingOf();
  using vae = vaeOf(training.spec);
  using engine = await wasmDraws(vae, 1);
  const batch = trainingBatch(training, 1);
  const before = await engine.rowTerms(batch);
  const bias = vae.parameters.get("decoder/output/bias")!;
  tf.tidy(() => bias.assign(tf.add(bias, 1)));
  assertEquals(await engine.rowTerms(batch), before);
});

Deno.test("openDrawEngine() opens what is described, and refuses what wasm cannot", async () => {
  await openBackend("cpu");
  const training = trainingOf();
  using vae = vaeOf(training.spec);
  const terms: RowTerms[] = [];
  for (
    const description of [
      { name: "reference", bits: "backend" },
      { name: "wasm", bits: "portable" },
    ] as const
  ) {
    using engine: DrawEngine & Disposable = await openDrawEngine(
      description,
      vae,
      1,
    );
    assertEquals(engine instanceof WasmEngine, description.name === "wasm");
    terms.push(await engine.rowTerms(trainingBatch(training, 1)));
  }
  assertRowTerms(terms[1]!, terms[0]!, "portable");
  using upper = vaeOf(TRAININGS["two layers, sampled KL, SGD"]!.spec);
  await assertRejects(
    () => openDrawEngine({ name: "wasm", bits: "portable" }, upper, 1),
    UserError,
    "two layers of latent variables; take --engine reference",
  );
});
