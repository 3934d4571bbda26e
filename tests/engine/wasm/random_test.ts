import { assertEquals } from "@std/assert";
import { portableLog } from "../../../src/elementary.ts";
import { normalQuantile } from "../../../src/random/normal_quantile.ts";
import { stream } from "../../../src/random/stream.ts";
import { openBench } from "./commands.ts";

using bench = openBench();
const { exports } = bench.module;

Deno.test("philoxBlocks() gives the words of a stream", () => {
  const out = bench.allocator.bytes(64);
  const at = bench.allocator.bytes(20);
  for (
    const drawn of [
      stream(0, "noise"),
      stream(2 ** 40 + 12345, "binarise", 2 ** 45 + 7, 2 ** 32 - 1),
      stream(Number.MAX_SAFE_INTEGER, "evaluate", 99, 3),
    ]
  ) {
    const { key, counter } = drawn.address;
    new Uint32Array(bench.module.buffer, at, 5).set([...key, ...counter]);
    const expected = drawn.words(4000);
    for (let block = 0; block < 1000; block += 4) {
      exports.philoxBlocks(out, at, block);
      assertEquals(
        new Uint32Array(bench.module.buffer, out, 16).slice(),
        expected.slice(4 * block, 4 * block + 16),
      );
    }
  }
});

Deno.test("normalQuantile() of the module has the bits of that on the host", () => {
  const uniforms = [
    ...stream(1, "noise").uniforms(50_000),
    ...[0.5, 0.075, 0.925, 0.9250000001, 1e-10, 1 - 2 ** -33, 2 ** -33],
  ];
  for (const p of uniforms) {
    assertEquals(exports.normalQuantile(p), normalQuantile(p), `${p}`);
  }
});

Deno.test("log64() has the bits of portableLog()", () => {
  for (const u of stream(2, "noise").uniforms(20_000)) {
    for (const x of [u, 1 / u, u * 1e200, u * 1e-200]) {
      assertEquals(exports.log64(x), portableLog(x), `${x}`);
    }
  }
});
