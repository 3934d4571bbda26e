import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MachineError, UserError } from "../../../src/errors.ts";
import { Pipelines } from "../../../src/engine/webgpu/pipelines.ts";
import type { WebGpuEngine } from "../../../src/engine/webgpu/webgpu_engine.ts";
import { findAdapter, openWebGpu } from "../../../src/engine/webgpu_device.ts";
import { testOnWebGpu } from "../backends.ts";
import { batchOf, trainingOf } from "../training.ts";
import { openDevice, webGpuEngineOf } from "./trainings.ts";

const training = trainingOf();

function train(engine: WebGpuEngine, from: number, to: number): void {
  for (let step = from; step <= to; step++) {
    engine.step(batchOf(training, step), training.settings);
  }
}

/** What goes wrong, and the error that it is. */
const FAULTS: Readonly<
  Record<
    string,
    {
      fail(device: GPUDevice): void;
      kind: new (message: string) => Error;
      told: string;
    }
  >
> = {
  "a lost device": {
    fail: (device) => device.destroy(),
    kind: MachineError,
    told: "WebGPU device lost (destroyed)",
  },
  "memory that runs out": {
    // Drivers promise more memory than there is, so none is asked for.
    fail: (device) =>
      device.dispatchEvent(
        new GPUUncapturedErrorEvent("uncapturederror", {
          error: new GPUOutOfMemoryError("none left"),
        }),
      ),
    kind: UserError,
    told: "the GPU's memory ran out",
  },
  "a shader that does not compile": {
    fail: (device) =>
      Pipelines.of(device).get({
        ...{ label: "broken kernel", constants: {} },
        code: "@compute @workgroup_size(1) fn main() { let x = unknown; }",
      }),
    kind: MachineError,
    told: "broken kernel",
  },
};

testOnWebGpu(
  "WebGpuEngine stops with the cause of a failure, and goes on elsewhere",
  async () => {
    const whole = await webGpuEngineOf(training, await openDevice());
    train(whole, 1, 6);
    const expected = [await whole.readTerms(), await whole.save()];
    whole[Symbol.dispose]();
    whole.vae.dispose();
    for (const [name, { fail, kind, told }] of Object.entries(FAULTS)) {
      const opened = await openDevice();
      const engine = await webGpuEngineOf(training, opened);
      train(engine, 1, 3);
      const terms = await engine.readTerms();
      const state = await engine.save();
      train(engine, 4, 5);
      fail(opened.device);
      const error = await assertRejects(() => engine.readTerms(), kind, told);
      assert(!error.message.includes("\n"), name);
      // Nothing after it can be trusted.
      assertThrows(() => train(engine, 6, 6), kind, told);
      await assertRejects(() => engine.save(), kind, told);
      await assertRejects(
        () => engine.evaluate([batchOf(training, 7)]),
        kind,
        told,
      );
      engine[Symbol.dispose]();
      engine.vae.dispose();
      opened.device.destroy();

      using next = await webGpuEngineOf(training, await openDevice());
      using _vae = next.vae;
      next.restore(state);
      train(next, 4, 6);
      terms.push(...await next.readTerms());
      assertEquals([terms, await next.save()], expected, name);
    }
  },
);

testOnWebGpu(
  "WebGpuEngine trains the same on an adapter without timestamp queries",
  async () => {
    const { adapter, description } = (await findAdapter())!;
    const results = [];
    for (
      const own of [
        adapter,
        {
          ...{ limits: adapter.limits, info: adapter.info },
          features: new Set(),
          requestDevice: (asked: GPUDeviceDescriptor) =>
            adapter.requestDevice(asked),
        } as unknown as GPUAdapter,
      ]
    ) {
      const opened = await openWebGpu(own, description);
      assertEquals(
        opened.device.features.has("timestamp-query"),
        own.features.has("timestamp-query"),
      );
      using engine = await webGpuEngineOf(training, opened);
      using _vae = engine.vae;
      train(engine, 1, 4);
      results.push([await engine.readTerms(), await engine.save()]);
    }
    assertEquals(results[0], results[1]);
  },
);
