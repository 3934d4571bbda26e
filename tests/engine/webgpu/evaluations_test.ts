import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { referenceDraws } from "../../../src/engine/draw_engine.ts";
import type { Batch, EvaluationSums } from "../../../src/engine/engine.ts";
import { unsupported } from "../../../src/engine/supported.ts";
import { ON_HARDWARE, webGpuDraws } from "../../../src/engine/webgpu/draws.ts";
import { SUPPORTED } from "../../../src/engine/webgpu/supported.ts";
import { batchOf as drawsOf } from "../../../src/evaluate/draws.ts";
import { importanceBound } from "../../../src/evaluate/importance.ts";
import { stream } from "../../../src/random/stream.ts";
import { testOnWebGpu } from "../backends.ts";
import { assertDraws } from "../draws.ts";
import {
  batchOf,
  BY_OBJECTIVE,
  DECODERS,
  engineOf,
  type Training,
  trainingOf,
  TRAININGS,
  vaeOf,
} from "../training.ts";
import { assertRowTerms, SHAPES } from "../row_terms.ts";
import { counting } from "./counting.ts";
import { openDevice, SMALL_TILE, webGpuEngineOf } from "./trainings.ts";

const isInKernels = ({ spec, ...training }: Training) =>
  unsupported(SUPPORTED, { ...spec, ...training }) === null;

const ALL = { ...TRAININGS, ...DECODERS, ...BY_OBJECTIVE };

/** Asserts that sums are the reference's to 1e-4. */
function assertSums(
  actual: EvaluationSums,
  expected: EvaluationSums,
  label: string,
): void {
  const flat = ({ reconstruction, kl, more }: EvaluationSums) =>
    Object.entries<number>({
      reconstruction,
      ...Object.fromEntries(kl.entries()),
      ...more,
    });
  const own = new Map(flat(actual));
  const all = flat(expected);
  assertEquals([...own.keys()], all.map(([name]) => name), label);
  for (const [name, value] of all) {
    const tolerance = 1e-4 * Math.max(1, Math.abs(value));
    assertAlmostEquals(own.get(name)!, value, tolerance, `${label}: ${name}`);
  }
}

testOnWebGpu(
  "WebGpuEngine.evaluate() gives the reference's sums",
  async (backend) => {
    for (const [name, training] of Object.entries(ALL)) {
      if (!isInKernels(training)) continue;
      using engine = await webGpuEngineOf(training, backend.webgpu!);
      using vae = engine.vae;
      for (let step = 1; step <= 3; step++) {
        engine.step(batchOf(training, step), training.settings);
      }
      using reference = engineOf(training, backend, await vae.values());
      using _reference = reference.vae;
      const batches = [10, 4].map((size, i) =>
        batchOf({ ...training, size, samples: 2 }, i + 1)
      );
      assertSums(
        await engine.evaluate(batches),
        await reference.evaluate(batches),
        name,
      );
    }
  },
);

testOnWebGpu(
  "WebGpuEngine.evaluate() makes x and the noise of a split in kernels",
  async (backend) => {
    const training = trainingOf();
    using engine = await webGpuEngineOf(training, backend.webgpu!);
    using vae = engine.vae;
    using reference = engineOf(training, backend, await vae.values());
    using _reference = reference.vae;
    const { dataDim, latentDim } = training.spec;
    const values = Uint8Array.from(stream(1, "data").words(9 * dataDim));
    const batches = [[1, 8, 3, 4, 0], [2]].map((rows, i) => {
      const noise = stream(5, "evaluate", i);
      const own = Uint32Array.from(rows);
      const size = rows.length;
      const source = { values, rows: own, pixels: null, noise: noise.address };
      return {
        ...{ size, samples: 3, source },
        x: Float32Array.from(
          rows.flatMap((row) => [
            ...values.subarray(row * dataDim, (row + 1) * dataDim),
          ]),
          (level) => level / 255,
        ),
        noise: noise.normals(3 * size * latentDim),
      };
    });
    const expected = await reference.evaluate(batches);
    const unread = batches.map(({ source, size, samples }): Batch => ({
      ...{ source, size, samples },
      get x(): Float32Array {
        throw new Error("x is read");
      },
      get noise(): Float32Array {
        throw new Error("the noise is read");
      },
    }));
    assertSums(await engine.evaluate(unread), expected, "made");
  },
);

testOnWebGpu(
  "webGpuDraws() encode and decode as the model does",
  async () => {
    const device = await openDevice();
    const all = Object.entries({ ...TRAININGS, ...DECODERS })
      .filter(([, training]) => isInKernels(training));
    for (const [name, training] of all) {
      using vae = vaeOf(training.spec);
      using engine = await webGpuDraws(vae, device, SMALL_TILE);
      await assertDraws(engine, vae, training, name);
    }
    assert(all.length > 5);
    device.check();
  },
);

testOnWebGpu(
  "webGpuDraws() are those of the model, with all units and with some",
  async (backend) => {
    const trainings = [
      ...Object.values(DECODERS),
      ...SHAPES.map((shape) => trainingOf(shape)),
      trainingOf({
        spec: {
          likelihood: {
            family: "gaussian",
            variance: "learned",
            mean: "linear",
          },
        },
      }),
    ];
    for (const training of trainings.filter(isInKernels)) {
      const { spec } = training;
      using vae = vaeOf(spec);
      using engine = await webGpuDraws(vae, backend.webgpu!, SMALL_TILE);
      const reference = referenceDraws(vae);
      const batch = batchOf(training, 1);
      const some = Array.from(
        { length: spec.latentDim },
        (_, j) => j % 2 === 1,
      );
      const all = [];
      for (const kept of [undefined, some, undefined]) {
        const actual = await engine.rowTerms(batch, kept);
        const expected = await reference.rowTerms(batch, kept);
        assertRowTerms(actual, expected, `${JSON.stringify(spec)}, ${kept}`);
        if (kept === undefined) all.push(actual);
      }
      assertEquals(all[1], all[0], "some units leave nothing behind");
    }
  },
);

testOnWebGpu(
  "webGpuDraws() make the noise of streams, several batches at once",
  async () => {
    const training = trainingOf({ spec: { latentDim: 7 } });
    using vae = vaeOf(training.spec);
    using engine = await webGpuDraws(vae, await openDevice(), SMALL_TILE);
    const reference = referenceDraws(vae);
    const { x } = batchOf({ ...training, size: 13 }, 1);
    const rows = { index: 2, first: 2 ** 33, count: 13 };
    const batches = [0, 1, 2].map((index) =>
      drawsOf(
        { x },
        "importance",
        2 ** 40 + 7,
        rows,
        { index, first: 50 * index, count: 5 },
        7,
      )
    );
    const unread = batches.map(({ size, samples, streams }) => ({
      ...{ x, size, samples, streams: streams! },
      get noise(): Float32Array {
        throw new Error("the noise is read");
      },
    }));
    const all = await Promise.all(
      unread.map((batch) => engine.rowTerms(batch)),
    );
    for (const [i, batch] of batches.entries()) {
      assertRowTerms(all[i]!, await reference.rowTerms(batch), `${i}`);
    }
    assert(all[0]!.logRatio[0] !== all[1]!.logRatio[0]);
  },
);

testOnWebGpu(
  "L_k asks a GPU for 25,000 draws at once: two submits and one upload each",
  async () => {
    const { spec } = trainingOf({
      spec: { dataDim: 3, latentDim: 2, hidden: [] },
    });
    using vae = vaeOf(spec);
    const opened = await openDevice();
    using engine = await webGpuDraws(vae, opened, SMALL_TILE);
    const images = (count: number) => ({
      ...{ dim: 3, count, values: new Uint8Array(3 * count).fill(90) },
    });
    const k = 100;
    const options = { k, seed: 1, engine: { ...engine, pace: ON_HARDWARE } };
    await importanceBound(vae, images(500), options);
    const counter = counting(opened);
    await importanceBound(vae, images(1000), options);
    const { submits, uploads, buffers } = counter.take();
    const works = 1000 * k / 25_000;
    // the work and its reading; the settings of each, and x of 500 images
    assertEquals(
      { submits, uploads, buffers },
      { submits: 2 * works, uploads: works + 2, buffers: works },
    );
  },
);

testOnWebGpu(
  "evaluations are cut to what the device has room for",
  async () => {
    const training = trainingOf({
      spec: { dataDim: 2, latentDim: 1, hidden: [] },
      ...{ size: 40_000, samples: 2 },
    });
    const device = await openDevice();
    const { maxComputeWorkgroupsPerDimension } = device.device.limits;
    assert(80_000 > maxComputeWorkgroupsPerDimension);
    const batch = batchOf(training, 1);
    using vae = vaeOf(training.spec);
    using engine = await webGpuDraws(vae, device, SMALL_TILE);
    const whole = await engine.rowTerms(batch);
    const { size, samples } = batch;
    // some datapoints of it
    for (const b of [0, 19_999, 20_000, 39_999]) {
      const row = (values: Float32Array, width: number, s = 0) => {
        const at = (s * size + b) * width;
        return [...values.subarray(at, at + width)];
      };
      const own = await engine.rowTerms({
        ...{ size: 1, samples },
        x: Float32Array.from(row(batch.x, 2)),
        noise: Float32Array.from([0, 1].flatMap((s) => row(batch.noise, 1, s))),
      });
      for (const term of ["logLikelihood", "logRatio"] as const) {
        assertEquals(
          [...own[term]],
          [0, 1].flatMap((s) => row(whole[term], 1, s)),
        );
      }
    }
    device.check();
  },
);
