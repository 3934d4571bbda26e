import { assertEquals } from "@std/assert";
import { trainingDigest } from "./digest.ts";

/**
 * Of `deno run -A tests/engine/wasm/digest.ts`, on x86-64 and on ARM. It
 * changes with the engine's arithmetic, and with nothing else.
 */
const GOLDEN =
  "beb3bcc01e8367eb5a5c34fd2298157398677f83cfe2d2c946dc44af7949f59a";

Deno.test("the wasm engine's bits are those of every machine", async () => {
  assertEquals(await trainingDigest(1), GOLDEN);
});
