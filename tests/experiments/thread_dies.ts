/** An experiment for tests: a thread of the engine dies after some steps. */

import { WasmModule } from "../../src/engine/wasm/module.ts";
import { isMended } from "./mended.ts";

let left = isMended() ? Infinity : 25;
const { run } = WasmModule.prototype;
WasmModule.prototype.run = function (program) {
  left -= 1;
  // As a worker does whose program traps.
  if (left === 0) this.exports.fail();
  run.call(this, program);
};
await import("./bare.ts");
