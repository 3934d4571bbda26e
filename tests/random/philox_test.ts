import { assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { type Block, fillPhilox, philox4x32 } from "../../src/random/philox.ts";
import { stream } from "../../src/random/stream.ts";

/** Philox4x32-10 written from the paper's equations with big integers. */
function philoxOfBigInts(
  counter: readonly number[],
  key: readonly number[],
): number[] {
  const mask = 0xffffffffn;
  let [l0, r0, l1, r1] = counter.map(BigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const product0 = 0xd2511f53n * l0;
    const product1 = 0xcd9e8d57n * l1;
    [l0, r0, l1, r1] = [
      (product1 >> 32n) ^ r0 ^ k0,
      product1 & mask,
      (product0 >> 32n) ^ r1 ^ k1,
      product0 & mask,
    ];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [l0, r0, l1, r1].map(Number);
}

Deno.test("philox4x32() gives the published vectors", () => {
  // Random123, tests/kat_vectors, lines "philox4x32 10".
  const ones = 0xffffffff;
  assertEquals<Block>(
    philox4x32([0, 0, 0, 0], [0, 0]),
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  );
  assertEquals<Block>(
    philox4x32([ones, ones, ones, ones], [ones, ones]),
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  );
  assertEquals<Block>(
    philox4x32(
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
    ),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  );
});

Deno.test("philox4x32() agrees with big integers on 5000 counters and keys", () => {
  const words = stream(42, "generate").words(6 * 5000);
  for (let i = 0; i < words.length; i += 6) {
    const [a, b, c, d, key0, key1] = words.subarray(i, i + 6);
    const counter = [a!, b!, c!, d!] as const;
    assertEquals(
      [...philox4x32(counter, [key0!, key1!])],
      philoxOfBigInts(counter, [key0!, key1!]),
    );
  }
});

Deno.test("philox4x32() agrees with big integers on words of few bits", () => {
  // Carries and borrows of 16-bit halves show here.
  const edges = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
  for (const a of edges) {
    for (const b of edges) {
      const counter = [a, b, b, a] as const;
      assertEquals(
        [...philox4x32(counter, [b, a])],
        philoxOfBigInts(counter, [b, a]),
      );
    }
  }
});

Deno.test("philox4x32() changes half of its bits with one bit of input", () => {
  const input = [1, 2, 3, 4, 5, 6];
  const blockOf = ([a, b, c, d, e, f]: number[]) =>
    philox4x32([a!, b!, c!, d!], [e!, f!]);
  const base = blockOf(input);
  let flipped = 0;
  for (let bit = 0; bit < 192; bit++) {
    const other = blockOf(
      input.map((word, i) =>
        i === Math.floor(bit / 32) ? (word ^ (1 << (bit % 32))) >>> 0 : word
      ),
    );
    other.forEach((word, i) => {
      flipped += ((word ^ base[i]!) >>> 0).toString(2).replaceAll("0", "")
        .length;
    });
  }
  // 192 * 128 fair bits: mean 12288, deviation sqrt(192 * 128) / 2 = 78.4.
  assertLess(Math.abs(flipped - 12288), 5 * 78.4);
});

Deno.test("fillPhilox() counts the blocks and cuts the last", () => {
  const out = new Uint32Array(11);
  fillPhilox(out, 7, [10, 20, 30], [40, 50]);
  const blocks = [7, 8, 9].flatMap((first) => [
    ...philox4x32([first, 10, 20, 30], [40, 50]),
  ]);
  assertEquals([...out], blocks.slice(0, 11));
  assertNotEquals(blocks.slice(0, 4), blocks.slice(4, 8));
});
