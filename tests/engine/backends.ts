/** Tests that run once on every tfjs backend. */

import { type Backend, openBackend } from "../../src/engine/backend.ts";
import { webgpu } from "./webgpu_support.ts";

/** Registers a test on WebGPU, which is ignored where there is no adapter. */
export function testOnWebGpu(
  name: string,
  run: (backend: Backend) => void | Promise<void>,
): void {
  Deno.test({
    name: webgpu.available ? name : `${name} [${webgpu.label}]`,
    ignore: !webgpu.available,
    fn: async () => await run(await openBackend("webgpu")),
  });
}

/** Registers the test three times: on cpu, wasm and webgpu. */
export function testOnBackends(
  name: string,
  run: (backend: Backend) => void | Promise<void>,
): void {
  for (const choice of ["cpu", "wasm"] as const) {
    Deno.test(`${name}, on ${choice}`, async () => {
      await run(await openBackend(choice));
    });
  }
  testOnWebGpu(`${name}, on webgpu`, run);
}
