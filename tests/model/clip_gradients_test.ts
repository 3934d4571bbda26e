import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import type { StepTerms } from "../../src/engine/engine.ts";
import { unsupported } from "../../src/engine/supported.ts";
import { SUPPORTED as BY_WASM } from "../../src/engine/wasm/supported.ts";
import { SUPPORTED as BY_WEBGPU } from "../../src/engine/webgpu/supported.ts";
import { clipInMemory } from "../../src/engine/wasm/clip.ts";
import { clipGradients } from "../../src/model/clip_gradients.ts";
import { OPTIMIZERS } from "../../src/model/optimizers.ts";
import {
  batchOf,
  engineOf,
  settings,
  trained,
  type Training,
  trainingOf,
} from "../engine/training.ts";
import { wasmEngineOf } from "../engine/wasm/trainings.ts";

const backend = await openBackend("cpu");

/** The gradients, clipped, one after the other. */
async function clipped(most: number, ...arrays: number[][]) {
  const all = tf.tidy(() => {
    const gradients = Object.fromEntries(
      arrays.map((values, i) => [`${i}`, tf.tensor1d(values)]),
    );
    return tf.concat1d(
      Object.values(clipGradients(gradients, most)) as tf.Tensor1D[],
    );
  });
  const values = await all.data();
  all.dispose();
  return [...values];
}

Deno.test("clipGradients() scales to the norm over all arrays, and no smaller ones", async () => {
  // |(3, 4, 12)| = 13
  const scaled = await clipped(6.5, [3, 4], [12]);
  [1.5, 2, 6].forEach((g, i) => assertAlmostEquals(scaled[i]!, g, 1e-6));
  const small = [0.1, -1e-30, 3e-5].map(Math.fround);
  assertEquals(await clipped(1, small.slice(0, 2), small.slice(2)), small);
  assertEquals(await clipped(13, [3, 4], [12]), [3, 4, 12]);
  assertEquals(await clipped(1, [0, 0], [0]), [0, 0, 0]);
  const huge = await clipped(1, [3e30], [4e30]);
  [0.6, 0.8].forEach((g, i) => assertAlmostEquals(huge[i]!, g, 1e-6));
  const most = await clipped(1e-3, [3e38], [-3e38, 3e38]);
  const signs = [1, -1, 1];
  signs.forEach((sign, i) =>
    assertAlmostEquals(most[i]!, sign * 1e-3 / Math.sqrt(3), 1e-9)
  );
  const bad = await clipped(1, [NaN, 1], [2]);
  assert(Number.isNaN(bad[0]));
});

Deno.test("clipInMemory() scales the largest gradients, and leaves infinite ones", () => {
  const clippedInMemory = (values: number[]) => {
    const memory = Float32Array.from(values);
    const columns = values.length;
    const placed = [{ at: 0, rows: 1, columns, stride: 4 * columns }];
    clipInMemory(memory.buffer, placed, 1e-3);
    return [...memory];
  };
  for (const g of clippedInMemory([3e38, 3e38, 3e38, 3e38])) {
    assertAlmostEquals(g, 5e-4, 1e-10);
  }
  assertEquals(clippedInMemory([Infinity, 1]), [Infinity, 1]);
});

const SGD = trainingOf({
  ...{ optimizer: OPTIMIZERS.sgd, weightDecay: 0.1, steps: 4 },
  settings: settings(0.1),
});

/** The gradients of the first step, and the parameters before and after it. */
async function firstStep(training: Training) {
  using engine = engineOf(training, backend);
  using vae = engine.vae;
  const batch = batchOf(training, 1);
  const before = await vae.values();
  const { terms, gradients } = engine.gradients(batch, training.settings);
  const found = await Promise.all(
    before.map(({ name }) => gradients[name]!.data<"float32">()),
  );
  tf.dispose([terms, gradients]);
  engine.step(batch, training.settings);
  return { before, gradients: found, after: await vae.values() };
}

Deno.test("a step whose gradient is clipped is one with the gradient scaled, before weight decay", async () => {
  const { before, gradients } = await firstStep(SGD);
  const norm = Math.hypot(...gradients.flatMap((g) => [...g]));
  const most = norm / 3;
  const clippedStep = { ...SGD, clipGradient: most };
  const { after } = await firstStep(clippedStep);
  using wasm = await wasmEngineOf(clippedStep);
  using _vae = wasm.vae;
  wasm.step(batchOf(SGD, 1), SGD.settings);
  const { arrays } = await wasm.save();
  before.forEach(({ name, values }, i) => {
    values.forEach((value, j) => {
      const expected = value - 0.1 * (gradients[i]![j]! / 3 + 0.1 * value);
      assertAlmostEquals(after[i]!.values[j]!, expected, 1e-6, name);
      assertAlmostEquals(arrays[i]!.values[j]!, expected, 1e-6, name);
    });
  });
});

Deno.test("a training whose gradients are smaller has the bits of one without", async () => {
  const wide = { ...SGD, clipGradient: 1e6 };
  assertEquals(await trained(wide, backend), await trained(SGD, backend));
  const states = await Promise.all([wide, SGD].map(async (training) => {
    using engine = await wasmEngineOf(training);
    using _vae = engine.vae;
    for (let step = 1; step <= training.steps; step++) {
      engine.step(batchOf(training, step), training.settings);
    }
    return [await engine.readTerms(), await engine.save()];
  }));
  assertEquals(states[0], states[1]);
});

Deno.test("engines that cannot clip, or clamp log variances, refuse it by its name", () => {
  const { spec, ...training } = SGD;
  const clips = { ...spec, ...training, clipGradient: 1 };
  assertEquals(unsupported(BY_WASM, clips), null);
  assertEquals(unsupported(BY_WEBGPU, clips), "clipped gradients");
  const clamps = { ...spec, ...training, logVarianceBounds: [-1, 1] as const };
  for (const engine of [BY_WASM, BY_WEBGPU]) {
    assertEquals(unsupported(engine, clamps), "log variance bounds");
  }
});

Deno.test("a training that diverges is finite with its gradients clipped", async () => {
  const diverging = trainingOf({
    spec: {
      likelihood: { family: "gaussian", variance: 0.01, mean: "linear" },
    },
    ...{ optimizer: OPTIMIZERS.sgd, settings: settings(0.05), steps: 40 },
  });
  const last = async (training: Training): Promise<StepTerms> =>
    (await trained(training, backend)).terms.at(-1)!;
  assert(!Number.isFinite((await last(diverging)).objective));
  const kept = await last({ ...diverging, clipGradient: 1 });
  const [first] = (await trained({ ...diverging, steps: 1 }, backend)).terms;
  assertLess(first!.objective, kept.objective);
});
