import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/errors.ts";
import {
  checkCapacity,
  mostRuns,
} from "../../../src/engine/webgpu/capacity.ts";
import {
  formatTile,
  parseTile,
  tileFor,
} from "../../../src/engine/webgpu/tiles.ts";
import type { WebGpuDevice } from "../../../src/engine/webgpu_device.ts";
import { MCEM } from "../../../src/objective/spec.ts";
import { trainingOf } from "../training.ts";
import { SMALL_TILE } from "./trainings.ts";

/** Limits that every WebGPU device has, some of them changed. */
function deviceOf(limits: Partial<GPUSupportedLimits> = {}): WebGpuDevice {
  return {
    device: {
      limits: {
        maxBufferSize: 2 ** 28,
        maxStorageBufferBindingSize: 2 ** 27,
        maxStorageBuffersPerShaderStage: 8,
        maxComputeWorkgroupSizeX: 256,
        maxComputeWorkgroupSizeY: 256,
        maxComputeInvocationsPerWorkgroup: 256,
        maxComputeWorkgroupsPerDimension: 65535,
        ...limits,
      },
    },
  } as WebGpuDevice;
}

const MNIST = trainingOf({
  spec: { dataDim: 784, latentDim: 20, hidden: [400] },
});
const training = { ...MNIST, batchSize: 128 };

Deno.test("checkCapacity() lets pass what every WebGPU device can", () => {
  checkCapacity(deviceOf(), MNIST.spec, training, SMALL_TILE);
  // 128 MiB hold 25 times two moments of 652,824 parameters.
  const runs = mostRuns(deviceOf(), MNIST.spec, training, SMALL_TILE);
  assertEquals(runs, 25);
});

Deno.test("checkCapacity() refuses what is beyond a device's limits, in one line", () => {
  const check = (
    limits: Partial<GPUSupportedLimits>,
    changes: Partial<typeof training> = {},
    tile = SMALL_TILE,
  ) => {
    const own = { ...training, ...changes };
    checkCapacity(deviceOf(limits), own.spec, own, tile);
  };
  const one = { maxStorageBufferBindingSize: 2 ** 22 };
  for (
    const [run, told] of [
      [() => check(one), "the optimiser's state"],
      [
        () => check({}, { samples: 400 }),
        "for a batch's activations, and the adapter binds 128 MiB at most",
      ],
      [
        () => check({ maxStorageBuffersPerShaderStage: 7 }),
        "binds 8 buffers, and the adapter 7",
      ],
      [
        () =>
          check({}, {}, {
            ...{ kind: "plain", rows: 4, fours: 1, across: 32, down: 16 },
          }),
        "a workgroup of 32x16",
      ],
      [
        () => check({ maxComputeWorkgroupsPerDimension: 100 }),
        "workgroups side by side",
      ],
      [
        () => check({}, { objective: MCEM }),
        "has no objective mcem; take --engine reference",
      ],
    ] as const
  ) assertThrows(run, UserError, told);
});

Deno.test("parseTile() is the inverse of formatTile()", () => {
  const adapter = {
    ...{ description: "", vendor: "", architecture: "", device: "" },
    api: "vulkan",
  } as const;
  for (const software of [true, false]) {
    const tile = tileFor({ ...adapter, software });
    assertEquals(parseTile(formatTile(tile)), tile);
  }
  assertEquals(formatTile(tileFor({ ...adapter, software: true })), "16x2/8x1");
  for (const text of ["", "16x2", "6x2/8x1", "4x0/8x1"]) {
    assertEquals(parseTile(text), null);
  }
});
