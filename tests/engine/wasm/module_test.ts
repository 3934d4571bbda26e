import { assert, assertEquals, assertThrows } from "@std/assert";
import { MachineError, UserError } from "../../../src/errors.ts";
import { END, FREE, OPCODE } from "../../../src/engine/wasm/layout.ts";
import { Allocator } from "../../../src/engine/wasm/memory_layout.ts";
import { WasmModule } from "../../../src/engine/wasm/module.ts";
import { ROOT } from "../../experiments/command.ts";
import { allThreadsOf } from "./trainings.ts";

/** A module with a program of no command. */
async function idleModule(threads: number): Promise<WasmModule> {
  const module = new WasmModule(threads);
  new DataView(module.buffer).setUint32(FREE + OPCODE, END, true);
  await allThreadsOf(module, threads);
  return module;
}

Deno.test("WasmModule.run() throws once a worker failed", async () => {
  const module = await idleModule(2);
  module.run(FREE);
  // As a worker does whose program traps.
  module.exports.fail();
  for (let i = 0; i < 2; i++) {
    assertThrows(() => module.run(FREE), MachineError, "worker thread");
  }
  module.dispose();
});

Deno.test("WasmModule() takes 1 to 64 threads", async () => {
  for (const threads of [0, 65, 1.5, NaN]) {
    assertThrows(() => new WasmModule(threads), RangeError, "1..64");
  }
  const module = await idleModule(5);
  assertEquals(module.threads, 5);
  for (let i = 0; i < 1000; i++) module.run(FREE);
  module.dispose();
});

Deno.test("Allocator refuses what 32-bit addresses do not reach", () => {
  const allocator = new Allocator(FREE);
  assertThrows(() => allocator.matrix([70000, 20000]), UserError, "4 GiB");
});

const LATE_WORKER = `
import { WasmModule } from "${ROOT}src/engine/wasm/module.ts";
const { exports } = new WasmModule(1);
exports.end();
exports.serve();
`;

Deno.test("a worker that starts after the engine's end does not keep the process", async () => {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `--config=${ROOT}deno.json`, LATE_WORKER],
    stdin: "null",
    signal: AbortSignal.timeout(600_000), // it would wait without end
  }).output();
  assert(success);
});
