import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { LOG_ROWS } from "../../../src/engine/webgpu/layout.ts";
import { testOnWebGpu } from "../backends.ts";
import { batchOf, engineOf, trainingOf } from "../training.ts";
import { counting } from "./counting.ts";
import { openDevice, webGpuEngineOf } from "./trainings.ts";

testOnWebGpu(
  "a step is one submit, one upload and ten dispatches",
  async () => {
    const device = await openDevice();
    const training = trainingOf();
    using engine = await webGpuEngineOf(training, device);
    using _vae = engine.vae;
    const source = {
      values: new Uint8Array(120),
      rows: Uint32Array.from({ length: 10 }, (_, i) => i),
      pixels: null,
      noise: { key: [1, 0], counter: [0, 0, 0] },
    } as const;
    const batch = { ...batchOf(training, 1), source };
    engine.step(batch, training.settings);
    await engine.readTerms();
    const counter = counting(device);
    for (let step = 0; step < 10; step++) {
      engine.step(batch, training.settings);
      const { dispatches, ...rest } = counter.take();
      // that of its batch, which in a longer submit the step before makes
      assertEquals(dispatches, 9 + 1);
      assertEquals(rest, { uploads: 1, submits: 1, buffers: 0, bytes: 0 });
    }
  },
);

testOnWebGpu("a step of ReferenceEngine is one submit", async (backend) => {
  const training = trainingOf();
  using engine = engineOf(training, backend);
  using _vae = engine.vae;
  engine.step(batchOf(training, 1), training.settings);
  await engine.readTerms();
  const counter = counting(backend.webgpu!);
  for (let step = 2; step <= 4; step++) {
    engine.step(batchOf(training, step), training.settings);
    assertEquals(counter.take().submits, 1);
  }
  await engine.evaluate([batchOf(training, 5), batchOf(training, 6)]);
  // one for each batch, and the reading
  assertEquals(counter.take().submits, 3);
});

testOnWebGpu(
  "10,000 steps log every step in order, in a constant number of buffers",
  async () => {
    const device = await openDevice();
    const training = trainingOf({
      spec: { dataDim: 2, latentDim: 1, hidden: [] },
      size: 1,
    });
    using engine = await webGpuEngineOf(training, device);
    using _vae = engine.vae;
    const batch = batchOf(training, 1);
    const step = (number: number) =>
      // The weight of the KL tells one step from another.
      engine.step(batch, { ...training.settings, beta: number });
    const rows = [];
    let tensors = 0;
    const counter = counting(device);
    for (let number = 1; number <= 10_000; number++) {
      step(number);
      // Blocks of all lengths, also across the log's end, and beyond it.
      if (number % 3000 === 0 || number % 347 === 0) {
        rows.push(...await engine.readTerms());
      }
      if (number === 1000) {
        tensors = tf.memory().numTensors;
        counter.take();
      }
    }
    rows.push(...await engine.readTerms());
    const { buffers, bytes } = counter.take();
    assertEquals({ buffers, bytes }, { buffers: 0, bytes: 0 });
    assertEquals(tf.memory().numTensors, tensors);
    assertEquals(rows.length, 10_000);
    rows.forEach(({ reconstruction, kl, objective }, i) => {
      assertAlmostEquals(
        reconstruction - objective,
        (i + 1) * kl,
        1e-5 * (Math.abs(reconstruction) + (i + 1) * kl),
      );
    });
  },
);

testOnWebGpu("an engine that ends frees all buffers of its group", async () => {
  const opened = await openDevice();
  const { device } = opened;
  const live = new Set<string>();
  const createBuffer = device.createBuffer.bind(device);
  let made = 0;
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    // tfjs labels none, and keeps its own for later.
    if (buffer.label === "") return buffer;
    const name = `${buffer.label} ${made++}`;
    live.add(name);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      live.delete(name);
      destroy();
    };
    return buffer;
  };
  const training = trainingOf();
  const engine = await webGpuEngineOf(training, opened);
  using _vae = engine.vae;
  // A block of the log is on its way, and nobody reads it.
  const batch = batchOf(training, 1);
  for (let step = 1; step <= LOG_ROWS / 2 + 6; step++) {
    engine.step(batch, training.settings);
  }
  // six of the group and its data, one of the log, the rest of commands
  assertEquals(live.size, 7 + 1 + 10);
  engine[Symbol.dispose]();
  assertEquals([...live], []);
  await new Promise((resolve) => setTimeout(resolve, 50));
  opened.check();
});
