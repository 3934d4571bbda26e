import { assertEquals } from "@std/assert";
import { gunzip } from "../../src/data/gzip.ts";
import { assertUserError, gzip } from "./helpers.ts";

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);

Deno.test("gunzip() undoes gzip", async () => {
  const unpacked = gunzip(await gzip(BYTES), "toy.gz", BYTES.length);
  assertEquals(unpacked, BYTES);
});

/** A promise, which what is thrown rejects. */
const unpack = async (bytes: Uint8Array<ArrayBuffer>, most: number) =>
  await Promise.resolve(gunzip(bytes, "toy.gz", most));

Deno.test("gunzip() unpacks no more than a bound", async () => {
  const bomb = await gzip(new Uint8Array(2 ** 24)); // 16 kilobytes
  for (const most of [BYTES.length, 2 ** 24 - 1]) {
    await assertUserError(
      () => unpack(bomb, most),
      `toy.gz: unpacked it has more than ${most} bytes`,
    );
  }
});

Deno.test("gunzip() rejects truncated, damaged and other files", async () => {
  const intact = await gzip(BYTES);
  const damaged = intact.slice();
  damaged[intact.length - 6]! ^= 1; // in the CRC
  for (
    const bytes of [
      intact.slice(0, -1),
      intact.slice(0, intact.length / 2),
      damaged,
      BYTES,
      new Uint8Array(),
    ]
  ) {
    await assertUserError(
      () => unpack(bytes, 2 ** 20),
      "toy.gz: not an intact gzip file",
      "replace it with an intact copy",
    );
  }
});
