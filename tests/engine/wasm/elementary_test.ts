import { assert, assertEquals, assertLess } from "@std/assert";
import { openBench } from "./commands.ts";

using bench = openBench();
const { exports } = bench.module;
const ROOM = 2 ** 18;
const from = bench.allocator.bytes(4 * ROOM);
const to = bench.allocator.bytes(4 * ROOM);

type Name =
  | "expOf"
  | "log1pOf"
  | "logOf"
  | "signOf"
  | "tanhOf"
  | "sigmoidOf"
  | "softplusOf"
  | "expMinusOneMinusOf";

function apply(name: Name, x: Float32Array): Float32Array {
  new Float32Array(bench.module.buffer, from, x.length).set(x);
  exports[name](from, to, x.length);
  return new Float32Array(bench.module.buffer, to, x.length).slice();
}

/** Evenly spaced floats. */
function grid(low: number, high: number): Float32Array {
  return Float32Array.from(
    { length: ROOM },
    (_, i) => low + (high - low) * i / (ROOM - 1),
  );
}

/** Floats of all magnitudes, of both signs if asked for. */
function magnitudes(low: number, high: number, signs: 1 | 2): Float32Array {
  const [a, b] = [Math.log(low), Math.log(high)];
  return grid(a, b).map((v, i) => Math.exp(v) * (i % signs === 0 ? 1 : -1));
}

/** The largest error relative to the value. */
function worst(
  name: Name,
  x: Float32Array,
  exact: (x: number) => number,
): number {
  let largest = 0;
  apply(name, x).forEach((value, i) => {
    const expected = exact(x[i]!);
    const error = Math.abs(value - expected) / Math.abs(expected);
    if (expected !== 0) largest = Math.max(largest, error);
    else assertEquals(value, expected);
    assert(!Number.isNaN(error) || expected === 0, `${name}(${x[i]})`);
  });
  return largest;
}

// 6.0e-8 is half a unit in the last place: the least that rounding can do.

Deno.test("exp4() is within 1.2e-7 of e^x", () => {
  assertLess(worst("expOf", grid(-87, 88), Math.exp), 1.2e-7);
  assertLess(worst("expOf", magnitudes(1e-30, 1, 2), Math.exp), 1.2e-7);
});

Deno.test("log1p4() is within 1.8e-7 of ln(1 + y) in [0, 1]", () => {
  assertLess(worst("log1pOf", grid(0, 1), Math.log1p), 1.8e-7);
  assertLess(worst("log1pOf", magnitudes(1e-30, 1, 1), Math.log1p), 1.8e-7);
});

Deno.test("log4() is within 1.8e-7 of ln x, and -infinity at 0", () => {
  assertLess(worst("logOf", grid(0.5, 2), Math.log), 1.8e-7);
  assertLess(worst("logOf", magnitudes(1e-37, 1e38, 1), Math.log), 1.8e-7);
  assertEquals(
    [...apply("logOf", new Float32Array(4))],
    Array(4).fill(-Infinity),
  );
});

Deno.test("sign4() is -1, 0 or 1", () => {
  const x = Float32Array.of(-Infinity, -1e-45, -3, -0, 0, 1e-45, 2, Infinity);
  assertEquals([...apply("signOf", x)], [-1, -1, -1, 0, 0, 1, 1, 1]);
});

Deno.test("tanh4() is within 1.8e-7 of tanh x", () => {
  assertLess(worst("tanhOf", grid(-12, 12), Math.tanh), 1.8e-7);
  assertLess(worst("tanhOf", magnitudes(1e-30, 90, 2), Math.tanh), 1.8e-7);
});

Deno.test("sigmoidOf4() is within 2.5e-7 of 1 / (1 + e^-x)", () => {
  const sigmoid = (x: number) =>
    x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
  assertLess(worst("sigmoidOf", grid(-87, 87), sigmoid), 2.5e-7);
});

Deno.test("softplus4() is within 2.5e-7 of ln(1 + e^x)", () => {
  const softplus = (x: number) =>
    Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  assertLess(worst("softplusOf", grid(-87, 87), softplus), 2.5e-7);
});

Deno.test("expMinusOneMinus4() is within 6e-7 of e^v - 1 - v", () => {
  // Math.expm1(v) - v cancels near 0, the series does not.
  const exact = (v: number) => {
    if (Math.abs(v) > 0.5) return Math.expm1(v) - v;
    let [term, sum] = [v * v / 2, 0];
    for (let n = 3; n < 25; n++) {
      sum += term;
      term *= v / n;
    }
    return sum;
  };
  assertLess(worst("expMinusOneMinusOf", grid(-20, 20), exact), 6e-7);
  const small = magnitudes(1e-15, 1, 2);
  assertLess(worst("expMinusOneMinusOf", small, exact), 6e-7);
});

Deno.test("elementary functions keep NaN and take infinities", () => {
  const x = Float32Array.of(-Infinity, Infinity, NaN, 0);
  assertEquals([...apply("expOf", x)], [0, Infinity, NaN, 1]);
  assertEquals([...apply("tanhOf", x)], [-1, 1, NaN, 0]);
  assertEquals([...apply("sigmoidOf", x)].slice(0, 3), [0, 1, NaN]);
  assertEquals([...apply("softplusOf", x)].slice(0, 3), [0, Infinity, NaN]);
  const far = Float32Array.of(-104, 89, -1000, 1000);
  assertEquals([...apply("expOf", far)], [
    Math.fround(Math.exp(-104)),
    Infinity,
    0,
    Infinity,
  ]);
});

Deno.test("exp64() is within 1e-15 of e^x", () => {
  for (let i = 0; i <= 20000; i++) {
    const x = -708 + 1417 * i / 20000;
    const expected = Math.exp(x);
    assertLess(Math.abs(exports.exp64(x) / expected - 1), 1e-15, `${x}`);
  }
  assertEquals(
    [NaN, Infinity, -Infinity, 0].map((x) => exports.exp64(x)),
    [NaN, Infinity, 0, 1],
  );
});
