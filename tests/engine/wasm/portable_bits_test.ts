import { assertEquals } from "@std/assert";
import { trainingDigest } from "./digest.ts";

/**
 * Of `deno run -A tests/engine/wasm/digest.ts`, on x86-64 and on ARM. It
 * changes with the engine's arithmetic, and with nothing else.
 */
const GOLDEN =
  "00d13bab39b349a509a206eb7e4562a4d4ecf24f704b02f87ccc3d9b05ce01e8";

Deno.test("the wasm engine's bits are those of every machine", async () => {
  assertEquals(await trainingDigest(1), GOLDEN);
});
