import { assertEquals } from "@std/assert";
import { gunzip } from "../../src/data/gzip.ts";
import { assertUserError, gzip } from "./helpers.ts";

const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);

Deno.test("gunzip() undoes gzip", async () => {
  assertEquals(await gunzip(await gzip(BYTES), "toy.gz"), BYTES);
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
      () => gunzip(bytes, "toy.gz"),
      "toy.gz: not an intact gzip file",
      "replace it with an intact copy",
    );
  }
});
