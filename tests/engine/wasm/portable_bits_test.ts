import { assertEquals } from "@std/assert";
import { trainingDigests } from "./digest.ts";
/**
 * What `deno run -A tests/engine/wasm/digest.ts` prints, on x86-64 and on ARM.
 * A training's digest changes with the arithmetic of its parts only.
 */
import GOLDEN from "./golden_bits.json" with { type: "json" };

Deno.test("the wasm engine's bits are those of every machine", async () => {
  assertEquals(await trainingDigests(1), GOLDEN);
});
