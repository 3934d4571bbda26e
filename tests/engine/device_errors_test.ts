import { assert, assertRejects, assertThrows } from "@std/assert";
import { MachineError, UserError } from "../../src/errors.ts";
import { findAdapter, openWebGpu } from "../../src/engine/webgpu_device.ts";
import { testOnWebGpu } from "./backends.ts";
import { batchOf, engineOf, settings, trainingOf } from "./training.ts";

const training = trainingOf({ steps: 1 });

/** Errors reach the page's event loop after the call that made them. */
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A device, and an engine on it that has done one step. */
async function running() {
  const found = (await findAdapter())!;
  const opened = await openWebGpu(found.adapter, found.description);
  const engine = engineOf(training, opened);
  engine.step(batchOf(training, 1), settings(0.01));
  await engine.readTerms();
  return { ...opened, engine };
}

const mistakes: Record<string, (device: GPUDevice) => void> = {
  "invalid WGSL": (device) => {
    device.createShaderModule({ code: "no shader" });
  },
  "a buffer of a usage that cannot be": (device) => {
    const { MAP_READ, MAP_WRITE } = GPUBufferUsage;
    device.createBuffer({ size: 4, usage: MAP_READ | MAP_WRITE });
  },
  "a buffer larger than any": (device) => {
    device.createBuffer({
      size: device.limits.maxBufferSize + 4,
      usage: GPUBufferUsage.STORAGE,
    });
  },
};

for (const [name, mistake] of Object.entries(mistakes)) {
  testOnWebGpu(`ReferenceEngine.step() throws after ${name}`, async () => {
    const { device, engine } = await running();
    mistake(device);
    await nextTurn();
    assertThrows(
      () => engine.step(batchOf(training, 2), settings(0.01)),
      MachineError,
      "WebGPU: ",
    );
    // It goes on throwing: nothing after the error can be trusted.
    assertThrows(
      () => engine.step(batchOf(training, 2), settings(0.01)),
      Error,
    );
    device.destroy();
  });
}

testOnWebGpu(
  "ReferenceEngine.readTerms() throws after an error during its steps",
  async () => {
    const { device, engine } = await running();
    engine.step(batchOf(training, 2), settings(0.01));
    device.createShaderModule({ code: "no shader" });
    await assertRejects(() => engine.readTerms(), Error, "WebGPU: ");
    device.destroy();
  },
);

testOnWebGpu(
  "ReferenceEngine.step() throws after the device is lost",
  async () => {
    const { device, engine } = await running();
    device.destroy();
    assert((await device.lost).reason === "destroyed");
    await nextTurn();
    assertThrows(
      () => engine.step(batchOf(training, 2), settings(0.01)),
      MachineError,
      "WebGPU device lost (destroyed)",
    );
  },
);

testOnWebGpu(
  "WebGpuDevice.check() throws one line, of memory a mistake",
  async () => {
    const { adapter, description } = (await findAdapter())!;
    for (
      const [error, kind, told] of [
        [
          new GPUValidationError("a shader:\n  | here\n"),
          MachineError,
          "| here",
        ],
        [new GPUOutOfMemoryError("none left"), UserError, "fewer --batch-runs"],
      ] as const
    ) {
      const { device, check } = await openWebGpu(adapter, description);
      check();
      device.dispatchEvent(
        new GPUUncapturedErrorEvent("uncapturederror", { error }),
      );
      const thrown = assertThrows(check, Error, told);
      assert(thrown instanceof kind);
      assert(!thrown.message.includes("\n"), thrown.message);
      device.destroy();
    }
  },
);
