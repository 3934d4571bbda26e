import { assert, assertEquals } from "@std/assert";
import type { z } from "zod";
import {
  formatLayers,
  formatSchedule,
  fraction,
  integer,
  integerOrNone,
  layers,
  nonNegative,
  orAuto,
  positive,
  positiveSchedule,
  schedule,
  swept,
  text,
  tiles,
  units,
  word,
} from "../../src/cli/values.ts";

/** What a parser makes of each text; a refusal is its message. */
function parsed(
  schema: z.ZodType<unknown, string>,
  texts: readonly string[],
): unknown[] {
  return texts.map((text) => {
    const { success, data, error } = schema.safeParse(text);
    return success ? data : error.issues[0]!.message;
  });
}

Deno.test("integer() reads whole decimals within its bounds", () => {
  assertEquals(parsed(integer(1), ["1", "+12", "007"]), [1, 12, 7]);
  const refused = ["0", "-1", "1.0", "1e3", "", " 1", "١", "1_000", "0b1"];
  for (const message of parsed(integer(1), refused)) {
    assertEquals(message, "expected an integer from 1");
  }
  assertEquals(parsed(integer(0, 9), ["0", "9", "10", "-1"]), [
    ...[0, 9],
    ...["expected an integer in 0..9", "expected an integer in 0..9"],
  ]);
  const largest = Number.MAX_SAFE_INTEGER;
  assertEquals(parsed(integer(0), [`${largest}`, "9007199254740992"]), [
    largest,
    "expected an integer from 0",
  ]);
});

Deno.test("integerOrNone() reads integers within its bounds, or none", () => {
  const refusal = "expected an integer in 1..9, or none";
  assertEquals(
    parsed(integerOrNone(1, 9), ["1", "9", "none", "0", "10", "", "None"]),
    [1, 9, null, refusal, refusal, refusal, refusal],
  );
});

Deno.test("orAuto() reads what its schema reads, or auto", () => {
  assertEquals(parsed(orAuto(integer(1)), ["3", "auto", "none"]), [
    ...[3, null, "expected an integer from 1, or auto"],
  ]);
});

Deno.test("tiles() reads shapes that a workgroup can have", () => {
  const tile = { rows: 16, fours: 2, across: 8, down: 1 };
  assertEquals(parsed(tiles(), ["16x2/8x1"]), [tile]);
  const refused = ["16x2", "6x1/8x1", "0x1/8x1", "4x0/8x1", "4x1/0x1"]
    .concat("64x4/8x1", "4x1/64x32", "4x1/8", "ax1/8x1", " 4x1/8x1");
  for (const message of parsed(tiles(), refused)) {
    assert(String(message).startsWith("expected ROWSxFOURS/ACROSSxDOWN"));
  }
});

Deno.test("positive(), nonNegative() and fraction() read decimals within their bounds", () => {
  const texts = [
    "0.5",
    ".5",
    "5e-1",
    "+5E-1",
    "0",
    "-0.5",
    "1",
    "nan",
    "1e999",
  ];
  const half = [0.5, 0.5, 0.5, 0.5];
  const notFinite = ["expected a number", "expected a finite number"];
  const above = "expected a number above 0, within the range of float32";
  const from = "expected a number from 0, within the range of float32";
  assertEquals(
    parsed(positive(), texts),
    [...half, above, above, 1, ...notFinite],
  );
  assertEquals(
    parsed(nonNegative(), texts),
    [...half, 0, from, 1, ...notFinite],
  );
  assertEquals(parsed(nonNegative(), ["3.4e38", "1e39", "1e-60"]), [
    ...[3.4e38, from, 1e-60],
  ]);
  const below = "expected a number from 0 and below 1";
  assertEquals(
    parsed(fraction(), texts),
    [...half, 0, below, below, ...notFinite],
  );
});

Deno.test("word() and text() read what they are asked to", () => {
  assertEquals(parsed(word(["a", "b"]), ["a", "b", "c", ""]), [
    ...["a", "b"],
    ...["expected one of a, b", "expected one of a, b"],
  ]);
  assertEquals(parsed(text(), ["x", " ", ""]), ["x", " ", "expected a text"]);
});

Deno.test("swept() reads different values, in the order typed", () => {
  assertEquals(parsed(swept(integer(1)), ["5", "5,2,9", "1,1", "", "1,"]), [
    [5],
    [5, 2, 9],
    "a value is given twice",
    "expected at least one value",
    "expected an integer from 1",
  ]);
});

Deno.test("layers() reads units, of which some may be equal, convolutions, or none", () => {
  const expected =
    "expected units, such as 200, or convolutions and units, such as " +
    "conv32,conv32,256, each in 1..999999, or none";
  assertEquals(parsed(layers(), ["none", "8", "500,500", "", "0", "8,"]), [
    [],
    [8],
    [500, 500],
    ...[expected, expected, expected],
  ]);
  assertEquals(parsed(layers(), ["conv3", "conv32,conv4,256", "8,conv2"]), [
    [{ channels: 3 }],
    [{ channels: 32 }, { channels: 4 }, 256],
    [8, { channels: 2 }],
  ]);
  const refused = ["conv", "conv0", "conv-1", "Conv3", "conv 3", "3conv"];
  for (const message of parsed(layers(), refused)) {
    assertEquals(message, expected);
  }
});

Deno.test("formatLayers() is the inverse of layers()", () => {
  for (const typed of ["none", "8", "500,500", "conv3", "conv32,conv4,256"]) {
    assertEquals(formatLayers(layers().parse(typed)), typed);
  }
});

Deno.test("units() reads sizes, or none", () => {
  const texts = ["none", "5", "100,100", "conv8", "0", "5,", ""];
  const [none, one, two, ...refused] = parsed(units(), texts);
  assertEquals([none, one, two], [[], [5], [100, 100]]);
  for (const message of refused) {
    assert(String(message).startsWith("expected units"), `${message}`);
  }
});

Deno.test("positiveSchedule() refuses a constant 0, also of float32", () => {
  const refusal =
    "expected a number above 0 (within the range of float32), or a schedule";
  assertEquals(parsed(positiveSchedule(), ["0", "1e-60", "0.5", "-1"]), [
    ...[refusal, refusal, 0.5],
    "expected a number from 0 (within the range of float32), " +
    "linear:FROM:TO:STEPS, cyclical:FROM:TO:PERIOD:RAMP or " +
    "stages:VALUE:STEPS,VALUE:STEPS,...",
  ]);
});

Deno.test("schedule() reads numbers and shapes, and formatSchedule() writes them", () => {
  const linear = { shape: "linear", from: 0, to: 1.5, steps: 100 } as const;
  const cyclical = {
    shape: "cyclical",
    from: 1,
    to: 0.25,
    period: 50,
    ramp: 0.5,
  } as const;
  const stages = {
    shape: "stages",
    stages: [{ value: 0.001, steps: 9 }, { value: 1e-7, steps: 1 }],
  } as const;
  const texts = [
    ...["4", "linear:0:1.5:100", "cyclical:1:0.25:50:0.5"],
    "stages:0.001:9,1e-7:1",
  ];
  const schedules = [4, linear, cyclical, stages];
  assertEquals(parsed(schedule(), texts), schedules);
  assertEquals(schedules.map(formatSchedule), texts);
  const refused = [
    ...["", "-1", "linear", "linear:0:1", "linear:0:1:0", "linear:0:-1:9"],
    ...["linear:0:1:9:9", "linear:0:1:1.5", "cyclical:0:1:9"],
    ...["cyclical:0:1:0:2", "cyclical:0:1:9:1:1", "sine:0:1:9", "1e39"],
    ...["stages", "stages:", "stages:1", "stages:1:0", "stages:1:2,"],
    ...["stages:-1:2", "stages:1:2:3", "stages:1:2:3:4"],
  ];
  for (const message of parsed(schedule(), refused)) {
    assertEquals(
      message,
      "expected a number from 0 (within the range of float32), " +
        "linear:FROM:TO:STEPS, cyclical:FROM:TO:PERIOD:RAMP or " +
        "stages:VALUE:STEPS,VALUE:STEPS,...",
    );
  }
  const ramps = ["0", "1.1", "-1", "x", ""].map((ramp) =>
    `cyclical:0:1:9:${ramp}`
  );
  for (const message of parsed(schedule(), ramps)) {
    assertEquals(message, "RAMP is a part of the period, above 0 and up to 1");
  }
});
