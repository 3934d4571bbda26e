import { assert, assertEquals } from "@std/assert";
import { testOnWebGpu } from "../engine/backends.ts";
import { watch } from "./watch.ts";

const CODE = `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main() { x[0]++; }`;

testOnWebGpu(
  "watch() counts and times what a device is given",
  async (backend) => {
    const { device } = backend.webgpu!;
    // as the engine's: the offset of a step's settings comes with the bindings
    const bindGroupLayout = device.createBindGroupLayout({
      entries: [{
        binding: 0,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: "storage", hasDynamicOffset: true },
      }],
    });
    const pipeline = device.createComputePipeline({
      label: "count",
      layout: device.createPipelineLayout({
        bindGroupLayouts: [bindGroupLayout],
      }),
      compute: { module: device.createShaderModule({ code: CODE }) },
    });
    const buffer = device.createBuffer({
      size: 260,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST |
        GPUBufferUsage.COPY_SRC,
    });
    const bindings = device.createBindGroup({
      layout: bindGroupLayout,
      entries: [{ binding: 0, resource: { buffer, size: 4 } }],
    });
    async function work() {
      device.queue.writeBuffer(buffer, 256, new Uint32Array([5]));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings, [256]);
      pass.dispatchWorkgroups(1);
      pass.dispatchWorkgroups(1);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    }
    async function read(): Promise<number> {
      const staging = device.createBuffer({
        size: 4,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 256, staging, 0, 4);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      return new Uint32Array(staging.getMappedRange())[0]!;
    }
    const isTimed = device.features.has("timestamp-query");
    for (const splits of [false, true]) {
      const { passes, ...counts } = await watch(device, work, splits);
      assertEquals(counts, { submits: 1, dispatches: 2, uploads: 1 });
      assertEquals(await read(), 7);
      assertEquals(
        passes?.map(({ label }) => label) ?? null,
        isTimed ? splits ? ["count", "count"] : ["pass"] : null,
      );
      assert(passes?.every(({ milliseconds }) => milliseconds >= 0) ?? true);
    }
    assertEquals(Object.keys(device), []);
    assertEquals(Object.keys(device.queue), []);
  },
);
