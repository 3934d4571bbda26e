import { assertEquals, assertNotEquals } from "@std/assert";
import type { WebGpuEngine } from "../../../src/engine/webgpu/webgpu_engine.ts";
import { MOST_STEPS } from "../../../src/engine/webgpu/layout.ts";
import { TestClock } from "../../clock.ts";
import { testOnWebGpu } from "../backends.ts";
import { batchOf, trainingOf } from "../training.ts";
import { counting } from "./counting.ts";
import { openDevice, webGpuEngineOf } from "./trainings.ts";

const training = trainingOf();

/** Makes its minibatch in the kernels. */
function step(engine: WebGpuEngine): void {
  const source = {
    values: DATA,
    rows: Uint32Array.from({ length: 10 }, (_, i) => i),
    pixels: null,
    noise: { key: [1, 0], counter: [engine.stepsDone, 0, 0] },
  } as const;
  engine.step({ ...batchOf(training, 1), source }, training.settings);
}

const DATA = new Uint8Array(120).map((_, i) => 2 * i);

/** Steps of which a submit has room for the most, once a block was read. */
async function quick(engine: WebGpuEngine): Promise<void> {
  step(engine);
  await engine.readTerms();
}

testOnWebGpu(
  "steps of a submit are one upload and nine dispatches each, and one in all",
  async () => {
    using clock = new TestClock();
    const device = await openDevice();
    using engine = await webGpuEngineOf(training, device);
    using _vae = engine.vae;
    await quick(engine);
    const counter = counting(device);
    for (let i = 0; i < 3 * MOST_STEPS; i++) step(engine);
    // a regression is more of them
    const dispatches = 3 * (9 * MOST_STEPS + 1);
    const buffers = { buffers: 0, bytes: 0 };
    assertEquals(counter.take(), {
      ...{ dispatches, submits: 3, uploads: 3, ...buffers },
    });
    step(engine);
    step(engine);
    assertEquals(counter.take().submits, 0);
    // steps of 4 ms
    const first = engine.readTerms();
    clock.now += 4 * (3 * MOST_STEPS + 2);
    await first;
    counter.take();
    for (let i = 0; i < 6; i++) step(engine);
    assertEquals(counter.take(), {
      ...{ dispatches: 3 * (9 * 2 + 1), submits: 3, uploads: 3, ...buffers },
    });
  },
);

testOnWebGpu("a submit of many steps has their bits one by one", async () => {
  const device = await openDevice();
  const results = [];
  for (const isQuick of [false, true]) {
    using _clock = isQuick ? new TestClock() : null;
    using engine = await webGpuEngineOf(training, device);
    using _vae = engine.vae;
    await quick(engine);
    const counter = counting(device);
    for (let i = 0; i < 20; i++) step(engine);
    assertEquals(counter.take().submits === 0, isQuick);
    results.push([await engine.readTerms(), await engine.save()]);
  }
  assertEquals(results[0], results[1]);
});

testOnWebGpu(
  "tfjs ops, a state and a given batch see the steps that are held back",
  async () => {
    using _clock = new TestClock();
    const device = await openDevice();
    using engine = await webGpuEngineOf(training, device);
    using vae = engine.vae;
    await quick(engine);
    const seen = [JSON.stringify(await vae.values())];
    for (
      const look of [
        () => vae.values(),
        async () =>
          (await engine.save()).arrays.filter(({ name }) =>
            !name.startsWith("optimizer/")
          ),
      ]
    ) {
      for (let i = 0; i < 2; i++) step(engine);
      seen.push(JSON.stringify(await look()));
      assertEquals(seen.at(-1), JSON.stringify(await vae.values()));
    }
    assertEquals(new Set(seen).size, 3);

    // x of a given batch is written after the steps before it.
    const terms = [];
    for (let i = 0; i < 2; i++) {
      step(engine);
      engine.step(batchOf(training, 5), training.settings);
      engine.step(batchOf(training, 6), training.settings);
      terms.push(...await engine.readTerms());
    }
    const before = await engine.save();
    const again = [];
    using other = await webGpuEngineOf(training, device);
    using _other = other.vae;
    await quick(other);
    for (let i = 0; i < 4; i++) step(other);
    await other.readTerms();
    for (let i = 0; i < 2; i++) {
      step(other);
      again.push(...await other.readTerms());
      for (const number of [5, 6]) {
        other.step(batchOf(training, number), training.settings);
        again.push(...await other.readTerms());
      }
    }
    assertEquals(again, terms.slice(-6));
    assertEquals(await other.save(), before);
    assertNotEquals(terms.at(-1), terms.at(-2));
  },
);
