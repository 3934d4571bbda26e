import { assertEquals } from "@std/assert";
import { trainingDigest } from "./digest.ts";

/**
 * Of `deno run -A tests/engine/wasm/digest.ts`, on x86-64 and on ARM. It
 * changes with the engine's arithmetic, and with nothing else.
 */
const GOLDEN =
  "d9d4046e3b11a0604053fb847eb2edda646b526717f327db5077171f58c43307";

Deno.test("the wasm engine's bits are those of every machine", async () => {
  assertEquals(await trainingDigest(1), GOLDEN);
});
