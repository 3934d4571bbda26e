/**
 * A program: what a WebGPU device's calls cost, microseconds of wall time at
 * best, what it has, and what an empty dispatch takes by its own clock.
 *
 *     deno run -A tests/bench/gpu/calls.ts [ROUNDS]
 */

import { findAdapter, openWebGpu } from "../../../src/engine/webgpu_device.ts";
import { PassTimer } from "../../../src/engine/webgpu/pass_timer.ts";
import { readBuffer } from "../../../src/engine/webgpu/read_buffers.ts";

const rounds = Number(Deno.args[0] ?? 10);
const found = await findAdapter();
if (found === null) {
  console.error("no WebGPU adapter on this machine");
  Deno.exit(1);
}
const { device, check } = await openWebGpu(found.adapter, found.description);
const { queue } = device;
console.log(JSON.stringify(found.description));
console.log("features:", [...found.adapter.features].join(" "));

const COPY = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
const STORAGE = GPUBufferUsage.STORAGE | COPY;
const buffer = device.createBuffer({ size: 65_536, usage: STORAGE });
const told = new Uint32Array(162);
const pipeline = device.createComputePipeline({
  layout: "auto",
  compute: {
    module: device.createShaderModule({
      code: `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(32) fn main() { if (x[0] == 12345u) { x[1] = 1u; } }`,
    }),
  },
});
const bindings = device.createBindGroup({
  layout: pipeline.getBindGroupLayout(0),
  entries: [{ binding: 0, resource: { buffer } }],
});

/** Dispatches of the longest submit: those of 64 steps of the engine. */
const MOST = 64 * 9;

function submit(dispatches: number, timed: GPUComputePassDescriptor = {}) {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass(timed);
  for (let i = 0; i < dispatches; i++) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.dispatchWorkgroups(1);
  }
  pass.end();
  queue.submit([encoder.finish()]);
}

const CALLS: Record<string, () => unknown> = {
  "createBuffer and destroy": () =>
    device.createBuffer({ size: 4096, usage: STORAGE }).destroy(),
  "createBuffer mapped, unmap, destroy": () => {
    const own = device.createBuffer({
      ...{ size: 4096, mappedAtCreation: true },
      usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC,
    });
    own.getMappedRange();
    own.unmap();
    own.destroy();
  },
  "writeBuffer of 648 bytes": () => queue.writeBuffer(buffer, 0, told),
  "submit of nothing": () => queue.submit([]),
  "pass of 1 dispatch, submit": () => submit(1),
  "pass of 9 dispatches, submit": () => submit(9),
  "pass of 576 dispatches, submit": () => submit(MOST),
};
for (const [name, call] of Object.entries(CALLS)) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    await queue.onSubmittedWorkDone();
    const start = performance.now();
    for (let i = 0; i < 20; i++) call();
    times.push((performance.now() - start) / 20);
  }
  console.log(name.padEnd(40), (1e3 * Math.min(...times)).toFixed(1), "us");
}
for (
  const [name, wait] of [
    ["onSubmittedWorkDone", () => queue.onSubmittedWorkDone()],
    ["mapAsync", () => readBuffer(device, { buffer, offset: 0, size: 64 })],
  ] as const
) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    submit(1);
    await wait();
    times.push(performance.now() - start);
  }
  const median = times.toSorted((a, b) => a - b)[times.length >> 1]!;
  console.log(`wait, ${name}`.padEnd(40), median.toFixed(2), "ms");
}
using timer = PassTimer.of(device, rounds);
if (timer === null) console.log("no timestamp queries");
else {
  for (let round = 0; round < rounds; round++) {
    submit(MOST, timer.next("empty"));
  }
  const times = (await timer.read()).map(({ milliseconds }) => milliseconds);
  const least = 1e3 * Math.min(...times) / MOST;
  console.log("empty dispatch on the GPU".padEnd(40), least.toFixed(2), "us");
}
check();
Deno.exit();
