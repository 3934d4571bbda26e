/** An experiment for tests: the GPU's device is lost after some dispatches. */

import { isMended } from "./mended.ts";

let device: GPUDevice | undefined;
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  return device = await requestDevice.call(this, descriptor);
};

// some ten steps of the webgpu engine after the choice of tiles, two of tfjs ops
let left = isMended() ? Infinity : 200;
const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...size) {
  left -= 1;
  if (left === 0) device!.destroy();
  dispatchWorkgroups.apply(this, size);
};
await import("./bare.ts");
