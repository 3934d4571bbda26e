import { assertEquals } from "@std/assert";
import { trainingDigests } from "./digest.ts";
/**
 * What `deno run -A tests/engine/wasm/digest.ts` prints, on x86-64 and on ARM.
 * A training's digest changes with the arithmetic of its parts only.
 */
import GOLDEN from "./golden_bits.json" with { type: "json" };

// ARM has no operations of 256 bits, so that its engine has no wide tiles.
const TILES = Deno.build.arch === "x86_64" ? [false, true] : [false];

for (const wide of TILES) {
  Deno.test(
    `the wasm engine's bits are those of every machine, wide tiles: ${wide}`,
    async () => {
      assertEquals(await trainingDigests(1, { wide }), GOLDEN);
    },
  );
}
