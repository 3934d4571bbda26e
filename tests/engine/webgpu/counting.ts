/** What engines ask of a device. */

import type { WebGpuDevice } from "../../../src/engine/webgpu_device.ts";

/** What the device was asked to do since it was counted last. */
export interface Counts {
  dispatches: number;
  uploads: number;
  submits: number;
  buffers: number;
  bytes: number;
}

/** Counts what is asked of a device, by wrapping its methods. */
export function counting({ device }: WebGpuDevice): { take(): Counts } {
  const none = (): Counts => ({
    ...{ dispatches: 0, uploads: 0, submits: 0, buffers: 0, bytes: 0 },
  });
  let counts = none();
  const { queue } = device;
  const write = queue.writeBuffer.bind(queue);
  queue.writeBuffer = (...args: Parameters<GPUQueue["writeBuffer"]>) => {
    counts.uploads += 1;
    return write(...args);
  };
  const submit = queue.submit.bind(queue);
  queue.submit = (commands) => {
    counts.submits += 1;
    return submit(commands);
  };
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    counts.buffers += 1;
    counts.bytes += descriptor.size;
    return createBuffer(descriptor);
  };
  const createEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = createEncoder(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (descriptor) => {
      const pass = begin(descriptor);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...args) => {
        counts.dispatches += 1;
        return dispatch(...args);
      };
      return pass;
    };
    return encoder;
  };
  return {
    take() {
      const taken = counts;
      counts = none();
      return taken;
    },
  };
}
