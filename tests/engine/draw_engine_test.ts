import { assert, assertEquals } from "@std/assert";
import { openBackend } from "../../src/engine/backend.ts";
import { assertDraws } from "./draws.ts";
import { batchOf, DECODERS, TRAININGS, vaeOf } from "./training.ts";
import { allThreadsOf, isSupported, wasmDraws } from "./wasm/trainings.ts";

const SUPPORTED = Object.entries({ ...TRAININGS, ...DECODERS })
  .filter(([, training]) => isSupported(training));

Deno.test("WasmEngine.encode() and decode() are those of the model", async () => {
  await openBackend("cpu");
  for (const [name, training] of SUPPORTED) {
    using vae = vaeOf(training.spec);
    using engine = await wasmDraws(vae, 1);
    await assertDraws(engine, vae, training, name);
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
