import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { referenceDraws } from "../../src/engine/draw_engine.ts";
import { observationNoise } from "../../src/model/likelihood/noise.ts";
import { stream } from "../../src/random/stream.ts";
import { batchOf, DECODERS, TRAININGS, vaeOf } from "./training.ts";
import { allThreadsOf, isSupported, wasmDraws } from "./wasm/trainings.ts";

const SUPPORTED = Object.entries({ ...TRAININGS, ...DECODERS })
  .filter(([, training]) => isSupported(training));

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

Deno.test("WasmEngine.encode() and decode() are those of the model", async () => {
  await openBackend("cpu");
  for (const [name, training] of SUPPORTED) {
    const { spec } = training;
    using vae = vaeOf(spec);
    using engine = await wasmDraws(vae, 1);
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
    assertEquals(await engine.samplePrior(z), z);
  }
  assert(SUPPORTED.length > 8);
});

Deno.test("WasmEngine.encode() gives a row the same bits in any part, on any thread", async () => {
  await openBackend("cpu");
  const [, training] = SUPPORTED[0]!;
  using vae = vaeOf(training.spec);
  using one = await wasmDraws(vae, 1);
  const batch = batchOf(training, 1);
  const { dataDim } = training.spec;
  const whole = await one.encode(batch);
  const first = await one.encode({
    ...batch,
    x: batch.x.slice(0, dataDim),
    size: 1,
  });
  assertEquals(first.mean, whole.mean.slice(0, first.mean.length));
  assertEquals(first.kl, whole.kl.slice(0, first.kl.length));
  using two = await wasmDraws(vae, 2);
  await allThreadsOf(two, 2);
  assertEquals(await two.encode(batch), whole);
});
