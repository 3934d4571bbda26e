import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import * as tf from "../../../src/tfjs.ts";
import { openBackend } from "../../../src/engine/backend.ts";
import type { StepTerms } from "../../../src/engine/engine.ts";
import { unsupported } from "../../../src/engine/supported.ts";
import { SUPPORTED } from "../../../src/engine/webgpu/supported.ts";
import type { Tile } from "../../../src/engine/webgpu/tiles.ts";
import { CANDIDATES, formatTile } from "../../../src/engine/webgpu/tiles.ts";
import type { WebGpuEngine } from "../../../src/engine/webgpu/webgpu_engine.ts";
import type { WebGpuDevice } from "../../../src/engine/webgpu_device.ts";
import { UserError } from "../../../src/errors.ts";
import { OPTIMIZERS } from "../../../src/model/optimizers.ts";
import type { ParameterValues } from "../../../src/model/parameters.ts";
import { largeParameters } from "../../model/oracle.ts";
import { testOnWebGpu } from "../backends.ts";
import {
  batchOf,
  BY_OBJECTIVE,
  engineOf,
  type Training,
  trainingOf,
} from "../training.ts";
import {
  ALL_TRAININGS,
  assertTerms,
  randomTraining,
} from "../wasm/trainings.ts";
import { openDevice, webGpuEngineOf } from "./trainings.ts";

/** Whether there are kernels of a training. */
function isInKernels({ spec, ...training }: Training): boolean {
  return unsupported(SUPPORTED, { ...spec, ...training }) === null;
}

/** The first twelve random trainings in kernels; every fifth is a long one. */
function* randomTrainings(): Generator<[string, Training]> {
  for (let i = 0, found = 0; found < 12; i++) {
    const steps = found % 5 === 0 ? 50 : 12;
    const training = { ...randomTraining(i), steps };
    if (!isInKernels(training)) continue;
    found += 1;
    yield [`${i}: ${JSON.stringify(training)}`, training];
  }
}

const TRAININGS: Record<string, Training> = Object.fromEntries([
  ...Object.entries({ ...ALL_TRAININGS, ...BY_OBJECTIVE })
    .filter(([, own]) => isInKernels(own)),
  ...randomTrainings(),
]);

/** What the reference has of a training, in plain JavaScript. */
interface Expected {
  readonly gradients: readonly ParameterValues[];
  readonly terms: readonly StepTerms[];
}

async function expectedOf(training: Training): Promise<Expected> {
  const backend = await openBackend("cpu");
  const initial = largeParameters(training.spec, 4);
  using engine = engineOf(training, backend, initial);
  using _vae = engine.vae;
  const { gradients } = engine.gradients(
    batchOf(training, 1),
    training.settings,
  );
  const arrays = await Promise.all(
    Object.entries(gradients).map(async ([name, { shape }]) => ({
      name,
      shape,
      values: Float32Array.from(await gradients[name]!.data()),
    })),
  );
  using other = engineOf(training, backend);
  using _other = other.vae;
  for (let step = 1; step <= training.steps; step++) {
    other.step(batchOf(training, step), training.settings);
  }
  return { gradients: arrays, terms: await other.readTerms() };
}

/** The terms of the next steps, up to the last of the training. */
async function trained(
  engine: WebGpuEngine,
  training: Training,
): Promise<StepTerms[]> {
  for (let step = engine.stepsDone + 1; step <= training.steps; step++) {
    engine.step(batchOf(training, step), training.settings);
  }
  return await engine.readTerms();
}

testOnWebGpu(
  "WebGpuEngine has the gradients and terms of the reference",
  async () => {
    const expected = new Map<string, Expected>();
    for (const [label, training] of Object.entries(TRAININGS)) {
      expected.set(label, await expectedOf(training));
    }
    const device = await openDevice();
    for (const [label, training] of Object.entries(TRAININGS)) {
      const { gradients, terms } = expected.get(label)!;
      const initial = largeParameters(training.spec, 4);
      using engine = await webGpuEngineOf(training, device, initial);
      using _vae = engine.vae;
      engine.step(batchOf(training, 1), training.settings);
      const actual = await engine.gradients();
      assertEquals(
        actual.map(({ name, shape }) => ({ name, shape })),
        gradients.map(({ name, shape }) => ({ name, shape })),
      );
      actual.forEach(({ name, values }, i) => {
        const own = gradients[i]!.values;
        const norm = Math.hypot(...own);
        const distance = Math.hypot(...own.map((g, j) => g - values[j]!));
        assert(
          distance <= 1e-4 * norm,
          `${label}: ${name} ${distance} ${norm}`,
        );
      });
      using other = await webGpuEngineOf(training, device);
      using _other = other.vae;
      const rows = await trained(other, training);
      assertEquals(rows.length, training.steps);
      rows.forEach((row, i) =>
        assertTerms(row, terms[i]!, `${label}, step ${i + 1}`)
      );
    }
  },
);

/** Terms and state after all steps of a training. */
async function resultOf(
  training: Training,
  device: WebGpuDevice,
  tile?: Tile,
) {
  using engine = await webGpuEngineOf(training, device, undefined, tile);
  using _vae = engine.vae;
  const terms = await trained(engine, training);
  return { terms, state: await engine.save() };
}

testOnWebGpu(
  "WebGpuEngine gives the same bytes twice, and with other tiles",
  async () => {
    const device = await openDevice();
    const training = trainingOf({
      spec: { dataDim: 75, latentDim: 11, hidden: [70, 30] },
      size: 37,
      samples: 2,
      steps: 10,
    });
    const first = await resultOf(training, device);
    assertEquals(await resultOf(training, device), first);
    for (const tile of CANDIDATES.software) {
      assertEquals(await resultOf(training, device, tile), first);
    }
    // Those of GPUs have bits of their own, all of them the same.
    let shared: Awaited<ReturnType<typeof resultOf>> | undefined;
    for (const tile of CANDIDATES.hardware.slice(0, 3)) {
      const result = await resultOf(training, device, tile);
      shared ??= result;
      assertEquals(result, shared, formatTile(tile));
      result.terms.forEach((terms, i) =>
        assertTerms(terms, first.terms[i]!, `step ${i + 1}`)
      );
    }
    assertNotEquals(shared, first);
  },
);

testOnWebGpu("WebGpuEngine.restore() goes on to the bit", async () => {
  const device = await openDevice();
  for (const optimizer of Object.values(OPTIMIZERS)) {
    const training = trainingOf({ optimizer, steps: 10 });
    const expected = await resultOf(training, device);
    using first = await webGpuEngineOf(training, device);
    using _first = first.vae;
    const half = await trained(first, { ...training, steps: 5 });
    const state = await first.save();
    using second = await webGpuEngineOf(training, device);
    using vae = second.vae;
    second.restore(state);
    assertEquals(second.stepsDone, 5);
    assertEquals(
      [...half, ...await trained(second, training)],
      expected.terms,
    );
    assertEquals(await second.save(), expected.state);
    assertEquals(
      await vae.values(),
      expected.state.arrays.filter(({ name }) =>
        !name.startsWith("optimizer/")
      ),
    );
  }
});

testOnWebGpu(
  "WebGpuEngine.restore() refuses the state of another model",
  async () => {
    const device = await openDevice();
    using engine = await webGpuEngineOf(trainingOf(), device);
    using _vae = engine.vae;
    const other = trainingOf({ spec: { latentDim: 4 } });
    using stranger = await webGpuEngineOf(other, device);
    using _stranger = stranger.vae;
    const state = await stranger.save();
    assertThrows(() => engine.restore(state), RangeError, "instead of");
  },
);

testOnWebGpu("a state of the reference goes on in WebGpuEngine", async () => {
  const training = trainingOf();
  const backend = await openBackend("webgpu");
  using reference = engineOf(training, backend);
  using _reference = reference.vae;
  for (let step = 1; step <= 5; step++) {
    reference.step(batchOf(training, step), training.settings);
  }
  await reference.readTerms();
  using engine = await webGpuEngineOf(training, backend.webgpu!);
  using _vae = engine.vae;
  engine.restore(await reference.save());
  for (let step = 6; step <= 10; step++) {
    reference.step(batchOf(training, step), training.settings);
    engine.step(batchOf(training, step), training.settings);
  }
  const expected = await reference.readTerms();
  (await engine.readTerms()).forEach((terms, i) =>
    assertTerms(terms, expected[i]!, `step ${6 + i}`)
  );
});

testOnWebGpu(
  "tfjs ops see WebGpuEngine's parameters as they are, and after it ends",
  async () => {
    const backend = await openBackend("webgpu");
    const training = trainingOf({
      spec: {
        likelihood: { family: "gaussian", variance: "learned", mean: "linear" },
      },
    });
    const engine = await webGpuEngineOf(training, backend.webgpu!);
    using vae = engine.vae;
    const before = tf.memory();
    let variance = await vae.spread();
    for (let step = 1; step <= 3; step++) {
      engine.step(batchOf(training, step), training.settings);
      const next = await vae.spread();
      assertNotEquals(next, variance);
      variance = next;
    }
    assertEquals(tf.memory().numTensors, before.numTensors);
    const { arrays } = await engine.save();
    const values = await vae.values();
    const parameters = arrays.filter(({ name }) =>
      !name.startsWith("optimizer/")
    );
    assertEquals(values, parameters);

    engine[Symbol.dispose]();
    engine[Symbol.dispose]();
    assertEquals(await vae.values(), parameters);
  },
);

testOnWebGpu("WebGpuEngine.evaluate() changes no training", async () => {
  const device = await openDevice();
  const training = trainingOf({ steps: 5 });
  const expected = await resultOf(training, device);
  using engine = await webGpuEngineOf(training, device);
  using _vae = engine.vae;
  for (let step = 1; step <= 5; step++) {
    engine.step(batchOf(training, step), training.settings);
    await engine.evaluate([batchOf({ ...training, size: 30 }, 7)]);
  }
  assertEquals(await engine.readTerms(), expected.terms);
  assertEquals(await engine.save(), expected.state);
});

testOnWebGpu(
  "WebGpuEngine.step() throws after an error of the device, and after its loss",
  async () => {
    const training = trainingOf();
    const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));
    for (const isLost of [false, true]) {
      const device = await openDevice();
      using engine = await webGpuEngineOf(training, device);
      using _vae = engine.vae;
      engine.step(batchOf(training, 1), training.settings);
      await engine.readTerms();
      engine.step(batchOf(training, 2), training.settings);
      if (isLost) device.device.destroy();
      else device.device.createShaderModule({ code: "no shader" });
      await assertRejects(() => engine.readTerms(), Error, "WebGPU");
      await nextTurn();
      assertThrows(
        () => engine.step(batchOf(training, 3), training.settings),
        Error,
        isLost ? "WebGPU device lost (destroyed)" : "WebGPU: ",
      );
      device.device.destroy();
    }
  },
);

testOnWebGpu(
  "WebGpuEngine.step() refuses data that the device cannot hold",
  async () => {
    const training = trainingOf();
    const device = await openDevice();
    using engine = await webGpuEngineOf(training, device);
    using _vae = engine.vae;
    const { maxStorageBufferBindingSize } = device.device.limits;
    const source = {
      values: new Uint8Array(maxStorageBufferBindingSize),
      rows: new Uint32Array(10),
      pixels: null,
      noise: { key: [0, 0], counter: [0, 0, 0] },
    } as const;
    const batch = { ...batchOf(training, 1), source };
    assertThrows(
      () => engine.step(batch, training.settings),
      UserError,
      "--train-size",
    );
    assertEquals(engine.pending, 0);
  },
);

testOnWebGpu(
  "WebGpuEngine.step() refuses batches of another shape",
  async () => {
    const training = trainingOf();
    using engine = await webGpuEngineOf(training, await openDevice());
    using _vae = engine.vae;
    const other = batchOf({ ...training, size: 11 }, 1);
    assertThrows(
      () => engine.step(other, training.settings),
      RangeError,
      "instead of 10 x 1",
    );
    assertLess(engine.pending, 1);
  },
);
