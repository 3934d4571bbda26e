import { assert } from "@std/assert";
import * as fc from "fast-check";
import { readDecimal } from "../../src/compare/decimal.ts";
import { anyNumber, DRAWS } from "./arbitraries.ts";

const NUMBER = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|Infinity)$/i;

/** With bytes around the text, which must not count. */
function read(text: string): number {
  const bytes = new TextEncoder().encode(`9${text}9`);
  return readDecimal(bytes, 1, bytes.length - 1);
}

function check(text: string): void {
  const isNumber = NUMBER.test(text) && !/infinity/.test(text.slice(1));
  const expected = isNumber && /infinity/i.test(text)
    ? /^[+-]?Infinity$/.test(text) ? Number(text) : NaN
    : isNumber
    ? Number(text)
    : NaN;
  const actual = read(text);
  assert(Object.is(actual, expected), `${text}: ${actual}, not ${expected}`);
}

Deno.test("readDecimal() is Number() of what JavaScript writes", () => {
  fc.assert(
    fc.property(anyNumber, fc.integer({ min: 1, max: 21 }), (value, digits) => {
      check(String(value));
      check(value.toPrecision(digits));
      check(value.toExponential());
    }),
    { ...DRAWS, numRuns: 5000 },
  );
});

Deno.test("readDecimal() is NaN of all that is no number", () => {
  const text = fc.string({
    unit: fc.constantFrom("0", "1", "9", ".", "-", "+", "e", "E", "x", " "),
    maxLength: 8,
  });
  fc.assert(fc.property(text, check), { ...DRAWS, numRuns: 5000 });
  ["NaN", "Infinity", "-Infinity", "+Infinity", "infinity", "-", "1e", "0x1"]
    .forEach(check);
});
