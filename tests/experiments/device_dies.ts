/** An experiment for tests: the GPU's device is lost after some submits. */

import { isMended } from "./mended.ts";

let device: GPUDevice | undefined;
const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  return device = await requestDevice.call(this, descriptor);
};

let left = isMended() ? Infinity : 200;
const { submit } = GPUQueue.prototype;
GPUQueue.prototype.submit = function (commands) {
  left -= 1;
  if (left === 0) device!.destroy();
  submit.call(this, commands);
};
await import("./bare.ts");
