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
