import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
} from "@std/assert";
import { drawPixel } from "../../src/data/binarise.ts";
import { stream } from "../../src/random/stream.ts";
import type { Batch } from "../../src/engine/engine.ts";
import { Batches, gather } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { configOf, rowsOf, toyData } from "./toys.ts";

/** All parts of a minibatch, including those that are made on demand. */
function made(batch: Batch): Batch {
  const { x, noise, ...rest } = batch;
  return { x, noise, ...rest };
}

Deno.test("Batches.training() makes any step alone as after its history", () => {
  // Nine steps of 100 of the 256 rows: four epochs.
  const config = configOf({ batchSize: 100 });
  for (const drawEachStep of [false, true]) {
    const data = toyData({ train: 256, drawEachStep });
    const walked = new Batches(data, config);
    const history = Array.from(
      { length: 9 },
      (_, i) => made(walked.training(i + 1)),
    );
    for (const step of [9, 1, 5, 3, 3, 8]) {
      const alone = new Batches(data, config).training(step);
      assertEquals(made(alone), history[step - 1]);
      assertEquals(made(walked.training(step)), history[step - 1]);
    }
  }
});

Deno.test("Batches.training() keeps its rows and pixels whatever else is set", () => {
  const others: Partial<RunConfig>[] = [
    { samples: 5 },
    { latentDim: 7 },
    { evalEvery: 1 },
    { evalSamples: 9 },
    { steps: 1000 },
    { hidden: [9, 9], learningRate: 0.5, beta: 4 },
    { objective: { name: "iwae", k: 3, gradient: "plain" } },
    { dataSeed: 9 },
  ];
  for (const drawEachStep of [false, true]) {
    const data = toyData({ train: 256, drawEachStep });
    const base = new Batches(data, configOf());
    for (const other of others) {
      const batches = new Batches(data, configOf(other));
      for (const step of [1, 2, 3, 7]) {
        // Evaluations in between change nothing.
        [...batches.test()];
        assertEquals(batches.training(step).x, base.training(step).x);
      }
    }
    const seed = new Batches(data, configOf({ seed: 1 }));
    assertNotEquals(seed.training(1).x, base.training(1).x);
  }
});

Deno.test("Batches.training() visits every row once in each epoch", () => {
  // Four divides ten in no epoch: steps 3, 8, ... span two. A batch of 25
  // spans three epochs.
  for (const batchSize of [4, 10, 25]) {
    const batches = new Batches(toyData(), configOf({ batchSize }));
    const visited: number[] = [];
    for (let step = 1; visited.length < 100; step++) {
      const { x, size } = batches.training(step);
      assertEquals(size, batchSize);
      assertEquals(x.length, 3 * batchSize);
      visited.push(...rowsOf(x));
    }
    const epochs = Array.from(
      { length: 10 },
      (_, epoch) => visited.slice(10 * epoch, 10 * epoch + 10),
    );
    for (const [epoch, rows] of epochs.entries()) {
      assertEquals(
        rows.toSorted((a, b) => a - b),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
      assertEquals(rows, [...stream(0, "order", epoch).permutation(10)]);
    }
    assertNotEquals(epochs[0], epochs[1]);
  }
});

Deno.test("Batches.training() draws its noise from (seed, noise, step)", () => {
  const config = configOf({ seed: 3, samples: 2 });
  const { noise, samples } = new Batches(toyData(), config).training(6);
  assertEquals(samples, 2);
  assertEquals(noise, stream(3, "noise", 6).normals(2 * 4 * 2));
});

Deno.test("Batches have noise for both layers where there are two", () => {
  const upper = { latentDim: 3, hidden: [] };
  const batches = new Batches(toyData(), configOf({ upper, seed: 3 }));
  const { noise } = batches.training(6);
  assertEquals(noise, stream(3, "noise", 6).normals(4 * (2 + 3)));
  const [test] = [...batches.test()];
  assertEquals(test!.noise, stream(3, "evaluate", 0).normals(7 * (2 + 3)));
});

Deno.test("Batches.training() shares the first draw between L = 1 and L = 5", () => {
  const one = new Batches(toyData(), configOf()).training(4).noise;
  const five = new Batches(toyData(), configOf({ samples: 5 })).training(4);
  assertEquals(five.noise.length, 5 * one.length);
  assertEquals(five.noise.slice(0, one.length), one);
});

Deno.test("Batches.training() draws pixels anew at every step where asked", () => {
  const batches = new Batches(
    toyData({ train: 256, drawEachStep: true }),
    configOf({ batchSize: 256 }),
  );
  const order = (epoch: number) => stream(0, "order", epoch).permutation(256);
  const ones = new Float64Array(256);
  const epochs = 400;
  for (let step = 1; step <= epochs; step++) {
    const { x } = batches.training(step);
    const rows = order(step - 1);
    for (let i = 0; i < 256; i++) {
      ones[rows[i]!]! += x[3 * i]!;
      // Grey level 0 is never 1, and 255 always.
      assertEquals([x[3 * i + 1], x[3 * i + 2]], [0, 1]);
    }
  }
  ones.forEach((sum, level) => {
    const p = level / 255;
    const error = Math.sqrt(p * (1 - p) / epochs);
    assertAlmostEquals(sum / epochs, p, 5 * error, `level ${level}`);
  });
});

Deno.test("Batches.training() draws its pixels from (seed, binarise, step)", () => {
  const config = configOf({ seed: 3, batchSize: 100 });
  const levels = new Batches(toyData({ train: 256 }), config);
  const drawn = new Batches(
    toyData({ train: 256, drawEachStep: true }),
    config,
  );
  for (const step of [1, 2, 7]) {
    const words = stream(3, "binarise", step).words(300);
    assertEquals(
      drawn.training(step).x,
      levels.training(step).x.map((level, i) =>
        drawPixel(Math.round(255 * level), words[i]!)
      ),
    );
  }
});

Deno.test("Batches.test() gives all rows in order, the same each time", () => {
  const config = configOf({ evalSamples: 3 });
  const batches = new Batches(toyData({ test: 1100 }), config);
  const first = [...batches.test()];
  batches.training(5);
  assertEquals([...batches.test()], first);
  assertEquals(batches.testCount, 1100);
  assertEquals(first.map(({ size }) => size), [500, 500, 100]);
  assertEquals(
    first.flatMap(({ x }) => rowsOf(x)),
    Array.from({ length: 1100 }, (_, i) => i % 256),
  );
  first.forEach(({ noise, samples, size }, i) => {
    assertEquals(samples, 3);
    assertEquals(noise, stream(0, "evaluate", i).normals(3 * size * 2));
  });
});

Deno.test("Batches.test() has the same pixels for every seed of a run", () => {
  const data = toyData({ drawEachStep: true });
  const firstOf = (seed: number) =>
    [...new Batches(data, configOf({ seed })).test()][0]!;
  const [a, b] = [firstOf(0), firstOf(1)];
  assertEquals(a.x, b.x);
  assertNotEquals(a.noise, b.noise);
});

Deno.test("gather() divides bytes by 255 and keeps floats", () => {
  const bytes = {
    count: 3,
    dim: 2,
    values: Uint8Array.of(0, 51, 1, 2, 254, 255),
  };
  const rows = Uint32Array.of(2, 0, 2);
  assertEquals(
    gather(bytes, rows),
    Float32Array.of(254 / 255, 1, 0, 0.2, 254 / 255, 1),
  );
  const values = Float32Array.of(-1, 300, 0.1, 0, 7, 1e-9);
  assertEquals(
    gather({ count: 3, dim: 2, values }, rows),
    Float32Array.of(7, 1e-9, -1, 300, 7, 1e-9),
  );
  assert(gather(bytes, new Uint32Array()).length === 0);
});
