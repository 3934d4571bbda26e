/** What draw engines make of a model, against the reference. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  type DrawEngine,
  referenceDraws,
} from "../../src/engine/draw_engine.ts";
import { observationNoise } from "../../src/model/likelihood/noise.ts";
import type { Vae } from "../../src/model/vae.ts";
import { stream } from "../../src/random/stream.ts";
import { batchOf, type Training } from "./training.ts";

function assertNear(
  actual: Float32Array,
  expected: Float32Array,
  label: string,
): void {
  assertEquals(actual.length, expected.length, label);
  expected.forEach((value, i) =>
    assertAlmostEquals(
      actual[i]!,
      value,
      1e-5 * Math.max(1, Math.abs(value)),
      `${label} ${i}`,
    )
  );
}

/** Asserts that q(z|x), E[x|z] and draws of p(x|z) are those of the model. */
export async function assertDraws(
  engine: DrawEngine,
  vae: Vae,
  training: Training,
  name: string,
): Promise<void> {
  const { spec } = training;
  const reference = referenceDraws(vae);
  const batch = batchOf(training, 1);
  const { size, condition } = batch;

  const expected = await reference.encode(batch);
  const { mean, logVariance, kl, lower } = await engine.encode(batch);
  assertEquals(lower, null);
  assertNear(mean, expected.mean, `${name}: mean`);
  assertNear(logVariance, expected.logVariance, `${name}: log variance`);
  assertNear(kl, expected.kl, `${name}: KL`);
  assert(new Set(kl).size > size, "every row has its own");

  const z = stream(2, "generate").normals(size * spec.latentDim);
  const rows = { z, condition, size };
  const means = await engine.decode(rows);
  assertNear(means, await reference.decode(rows), `${name}: E[x|z]`);
  const noise = observationNoise(
    spec.likelihood,
    stream(3, "generate"),
    size * spec.dataDim,
  );
  const drawn = await engine.decode(rows, noise);
  assertNear(drawn, await reference.decode(rows, noise), `${name}: draws`);
  assert(drawn.some((value, i) => value !== means[i]));
  assertEquals(await engine.samplePrior(z, size), z);
}
