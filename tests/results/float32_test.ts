import { assert, assertEquals } from "@std/assert";
import { stream } from "../../src/random/stream.ts";
import { formatFloat32 } from "../../src/results/float32.ts";

/** The floats of these bits. */
function floats(bits: Uint32Array): Float32Array {
  return new Float32Array(bits.buffer, bits.byteOffset, bits.length);
}

/** Significant digits of a decimal. */
function digitsOf(text: string): number {
  return text.replace(/e.*/, "").replaceAll(/[-.]/g, "")
    .replace(/^0+/, "").replace(/0+$/, "").length;
}

function assertRoundTrip(value: number): void {
  const text = formatFloat32(value);
  const back = Math.fround(Number(text));
  assert(back === value || (back !== back && value !== value), text);
  if (!Number.isFinite(value) || value === 0) return;
  const digits = digitsOf(text);
  assert(digits >= 1 && digits <= 9, text);
  if (digits > 1) {
    const shorter = Number(value.toPrecision(digits - 1));
    assert(Math.fround(shorter) !== value, `${text} could be shorter`);
  }
}

Deno.test("formatFloat32() round-trips 10,000 random bit patterns, in the fewest digits", () => {
  floats(stream(1, "data").words(10_000)).forEach(assertRoundTrip);
});

Deno.test("formatFloat32() round-trips subnormals, and the neighbours of powers of two", () => {
  const subnormals = stream(2, "data").words(2000)
    .map((word) => (word & 0x807fffff) >>> 0);
  floats(subnormals).forEach(assertRoundTrip);
  for (let exponent = 0; exponent < 255; exponent++) {
    const power = exponent << 23;
    const bits = [power, power + 1, power + 2, power + 0x7fffff];
    floats(Uint32Array.from(bits)).forEach(assertRoundTrip);
  }
});

Deno.test("formatFloat32() writes known values as JavaScript would, but short", () => {
  const known: [number, string][] = [
    [0, "0"],
    [1, "1"],
    [-2.5, "-2.5"],
    [0.1, "0.1"],
    [1 / 3, "0.33333334"],
    [Math.PI, "3.1415927"],
    [16777216, "16777216"],
    [-185.06877, "-185.06877"],
    [1e-7, "1e-7"],
    [1e30, "1e+30"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [1.1754943508222875e-38, "1.1754944e-38"],
    [1.401298464324817e-45, "1e-45"],
    [1e39, "Infinity"],
    [-Infinity, "-Infinity"],
    [NaN, "NaN"],
  ];
  for (const [value, text] of known) {
    assertEquals(formatFloat32(value), text);
  }
});
