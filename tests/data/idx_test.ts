import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseIdx } from "../../src/data/idx.ts";
import { UserError } from "../../src/errors.ts";
import { idx } from "./helpers.ts";

const IMAGES = idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]);

function assertRejected(
  bytes: Uint8Array<ArrayBuffer>,
  dims: readonly number[],
  what: string,
): void {
  const error = assertThrows(
    () => parseIdx(bytes, dims, "digits.idx"),
    UserError,
    `digits.idx: ${what}`,
  );
  assert(!error.message.includes("\n"));
  assert(error.message.endsWith("; replace the file with the original one"));
}

Deno.test("parseIdx() gives the bytes of images", () => {
  const data = parseIdx(IMAGES, [2, 2, 3], "digits.idx");
  assertEquals([...data], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]);
});

Deno.test("parseIdx() gives the bytes of labels", () => {
  const data = parseIdx(idx([4], [9, 0, 1, 2]), [4], "labels.idx");
  assertEquals([...data], [9, 0, 1, 2]);
});

Deno.test("parseIdx() reads a view into a larger buffer", () => {
  const larger = new Uint8Array(IMAGES.length + 10);
  larger.set(IMAGES, 5);
  const view = larger.subarray(5, 5 + IMAGES.length);
  assertEquals(parseIdx(view, [2, 2, 3], "digits.idx").length, 12);
});

Deno.test("parseIdx() rejects labels where images belong", () => {
  assertRejected(
    idx([16], new Uint8Array(16)),
    [2, 2, 3],
    "magic number 0x00000801 instead of 0x00000803",
  );
});

Deno.test("parseIdx() rejects a type other than unsigned bytes", () => {
  const floats = IMAGES.slice();
  floats[2] = 0x0d;
  assertRejected(floats, [2, 2, 3], "magic number 0x00000d03");
});

Deno.test("parseIdx() rejects a wrong count, row and column size", () => {
  for (const dims of [[3, 2, 3], [2, 3, 3], [2, 2, 2]]) {
    assertRejected(
      IMAGES,
      dims,
      `sizes 2 x 2 x 3 instead of ${dims.join(" x ")}`,
    );
  }
});

Deno.test("parseIdx() rejects a truncated header", () => {
  assertRejected(
    IMAGES.slice(0, 15),
    [2, 2, 3],
    "truncated in the header: 15 of 16 bytes",
  );
  assertRejected(new Uint8Array(), [2], "truncated in the header: 0 of 8");
});

Deno.test("parseIdx() rejects truncated data", () => {
  assertRejected(
    IMAGES.slice(0, -1),
    [2, 2, 3],
    "truncated: 11 of 12 bytes of data",
  );
});

Deno.test("parseIdx() rejects trailing bytes", () => {
  assertRejected(
    new Uint8Array([...IMAGES, 0, 0]),
    [2, 2, 3],
    "2 bytes too many at the end",
  );
});
