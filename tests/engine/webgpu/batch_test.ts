import { assertEquals, assertLess } from "@std/assert";
import type { TrainingData } from "../../../src/data/load.ts";
import type { Batch } from "../../../src/engine/engine.ts";
import type { RunGroup } from "../../../src/engine/webgpu/group.ts";
import { WebGpuEngine } from "../../../src/engine/webgpu/webgpu_engine.ts";
import { readBuffer } from "../../../src/engine/webgpu/read_buffers.ts";
import { initialParameters } from "../../../src/model/parameters.ts";
import { Vae } from "../../../src/model/vae.ts";
import { stream } from "../../../src/random/stream.ts";
import { Batches } from "../../../src/train/batches.ts";
import type { RunConfig } from "../../../src/train/config.ts";
import { testOnWebGpu } from "../backends.ts";
import { trainingOf } from "../training.ts";
import { assertTerms, wasmEngineOf } from "../wasm/trainings.ts";
import { groupOf, openDevice, webGpuEngineOf } from "./trainings.ts";

/** A data set of a few rows, by the kind of its pixels. */
function dataOf(kind: "drawn" | "grey" | "real", dim: number): TrainingData {
  const count = 37;
  const draws = stream(3, "data", dim);
  const values = kind === "real"
    ? Float32Array.from(draws.uniforms(count * dim))
    : Uint8Array.from(
      draws.words(count * dim),
      (word) => word % 3 === 0 ? 0 : word % 5 === 0 ? 255 : word & 255,
    );
  const split = { count, dim, values };
  return {
    ...{ name: kind, dim, image: null, train: split, test: split },
    ...{ sha256: "", drawEachStep: kind === "drawn" },
  };
}

/** A batch whose x and noise must not be asked for. */
function sealed({ size, samples, source }: Batch): Batch {
  return {
    ...{ size, samples, source: source! },
    get x(): Float32Array {
      throw new Error("x was asked for");
    },
    get noise(): Float32Array {
      throw new Error("noise was asked for");
    },
  };
}

/** A matrix of a group's first run. */
async function matrixOf(group: RunGroup, name: string): Promise<Float32Array> {
  const { at, rows, columns, stride } = group.matrixOf(0, name);
  const { device } = group.device;
  const { matrices } = group.buffers;
  const words = new Float32Array(
    await readBuffer(device, {
      ...{ buffer: matrices, offset: 4 * at, size: 4 * rows * stride },
    }),
  );
  return Float32Array.from(
    { length: rows * columns },
    (_, i) => words[Math.floor(i / columns) * stride + i % columns]!,
  );
}

/** Asserts that draws are within 2e-6 of those of the host. */
function assertNear(actual: Float32Array, expected: Float32Array): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => {
    const scale = Math.max(1, Math.abs(expected[i]!));
    assertLess(Math.abs(value - expected[i]!), 2e-6 * scale);
  });
}

testOnWebGpu(
  "kernels make x to the bit and noise to 2e-6 of what the host makes",
  async () => {
    const device = await openDevice();
    for (
      const [kind, dim, latentDim] of [
        ["drawn", 1, 1],
        ["drawn", 7, 5],
        ["drawn", 16, 4],
        ["grey", 30, 3],
        ["real", 7, 2],
      ] as const
    ) {
      const training = trainingOf({
        spec: { dataDim: dim, latentDim },
        size: 9,
        samples: 50,
      });
      const config = {
        likelihood: training.spec.likelihood,
        objective: training.objective,
        seed: 2 ** 40 + 11,
        batchSize: 9,
        samples: 50,
        latentDim,
      } as RunConfig;
      const batches = new Batches(dataOf(kind, dim), config);
      const group = groupOf(training, [training.spec], device);
      using vae = new Vae(training.spec, initialParameters(training.spec, 0));
      using engine = await WebGpuEngine.create(vae, group.slots()[0]!);
      for (const step of [1, 5]) {
        const batch = batches.training(step);
        engine.step(sealed(batch), training.settings);
        assertEquals(await matrixOf(group, "x"), batch.x);
        assertNear(await matrixOf(group, "noise"), batch.noise);
      }
    }
  },
);

testOnWebGpu("kernels make what wake-sleep dreams from", async () => {
  const device = await openDevice();
  for (
    const likelihood of [
      { family: "bernoulli" },
      { family: "gaussian", variance: "learned", mean: "linear" },
    ] as const
  ) {
    const training = trainingOf({
      spec: { dataDim: 7, latentDim: 5, likelihood },
      objective: { name: "wake-sleep" },
      size: 9,
    });
    const batches = new Batches(
      dataOf("real", 7),
      {
        ...{ likelihood, objective: training.objective },
        ...{ seed: 3, batchSize: 9, samples: 1, latentDim: 5 },
      } as RunConfig,
    );
    const group = groupOf(training, [training.spec], device);
    using vae = new Vae(training.spec, initialParameters(training.spec, 0));
    using engine = await WebGpuEngine.create(vae, group.slots()[0]!);
    const batch = batches.training(4);
    engine.step(sealed(batch), training.settings);
    assertNear(await matrixOf(group, "dream/z"), batch.dream!.prior);
    assertNear(await matrixOf(group, "dream/noise"), batch.dream!.pixels);
  }
});

testOnWebGpu(
  "batches made in kernels train as those of the wasm engine do",
  async () => {
    const device = await openDevice();
    const training = trainingOf({ spec: { dataDim: 30 }, samples: 2 });
    const batches = new Batches(
      dataOf("drawn", 30),
      {
        likelihood: training.spec.likelihood,
        objective: training.objective,
        ...{ seed: 7, batchSize: 10, samples: 2, latentDim: 3 },
      } as RunConfig,
    );
    using wasm = await wasmEngineOf(training);
    using _wasm = wasm.vae;
    using engine = await webGpuEngineOf(training, device);
    using _vae = engine.vae;
    for (let step = 1; step <= 100; step++) {
      wasm.step(sealed(batches.training(step)), training.settings);
      engine.step(sealed(batches.training(step)), training.settings);
    }
    const expected = await wasm.readTerms();
    const actual = await engine.readTerms();
    assertEquals(actual.length, 100);
    actual.forEach((terms, i) =>
      assertTerms(terms, expected[i]!, `step ${i + 1}`)
    );
  },
);
