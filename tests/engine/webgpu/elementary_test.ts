import { assertEquals, assertLess } from "@std/assert";
import { ELEMENTARY } from "../../../src/engine/webgpu/kernels/elementary.ts";
import { openDevice } from "./trainings.ts";

/** A function of WGSL for vectors, at as many floats as fours fit. */
async function apply(name: string, x: Float32Array): Promise<Float32Array> {
  const { device } = await openDevice();
  const code = `${ELEMENTARY}
@group(0) @binding(0) var<storage, read_write> data: array<vec4f>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3u) {
  data[id.x] = ${name}(data[id.x]);
}`;
  const usage = GPUBufferUsage;
  const size = x.byteLength;
  const [data, read] = [
    usage.STORAGE | usage.COPY_DST | usage.COPY_SRC,
    usage.MAP_READ | usage.COPY_DST,
  ].map((usage) => device.createBuffer({ size, usage })) as [
    GPUBuffer,
    GPUBuffer,
  ];
  device.queue.writeBuffer(data, 0, Float32Array.from(x));
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code }) },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: data } }],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(x.length / 4);
  pass.end();
  encoder.copyBufferToBuffer(data, 0, read, 0, size);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(read.getMappedRange().slice(0));
  data.destroy();
  read.destroy();
  return values;
}

Deno.test("log4() of WGSL is within 1.8e-7 of ln x, and -infinity at 0", async () => {
  const x = Float32Array.from(
    { length: 2 ** 16 },
    (_, i) => Math.exp(i % 2 === 0 ? (i - 2 ** 15) / 2 ** 15 : i / 800 - 40),
  );
  let largest = 0;
  (await apply("log4", x)).forEach((value, i) => {
    const exact = Math.log(x[i]!);
    if (exact === 0) return assertEquals(value, 0);
    largest = Math.max(largest, Math.abs(value / exact - 1));
  });
  assertLess(largest, 1.8e-7);
  const zeros = await apply("log4", new Float32Array(4));
  assertEquals([...zeros], Array(4).fill(-Infinity));
});
