/**
 * A program: reads or writes 16 bytes at an address of a memory as the wasm
 * engine's. Arguments: `load` or `store`, and the address.
 */

import { sharedMemory } from "../../../src/engine/wasm/module.ts";

const [kind, address] = Deno.args;
// (func (param i32)), which adds 1 to the address's vector where it stores.
// deno-fmt-ignore
const body = kind === "store"
  ? [0, 32, 0, 32, 0, 253, 17, 253, 11, 4, 0, 11]
  : [0, 32, 0, 253, 0, 4, 0, 26, 11];
const section = (id: number, bytes: number[]) => [id, bytes.length, ...bytes];
const module = new WebAssembly.Module(Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...section(1, [1, 96, 1, 127, 0]),
  // env.memory: shared, of one to 65536 pages
  ...section(2, [1, 1, 101, 1, 109, 2, 3, 1, 128, 128, 4]),
  ...section(3, [1, 0]),
  ...section(7, [1, 1, 102, 0, 0]),
  ...section(10, [1, body.length, ...body]),
]));
const { exports } = new WebAssembly.Instance(module, {
  e: { m: sharedMemory() },
});
(exports["f"] as (address: number) => void)(Number(address) | 0);
console.log("done");
