import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { hashSplits } from "../../src/data/dataset.ts";
import {
  drawFactors,
  FACTOR_RANGES,
  type GlyphFactors,
  glyphs,
  renderGlyph,
} from "../../src/data/glyphs.ts";
import { datasetRow } from "../../src/data/load.ts";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** An upright, regular digit in the middle. */
function plain(
  digit: number,
  changes: Partial<GlyphFactors> = {},
): GlyphFactors {
  return {
    class: digit,
    slant: 0,
    rotation: 0,
    scale: 1,
    shiftX: 0,
    shiftY: 0,
    thickness: 2.5,
    curvature: 0,
    jitter: new Array(32).fill(0),
    ...changes,
  };
}

/** Ink, centroid and central second moments (per ink); y points down. */
function moments(bytes: Uint8Array) {
  let ink = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  bytes.forEach((byte, i) => {
    const column = i % SIDE;
    const row = Math.floor(i / SIDE);
    ink += byte;
    x += byte * column;
    y += byte * row;
    xx += byte * column * column;
    xy += byte * column * row;
    yy += byte * row * row;
  });
  x /= ink;
  y /= ink;
  return {
    ink,
    x,
    y,
    xx: xx / ink - x * x,
    xy: xy / ink - x * y,
    yy: yy / ink - y * y,
  };
}

const momentsOf = (digit: number, changes: Partial<GlyphFactors>) =>
  moments(renderGlyph(plain(digit, changes)));

/** Mean column of the inked pixels of some rows. */
function meanColumn(bytes: Uint8Array, from: number, to: number): number {
  const band = new Uint8Array(PIXELS);
  band.set(bytes.subarray(from * SIDE, to * SIDE), from * SIDE);
  return moments(band).x;
}

Deno.test("glyphs() returns the same rows for the same seed", async () => {
  const options = { seed: 3, train: 40, test: 10 };
  assertEquals(await glyphs(options), await glyphs(options));
});

Deno.test("glyphs() keeps its bytes from one version to the next", async () => {
  // Made by the first version of glyphs() itself (Deno 2.9.6, x86-64), once
  // its images had been looked at. It may change only together with the
  // templates, the ranges, the order of the placing or the streams.
  const { sha256, train, test } = await glyphs({ train: 100, test: 20 });
  assertEquals(
    sha256,
    "80421c52cf714c28cf43326f4a40f8febbaafd742992a334abf2e352d027a043",
  );
  assertEquals(sha256, await hashSplits(train, test));
});

Deno.test("glyphs() draws other rows for another seed and split", async () => {
  const zero = await glyphs({ seed: 0, train: 20, test: 20 });
  const one = await glyphs({ seed: 1, train: 20, test: 20 });
  assertNotEquals(zero.sha256, one.sha256);
  assertNotEquals(zero.trainFactors[0]!.slant, one.trainFactors[0]!.slant);
  assertNotEquals(zero.trainFactors[0]!.slant, zero.testFactors[0]!.slant);
});

Deno.test("glyphs() gives prefixes, whatever the other split's size", async () => {
  const large = await glyphs({ train: 50, test: 20 });
  const small = await glyphs({ train: 7, test: 5 });
  assertEquals(small.train.values, large.train.values.slice(0, 7 * PIXELS));
  assertEquals(small.test.values, large.test.values.slice(0, 5 * PIXELS));
  assertEquals(small.trainFactors, large.trainFactors.slice(0, 7));
  assertEquals(small.testFactors, large.testFactors.slice(0, 5));
});

Deno.test("glyphs() names and measures what it returns", async () => {
  const set = await glyphs({ train: 3, test: 2 });
  assertEquals([set.name, set.dim], ["glyphs", PIXELS]);
  assertEquals(set.image, { height: SIDE, width: SIDE });
  assertEquals(set.image, datasetRow({ dataset: "glyphs" }).image);
  assertEquals([set.train.count, set.train.dim], [3, PIXELS]);
  assertEquals([set.test.count, set.test.dim], [2, PIXELS]);
  assertEquals(set.train.values.length, 3 * PIXELS);
  assertEquals(
    Uint8Array.from(set.train.values).slice(2 * PIXELS),
    renderGlyph(set.trainFactors[2]!),
  );
  assertEquals(set.trainFactors[2], drawFactors(0, 2));
});

Deno.test("glyphs() refuses a bad number of rows and a bad seed", async () => {
  await assertRejects(() => glyphs({ train: 1.5 }), RangeError, "train");
  await assertRejects(() => glyphs({ test: -1 }), RangeError, "test");
  await assertRejects(() => glyphs({ seed: -1, train: 1 }), RangeError, "seed");
});

Deno.test("drawFactors() fills the ranges and stays within them", () => {
  const rows = Array.from({ length: 1000 }, (_, row) => drawFactors(7, row));
  for (const name of Object.keys(FACTOR_RANGES) as (keyof GlyphFactors)[]) {
    const [least, greatest] = FACTOR_RANGES[name];
    const values = rows.flatMap((row) => row[name]);
    const slack = 0.02 * (greatest - least);
    const lowest = Math.min(...values);
    const highest = Math.max(...values);
    assert(least <= lowest && highest <= greatest, `${name} leaves its range`);
    assertLess(lowest, least + slack, `${name} misses its least values`);
    assertGreater(highest, greatest - slack, `${name} misses its greatest`);
  }
  assert(rows.every((row) => row.jitter.length === 32));
  for (const digit of DIGITS) {
    // Binomial(1000, 1/10): five standard deviations are 47.
    const count = rows.filter((row) => row.class === digit).length;
    assertAlmostEquals(count, 100, 47, `digit ${digit}`);
  }
});

Deno.test("drawFactors() draws each factor on its own", () => {
  const rows = Array.from({ length: 1000 }, (_, row) => drawFactors(8, row));
  const names = Object.keys(FACTOR_RANGES) as (keyof GlyphFactors)[];
  const columns = names.map((name) => {
    const values = rows.map((row) => [row[name]].flat()[0]!);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const centred = values.map((value) => value - mean);
    const norm = Math.sqrt(centred.reduce((a, b) => a + b * b, 0));
    return centred.map((value) => value / norm);
  });
  columns.forEach((a, i) =>
    columns.slice(0, i).forEach((b, j) => {
      // A correlation of 1000 independent pairs has the deviation 0.032.
      const correlation = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
      assertLess(Math.abs(correlation), 0.15, `${names[i]} and ${names[j]}`);
    })
  );
});

Deno.test("renderGlyph() gives more ink for thicker strokes", () => {
  for (const digit of DIGITS) {
    const inks = [1.8, 2.1, 2.4, 2.7, 3, 3.3, 3.6]
      .map((thickness) => momentsOf(digit, { thickness }).ink);
    inks.slice(1).forEach((ink, i) => assertGreater(ink, inks[i]!));
  }
});

Deno.test("renderGlyph() inks a line's length times its thickness", () => {
  // The 1 is a stem of 2 units of 8 pixels and a flag of about 4.3 pixels.
  const thin = momentsOf(1, { thickness: 2 }).ink / 255;
  const thick = momentsOf(1, { thickness: 3 }).ink / 255;
  assertAlmostEquals(thick - thin, 16 + 4.3, 2.5);
});

Deno.test("renderGlyph() shifts the centroid by the shift", () => {
  for (const digit of DIGITS) {
    const still = momentsOf(digit, {});
    for (const [shiftX, shiftY] of [[1.5, -0.7], [-1.3, 1.5], [0.4, 0]]) {
      const moved = momentsOf(digit, { shiftX: shiftX!, shiftY: shiftY! });
      assertAlmostEquals(moved.x - still.x, shiftX!, 0.1);
      assertAlmostEquals(moved.y - still.y, shiftY!, 0.1);
    }
  }
});

Deno.test("renderGlyph() leans to the right for a positive slant", () => {
  for (const digit of DIGITS) {
    // A shear of all ink adds -slant * yy to xy (y points down); here the
    // pen stays round, and longer strokes take more of the ink.
    const upright = momentsOf(digit, {});
    for (const slant of [-0.15, 0.35]) {
      const { xy } = momentsOf(digit, { slant });
      assertAlmostEquals((xy - upright.xy) / upright.yy, -slant, 0.08);
    }
  }
});

Deno.test("renderGlyph() turns counter-clockwise for a positive angle", () => {
  /** Angle of the long axis to the vertical; > 0 is counter-clockwise. */
  const tilt = (rotation: number, digit: number) => {
    const { xx, xy, yy } = momentsOf(digit, { rotation });
    return Math.atan2(2 * xy, yy - xx) / 2;
  };
  for (const digit of DIGITS) {
    for (const rotation of [-0.15, 0.15]) {
      assertAlmostEquals(
        tilt(rotation, digit) - tilt(0, digit),
        rotation,
        0.02,
      );
    }
  }
});

Deno.test("renderGlyph() grows with the scale", () => {
  for (const digit of DIGITS) {
    const [small, large] = [0.85, 1.1].map((scale) => {
      const { xx, yy } = momentsOf(digit, { scale });
      return Math.sqrt(xx + yy);
    });
    // Not quite in proportion: the strokes keep their thickness.
    assertAlmostEquals(large! / small!, 1.1 / 0.85, 0.06);
  }
});

Deno.test("renderGlyph() bows to the right for a positive curvature", () => {
  const bow = (curvature: number) => {
    // Rows 12..15 of the stem of a 1, against its foot.
    const bytes = renderGlyph(plain(1, { curvature }));
    return meanColumn(bytes, 12, 16) - meanColumn(bytes, 19, 22);
  };
  // At 6.5 pixels of 8 below the centre: 8 * 0.2 * (6.5 / 8)^2 pixels.
  assertAlmostEquals(bow(0), 0, 0.05);
  assertAlmostEquals(bow(0.2), 1.06, 0.15);
  assertAlmostEquals(bow(-0.2), -1.06, 0.15);
});

Deno.test("renderGlyph() warps by less than the factors do", () => {
  const distance2 = (a: Uint8Array, b: Uint8Array) =>
    a.reduce((sum, byte, i) => sum + (byte - b[i]!) ** 2, 0);
  let byJitter = 0;
  let byFactors = 0;
  for (let row = 0; row < 200; row++) {
    const digit = row % 10;
    const one = { ...drawFactors(1, row), class: digit };
    const other = { ...drawFactors(2, row), class: digit };
    const bytes = renderGlyph(one);
    byJitter += distance2(bytes, renderGlyph({ ...one, jitter: other.jitter }));
    byFactors += distance2(
      bytes,
      renderGlyph({ ...other, jitter: one.jitter }),
    );
  }
  assertGreater(byJitter, 0.02 * byFactors, "jitter is to be seen");
  assertLess(byJitter, 0.4 * byFactors, "the known factors dominate");
});

Deno.test("renderGlyph() refuses what it cannot draw", () => {
  assertThrows(() => renderGlyph(plain(10)), RangeError, "class");
  assertThrows(() => renderGlyph(plain(1.5)), RangeError, "class");
  assertThrows(
    () => renderGlyph(plain(1, { slant: NaN })),
    RangeError,
    "slant",
  );
  assertThrows(
    () => renderGlyph(plain(1, { jitter: [0] })),
    RangeError,
    "jitter",
  );
});

Deno.test("glyphs() look like digits: contrast, margins, classes apart", async () => {
  const set = await glyphs({ train: 2000, test: 500 });
  const train = Uint8Array.from(set.train.values);
  const test = Uint8Array.from(set.test.values);

  const seen = new Set(train);
  assertEquals(seen.size, 256, "bytes use the full range");
  const mean = train.reduce((a, b) => a + b, 0) / train.length / 255;
  assertAlmostEquals(mean, 0.13, 0.01, "mean ink (MNIST: 0.1307)");
  for (const corner of [0, SIDE - 1, PIXELS - SIDE, PIXELS - 1]) {
    for (let row = 0; row < set.train.count; row++) {
      assertEquals(train[row * PIXELS + corner], 0, "a corner is background");
    }
  }

  const means = DIGITS.map((digit) => {
    const sum = new Float64Array(PIXELS);
    let rows = 0;
    set.trainFactors.forEach((factors, row) => {
      if (factors.class !== digit) return;
      rows++;
      for (let i = 0; i < PIXELS; i++) sum[i]! += train[row * PIXELS + i]!;
    });
    return sum.map((value) => value / rows);
  });
  const right = new Array<number>(10).fill(0);
  const rows = new Array<number>(10).fill(0);
  set.testFactors.forEach((factors, row) => {
    const image = test.subarray(row * PIXELS, (row + 1) * PIXELS);
    const distances = means.map((template) =>
      template.reduce((sum, value, i) => sum + (value - image[i]!) ** 2, 0)
    );
    const guess = distances.indexOf(Math.min(...distances));
    rows[factors.class]!++;
    if (guess === factors.class) right[factors.class]!++;
  });
  const accuracy = right.reduce((a, b) => a + b) / set.test.count;
  assertGreater(accuracy, 0.8, "nearest class mean");
  for (const digit of DIGITS) {
    assertGreater(right[digit]! / rows[digit]!, 0.6, `digit ${digit}`);
  }
});
