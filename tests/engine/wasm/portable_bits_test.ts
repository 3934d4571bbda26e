import { assertEquals } from "@std/assert";
import { trainingDigest } from "./digest.ts";

/**
 * Of `deno run -A tests/engine/wasm/digest.ts`, on x86-64 and on ARM. It
 * changes with the engine's arithmetic, and with nothing else.
 */
const GOLDEN =
  "322956c1f65bc59162087f2347bc6af3ff35f1536811420cdfd2e583c9ea31c2";

Deno.test("the wasm engine's bits are those of every machine", async () => {
  assertEquals(await trainingDigest(1), GOLDEN);
});
