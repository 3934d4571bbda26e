import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  exp,
  expm1,
  log,
  log1p,
  portableLog,
  power,
} from "../src/elementary.ts";
import { stream } from "../src/random/stream.ts";
import { sha256 } from "./data/helpers.ts";

Deno.test("portableLog() agrees with Math.log to a relative 4.4e-16", () => {
  const check = (x: number) => {
    // Near 1 the logarithm is small, and the sum's rounding is relative to it.
    const expected = Math.log(x);
    assertAlmostEquals(
      portableLog(x),
      expected,
      2 * Number.EPSILON * Math.abs(expected),
      `x = ${x}`,
    );
  };
  stream(4, "generate").uniforms(20_000).forEach(check);
  for (const x of [2 ** -1022, 1e-300, 1e-14, 0.5, 2, Math.SQRT2, 1e300]) {
    check(x);
  }
  for (let i = 1; i <= 50; i++) {
    check(1 + i * Number.EPSILON);
    check(1 - i * Number.EPSILON);
    check(Math.SQRT2 * (1 + (i - 25) * Number.EPSILON));
  }
  assertEquals(portableLog(1), 0);
});

Deno.test("log(), log1p(), exp() and expm1() agree with the host's to a relative 7e-16", () => {
  const near = (value: number, expected: number, x: number) =>
    assert(
      Math.abs(value - expected) <= 7e-16 * Math.abs(expected),
      `${value} instead of ${expected} at ${x}`,
    );
  for (const uniform of stream(5, "generate").uniforms(20_000)) {
    const x = 1400 * (uniform - 0.5);
    near(exp(x), Math.exp(x), x);
    near(exp(x / 1e4), Math.exp(x / 1e4), x / 1e4);
    near(expm1(x / 50), Math.expm1(x / 50), x / 50);
    const tiny = x * 1e-9;
    near(expm1(tiny), Math.expm1(tiny), tiny);
    const y = Math.exp(x);
    near(log(y), Math.log(y), y);
    const z = Math.exp(-Math.abs(x) / 10) * (uniform < 0.3 ? -0.99 : 1);
    near(log1p(z), Math.log1p(z), z);
  }
});

Deno.test("log(), log1p() and exp() at the ends of the numbers", () => {
  const ends = [0, -0, 5e-324, 1e-310, Number.MAX_VALUE, Infinity, NaN, -1];
  for (const x of ends) {
    assertAlmostEquals(log(x), Math.log(x), 1e-12, `log ${x}`);
    assertAlmostEquals(log1p(x), Math.log1p(x), 1e-12, `log1p ${x}`);
  }
  for (
    const x of [-Infinity, -746, -745, -720, 709.78, 711, Infinity, NaN, 0]
  ) {
    const expected = Math.exp(x);
    const precision = expected < Infinity ? 1e-15 * expected + 5e-324 : 0;
    assertAlmostEquals(exp(x), expected, precision, `exp ${x}`);
    assertAlmostEquals(expm1(x), Math.expm1(x), precision, `expm1 ${x}`);
  }
});

Deno.test("power() multiplies", () => {
  assertEquals([0, 1, 2, 5, 10].map((n) => power(3, n)), [1, 3, 9, 243, 59049]);
  assertAlmostEquals(
    power(0.999, 6000),
    Math.exp(6000 * Math.log(0.999)),
    1e-15,
  );
});

/** SHA-256 of 5000 values each; the same steps in Python give them, too. */
const BITS: Readonly<Record<string, string>> = {
  log: "306cc5fb0afc851b429a8e3a199dca0498d28b5d5a1fc58231ea27638f3df757",
  log1p: "df0b4487405cb1199916d354421abfe9d7300a2d3cae2cde96672d8539a409e6",
  exp: "936405a5c5dd9fb191c466454ca458a2208dd27a664fb8de9ff6a7e092bab9c4",
  expm1: "b19101a451a31cc5f3171a28b1bb110ee3741ba9c9a5d28df4327497d8331f63",
  power: "e6865692377ccf8d13c575a1d10a71cc116cd624dfd7d7a38f51bfc2cf2335fa",
};

Deno.test("log(), log1p(), exp(), expm1() and power() have the same bits on every host", async () => {
  const functions: Record<string, (u: number, i: number) => number> = {
    log: (u) => log(1000 * u),
    log1p: (u) => log1p(u - 0.5),
    exp: (u) => exp(1400 * (u - 0.5)),
    expm1: (u) => expm1(u - 0.5),
    power: (u, i) => power(u, i % 60),
  };
  for (const [name, of] of Object.entries(functions)) {
    const values = Float64Array.from(
      { length: 5000 },
      (_, i) => of((i + 1) * 2654435761 % 2 ** 32 / 2 ** 32, i + 1),
    );
    assertEquals(await sha256(new Uint8Array(values.buffer)), BITS[name], name);
  }
});
