import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import * as tf from "../../src/tfjs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { noiseOf, partsOf } from "../../src/evaluate/draws.ts";
import { importanceBound } from "../../src/evaluate/importance.ts";
import { meanOverRows } from "../../src/evaluate/estimates.ts";
import type { Vae } from "../../src/model/vae.ts";
import { iwaeTerms } from "../../src/objective/iwae.ts";
import { average } from "../random/statistics.ts";
import { besidePosterior, exactOf, examplesOf, meanOf } from "./models.ts";

const EXAMPLES = examplesOf(60);

Deno.test("importanceBound() with q(z|x) = p(z|x) is ln p(x), whatever k", async () => {
  await openBackend("cpu");
  using vae = besidePosterior();
  const exact = exactOf(EXAMPLES);
  for (const k of [1, 2, 70]) {
    const bound = await importanceBound(vae, EXAMPLES, { k, seed: 1 });
    exact.forEach((value, row) => {
      assertAlmostEquals(bound.values[row]!, value, 1e-5);
      if (k > 1) assertLess(bound.variances[row]!, 1e-11);
      else assertEquals(bound.variances[row], NaN);
    });
  }
});

Deno.test("importanceBound() is within 3 standard errors of ln p(x) at k = 5000, for q near the posterior", async () => {
  await openBackend("wasm");
  using vae = besidePosterior({ shift: 0.2, widen: 1.2 });
  const examples = examplesOf(20);
  const bound = await importanceBound(vae, examples, { k: 5000, seed: 1 });
  const { value, error } = meanOverRows(bound);
  assertLess(error, 2e-3);
  assertGreater(error, 1e-4);
  assertAlmostEquals(value, meanOf(exactOf(examples)), 3 * error);
  // Row by row too: 20 of them are rarely all within three.
  exactOf(examples).forEach((exact, row) => {
    const rowError = Math.sqrt(bound.variances[row]!);
    assertAlmostEquals(bound.values[row]!, exact, 4 * rowError);
  });
});

/** The bound at several seeds: the mean, and the standard error of that. */
async function boundOf(vae: Vae, k: number, seeds: number) {
  const means = [];
  const errors = [];
  for (let seed = 0; seed < seeds; seed++) {
    const { value, error } = meanOverRows(
      await importanceBound(vae, EXAMPLES, { k, seed }),
    );
    means.push(value);
    errors.push(error);
  }
  return { ...average(means), reported: meanOf(errors) };
}

Deno.test("L_k never falls in k and stays below ln p(x), on which it closes in", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.7, widen: 0.6 });
  const exact = meanOf(exactOf(EXAMPLES));
  let before = { mean: -Infinity, error: 0 };
  let gapOfOne = 0;
  for (const [k, seeds] of [[1, 60], [3, 40], [10, 20], [100, 8]] as const) {
    const bound = await boundOf(vae, k, seeds);
    const error = Math.hypot(bound.error, before.error);
    assertGreater(bound.mean, before.mean + 3 * error, `L_${k}`);
    assertLess(bound.mean, exact + 3 * bound.error, `L_${k}`);
    if (k === 1) gapOfOne = exact - bound.mean;
    before = bound;
  }
  assertLess(exact - before.mean, 0.1 * gapOfOne);
});

Deno.test("the standard error of L_k is how far seeds lie apart", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.3, widen: 1.5 });
  const seeds = 50;
  const { error, reported } = await boundOf(vae, 50, seeds);
  // A deviation from 50 values is known to a tenth.
  const spread = error * Math.sqrt(seeds);
  assertGreater(reported / spread, 0.75);
  assertLess(reported / spread, 1.3);
});

Deno.test("importanceBound() in parts is the bound with all draws at once", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.7, widen: 0.6 });
  const k = 120;
  const rows = { index: 0, first: 0, count: 60 };
  const noise = partsOf(k, 50).flatMap((draws) => [
    ...noiseOf("importance", 3, rows, draws, 3),
  ]);
  const atOnce = tf.tidy(() =>
    iwaeTerms(
      vae,
      tf.tensor2d(EXAMPLES.values as Float32Array, [60, 4]),
      tf.tensor3d(noise, [k, 60, 3]),
      { k },
    ).bound
  );
  const { values } = await importanceBound(vae, EXAMPLES, { k, seed: 3 });
  (await atOnce.data()).forEach((value, row) =>
    assertAlmostEquals(values[row]!, value, 1e-5)
  );
  atOnce.dispose();
});

Deno.test("importanceBound() has the same draws for a row in any company", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.7, widen: 0.6 });
  const all = await importanceBound(vae, EXAMPLES, { k: 60, seed: 3 });
  // 60 rows are two parts of 50 and 10, 52 are others.
  const some = await importanceBound(vae, examplesOf(52), { k: 60, seed: 3 });
  assertEquals(some.values, all.values.slice(0, 52));
  const other = await importanceBound(vae, EXAMPLES, { k: 60, seed: 4 });
  assert(all.values.every((value, row) => value !== other.values[row]));
});

Deno.test("importanceBound() takes no more memory for more draws", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.7 });
  const examples = examplesOf(3);
  const peaks = [];
  for (const k of [50, 5000]) {
    vae.parameters.keys(); // puts them on the backend
    const before = tf.memory().numTensors;
    const { kernels } = await tf.profile(async () => {
      await importanceBound(vae, examples, { k, seed: 1 });
      return tf.scalar(0);
    });
    peaks.push({
      bytes: Math.max(...kernels.map((kernel) => kernel.totalBytesSnapshot)),
      tensors: Math.max(
        ...kernels.map((kernel) => kernel.totalTensorsSnapshot),
      ),
      kernels: kernels.length,
    });
    assertEquals(tf.memory().numTensors, before + 1, "besides the scalar");
  }
  const [few, many] = peaks;
  assertEquals(many!.kernels, 100 * few!.kernels);
  assertEquals(many!.bytes - few!.bytes <= 4, true, "the first scalar");
  assertEquals(many!.tensors - few!.tensors <= 1, true);
});

Deno.test("importanceBound() without a unit that is not used is the same", async () => {
  await openBackend("cpu");
  using vae = besidePosterior({ shift: 0.3, widen: 1.5 });
  const options = { k: 60, seed: 3 };
  const all = await importanceBound(vae, EXAMPLES, options);
  const kept = await importanceBound(vae, EXAMPLES, {
    ...options,
    kept: [true, true, false],
  });
  kept.values.forEach((value, row) =>
    assertAlmostEquals(value, all.values[row]!, 1e-5)
  );
});

Deno.test("importanceBound() without a unit that is used is that of the smaller model", async () => {
  await openBackend("wasm");
  using vae = besidePosterior({ widen: 1.3 });
  const examples = examplesOf(20);
  const bound = await importanceBound(vae, examples, {
    ...{ k: 3000, seed: 1 },
    kept: [true, false, true],
  });
  const { value, error } = meanOverRows(bound);
  const exact = meanOf(exactOf(examples, [0, 2]));
  assertLess(error, 0.01);
  assertAlmostEquals(value, exact, 3 * error);
  assertGreater(Math.abs(meanOf(exactOf(examples)) - exact), 20 * error);
});

Deno.test("importanceBound() refuses k = 0, and ends at a signal", async () => {
  await openBackend("cpu");
  using vae = besidePosterior();
  await assertRejects(
    () => importanceBound(vae, EXAMPLES, { k: 0, seed: 1 }),
    RangeError,
    "k is not an integer of at least 1: 0",
  );
  const signal = AbortSignal.abort(new Error("enough"));
  vae.parameters.keys(); // puts them on the backend
  const tensors = tf.memory().numTensors;
  await assertRejects(
    () => importanceBound(vae, EXAMPLES, { k: 10, seed: 1, signal }),
    Error,
    "enough",
  );
  assertEquals(tf.memory().numTensors, tensors);
});
