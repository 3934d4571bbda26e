import { assert, assertEquals } from "@std/assert";
import {
  clearlyFaster,
  fastestTile,
} from "../../../src/engine/webgpu/fastest_tile.ts";
import { bytesOfWorkgroup } from "../../../src/engine/webgpu/kernels/product_shared.ts";
import {
  CANDIDATES,
  candidatesFor,
  formatTile,
  invocationsOf,
  parseTile,
  tileFor,
} from "../../../src/engine/webgpu/tiles.ts";
import { findAdapter, openWebGpu } from "../../../src/engine/webgpu_device.ts";
import { testOnWebGpu } from "../backends.ts";
import { webgpu } from "../webgpu_support.ts";
import { openDevice } from "./trainings.ts";

Deno.test("clearlyFaster() takes what is a tenth faster in every round, and the most so", () => {
  const standard = { index: 0, timesAsFast: 1 };
  assertEquals(clearlyFaster([[10, 9.5, 12], [10, 9.5, 12]]), standard);
  // twice as fast in most rounds, and not in one
  assertEquals(clearlyFaster([[10, 5], [10, 5], [10, 9.5]]), standard);
  assertEquals(clearlyFaster([[10, 8], [12, 8]]), {
    index: 1,
    timesAsFast: 1.25,
  });
  assertEquals(clearlyFaster([[10, 8, 5, 4], [12, 8, 6, 11]]), {
    index: 2,
    timesAsFast: 2,
  });
  // a busy machine, whose rounds take from one to three times as long
  assertEquals(clearlyFaster([[30, 24], [10, 8], [20, 16]]), {
    index: 1,
    timesAsFast: 1.25,
  });
});

Deno.test("clearlyFaster() takes the first where there is no other", () => {
  const standard = { index: 0, timesAsFast: 1 };
  assertEquals(clearlyFaster([[10], [11]]), standard);
  assertEquals(clearlyFaster([[], []]), standard);
});

Deno.test("the candidates are tiles that every WebGPU device has", () => {
  for (const [kind, tiles] of Object.entries(CANDIDATES)) {
    for (const tile of tiles) {
      const text = formatTile(tile);
      assertEquals(parseTile(text), tile);
      assert(invocationsOf(tile) <= 256, text);
      // so that a measured tile changes no bit
      assertEquals(tile.kind, kind === "software" ? "plain" : "shared");
      if (tile.kind === "shared") {
        assert(bytesOfWorkgroup(tile) <= 16_384, text);
      }
    }
    assertEquals(tileFor({ software: kind === "software" }), tiles[0]);
  }
});

Deno.test("parseTile() refuses what no kernel has", () => {
  for (
    const text of [
      ...["4x1/8x4/2x8", "4x1/8x4/4x6", "4x1/8x4/4x4", "8x1/8x4/4x8"],
      ...["4x1/32x32/4x32", "4x1/0x4/4x8", "4x1/8x8/", "3x1/8x8"],
    ]
  ) assertEquals(parseTile(text), null, text);
});

Deno.test({
  name: "fastestTile() takes a candidate, and leaves the device as it was" +
    (webgpu.available ? "" : ` [${webgpu.label}]`),
  ignore: !webgpu.available,
  fn: async () => {
    const device = await openDevice();
    const { tile, timesAsFast, others } = await fastestTile(device);
    assert(candidatesFor(device.adapter).includes(tile));
    assertEquals(tile === tileFor(device.adapter), timesAsFast === 1);
    assert(others < candidatesFor(device.adapter).length);
    device.check();
  },
});

testOnWebGpu(
  "fastestTile() measures nothing on a device without timestamp queries",
  async () => {
    const { adapter, description } = (await findAdapter())!;
    const without = {
      ...{ limits: adapter.limits, info: adapter.info, features: new Set() },
      requestDevice: (asked: GPUDeviceDescriptor) =>
        adapter.requestDevice(asked),
    } as unknown as GPUAdapter;
    const opened = await openWebGpu(without, description);
    const { device } = opened;
    assert(!device.features.has("timestamp-query"));
    const submits: unknown[] = [];
    device.queue.submit = (commands) => {
      submits.push(commands);
    };
    assertEquals(await fastestTile(opened), {
      ...{ tile: tileFor(description), timesAsFast: 1, others: 0 },
    });
    assertEquals(submits, []);
    device.destroy();
  },
);
