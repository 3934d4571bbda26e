import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertNotEquals,
} from "@std/assert";
import { binariseOnce, drawPixel } from "../../src/data/binarise.ts";
import type { Examples } from "../../src/data/dataset.ts";
import { stream } from "../../src/random/stream.ts";
import { correlation } from "../random/statistics.ts";

/** Rows of all 256 grey levels. */
function levels(count: number): Examples {
  const values = Uint8Array.from({ length: count * 256 }, (_, i) => i % 256);
  return { count, dim: 256, values };
}

/** Rows of one grey level. */
function flat(count: number, dim: number, level: number): Examples {
  return { count, dim, values: new Uint8Array(count * dim).fill(level) };
}

Deno.test("drawPixel() is 1 for exactly level / 255 of the words", () => {
  for (let level = 0; level <= 255; level++) {
    // Of the 2^24 numbers in the upper bits, the first `ones` give 1.
    const ones = Math.ceil(level * 2 ** 24 / 255);
    assertAlmostEquals(ones / 2 ** 24, level / 255, 2 ** -24);
    for (const low of [0, 255]) {
      const word = (upper: number) => (upper * 256 + low) >>> 0;
      if (ones > 0) {
        assertEquals(drawPixel(level, word(0)), 1);
        assertEquals(drawPixel(level, word(ones - 1)), 1);
      }
      if (ones < 2 ** 24) {
        assertEquals(drawPixel(level, word(ones)), 0);
        assertEquals(drawPixel(level, word(2 ** 24 - 1)), 0);
      }
    }
  }
});

Deno.test("binariseOnce() draws 255 with probability level / 255", () => {
  const count = 4000;
  const { values } = binariseOnce(levels(count), 0, "train");
  const ones = new Float64Array(256);
  values.forEach((value, i) => {
    assert(value === 0 || value === 255);
    ones[i % 256]! += value / 255;
  });
  ones.forEach((sum, level) => {
    const p = level / 255;
    // Exact at both ends, where the error is zero.
    const error = Math.sqrt(p * (1 - p) / count);
    assertAlmostEquals(sum / count, p, 5 * error, `level ${level}`);
  });
  // All levels together: 256 times as many draws.
  let [total, variance] = [0, 0];
  ones.forEach((sum, level) => {
    const p = level / 255;
    total += sum - count * p;
    variance += count * p * (1 - p);
  });
  assertLess(Math.abs(total), 5 * Math.sqrt(variance));
});

Deno.test("binariseOnce() leaves its input alone and keeps its shape", () => {
  const input = levels(3);
  const { count, dim, values } = binariseOnce(input, 1, "test");
  assertEquals([count, dim, values.length], [3, 256, 768]);
  assertEquals(input.values, levels(3).values);
  assertNotEquals(values, input.values);
});

Deno.test("binariseOnce() draws a row whatever the number of rows", () => {
  const many = binariseOnce(levels(20), 3, "train");
  const few = binariseOnce(levels(4), 3, "train");
  assertEquals(few.values, many.values.slice(0, 4 * 256));
  assertEquals(binariseOnce(levels(4), 3, "train"), few);
});

Deno.test("binariseOnce() draws rows, splits and seeds independently", () => {
  const [count, dim] = [200, 100];
  const half = flat(count, dim, 128);
  const draw = (seed: number, split: "train" | "test") =>
    binariseOnce(half, seed, split).values as Uint8Array;
  const train = draw(0, "train");
  // What a training step of the same number draws (part 0 of the stream).
  const steps = new Uint8Array(count * dim);
  for (let row = 0; row < count; row++) {
    stream(0, "binarise", row).words(dim).forEach((word, i) => {
      steps[row * dim + i] = 255 * drawPixel(128, word);
    });
  }
  const others = {
    "the test split": draw(0, "test"),
    "another seed": draw(1, "train"),
    "the next row": Uint8Array.from([
      ...train.subarray(dim),
      ...train.subarray(0, dim),
    ]),
    "a training step": steps,
  };
  for (const [name, other] of Object.entries(others)) {
    const r = correlation(train, other);
    assertLess(Math.abs(r), 5 / Math.sqrt(count * dim), name);
  }
});
