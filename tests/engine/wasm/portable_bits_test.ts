import { assertEquals } from "@std/assert";
import { trainingDigest } from "./digest.ts";

/**
 * Of `deno run -A tests/engine/wasm/digest.ts`, on x86-64 and on ARM. It
 * changes with the engine's arithmetic, and with nothing else.
 */
const GOLDEN =
  "9dffa29a1b42f8fc4f5816796c65e182166f396f7dc2b2e57c75fa0f533418a6";

Deno.test("the wasm engine's bits are those of every machine", async () => {
  assertEquals(await trainingDigest(1), GOLDEN);
});
