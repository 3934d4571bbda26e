/**
 * What a WebGPU device is given, and how long it works on it. Methods of the
 * device are replaced while one looks, so that engines need know nothing of it
 * and are as fast as ever when nobody looks.
 */

import { PassTimer } from "../../src/engine/webgpu/pass_timer.ts";

/** What a device did. */
export interface Work {
  readonly submits: number;
  readonly dispatches: number;
  /** writes of buffers, and buffers that were made with their contents */
  readonly uploads: number;
  /**
   * milliseconds on the device, of each compute pass in turn, with the label
   * of its first pipeline; null where the device has no timestamp queries
   */
  readonly passes: readonly { label: string; milliseconds: number }[] | null;
}

/** Passes that can be timed at once. */
const MOST_PASSES = 2048;

/**
 * Looks at a device while something runs that ends with all its work done.
 *
 * @param splits whether every dispatch becomes a pass, so that it is timed by
 *   itself: then nothing overlaps, and the sum is larger
 */
export async function watch(
  device: GPUDevice,
  run: () => Promise<unknown>,
  splits = false,
): Promise<Work> {
  const counts = { submits: 0, dispatches: 0, uploads: 0 };
  using timer = PassTimer.of(device, MOST_PASSES);
  const { queue } = device;
  const own = {
    createCommandEncoder: device.createCommandEncoder,
    createBuffer: device.createBuffer,
    submit: queue.submit,
    writeBuffer: queue.writeBuffer,
  };
  device.createCommandEncoder = (descriptor) => {
    const encoder = own.createCommandEncoder.call(device, descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    const timed = (label: string) => begin({ ...timer?.next(label) });
    encoder.beginComputePass = () => {
      const pass = splits ? splitPass(timed) : timed("pass");
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...size) => {
        counts.dispatches += 1;
        dispatch(...size);
      };
      return pass;
    };
    return encoder;
  };
  device.createBuffer = (descriptor) => {
    if (descriptor.mappedAtCreation) counts.uploads += 1;
    return own.createBuffer.call(device, descriptor);
  };
  queue.submit = (buffers) => {
    counts.submits += 1;
    own.submit.call(queue, buffers);
  };
  queue.writeBuffer = (...written: unknown[]) => {
    counts.uploads += 1;
    Reflect.apply(own.writeBuffer, queue, written);
  };
  try {
    await run();
  } finally {
    const replaced: Partial<GPUDevice> = device;
    delete replaced.createCommandEncoder;
    delete replaced.createBuffer;
    const replacedOfQueue: Partial<GPUQueue> = queue;
    delete replacedOfQueue.submit;
    delete replacedOfQueue.writeBuffer;
  }
  const passes = timer === null ? null : await timer.read();
  return { ...counts, passes };
}

/** A pass that begins a pass of its own for every dispatch. */
function splitPass(
  begin: (label: string) => GPUComputePassEncoder,
): GPUComputePassEncoder {
  let pipeline: GPUComputePipeline;
  let bindings: GPUBindGroup | null;
  let offsets: readonly number[];
  const pass: Partial<GPUComputePassEncoder> = {
    setPipeline(next) {
      pipeline = next;
    },
    setBindGroup(
      _index: number,
      next: GPUBindGroup | null,
      dynamic: Iterable<number> = [],
    ) {
      bindings = next;
      offsets = [...dynamic];
    },
    dispatchWorkgroups(...size) {
      const own = begin(pipeline.label);
      own.setPipeline(pipeline);
      own.setBindGroup(0, bindings, [...offsets]);
      own.dispatchWorkgroups(...size);
      own.end();
    },
    end() {},
  };
  return pass as GPUComputePassEncoder;
}
