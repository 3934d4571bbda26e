/** Whether V8 makes operations of 256 bits out of pairs of the module's. */

import { variable } from "../../environment.ts";

/**
 * The flags of V8 under which it does, with the same bits: the tasks of
 * deno.json set them in DENO_V8_FLAGS, which processes that they start inherit.
 * V8 cannot be asked for its flags, nor be given them later.
 *
 * The first is a workaround. Deno does not install V8's trap handler
 * (https://github.com/denoland/deno/issues/35658), so every load and store has
 * an explicit check of its bounds, and a check between two stores keeps V8 from
 * packing them. Without checks an address out of bounds ends the process, as
 * the memory reserves all that 32 bits reach: see `sharedMemory`.
 * To be deleted once Deno installs the handler.
 */
export const V8_FLAGS = [
  "--no-wasm-bounds-checks",
  "--experimental-wasm-revectorize",
] as const;

/** The flags of V8 that Deno was started with, as far as it says so. */
export function v8Flags(): string[] {
  const text = variable("DENO_V8_FLAGS");
  return text ? text.split(",") : [];
}

// One function: the first lane of f32x4.relaxed_madd(a, a, c), where a a + c is
// 2^-24, which a product that is rounded before the sum loses. Little-endian
// floats: a = 1 + 2^-12, c = -(1 + 2^-11).
// deno-fmt-ignore
const MULTIPLY_ADD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 5, 1, 96, 0, 1, 125,
  3, 2, 1, 0,
  7, 5, 1, 1, 102, 0, 0,
  10, 31, 1, 29, 0,
  67, 0, 8, 128, 63, 253, 19,
  67, 0, 8, 128, 63, 253, 19,
  67, 0, 16, 128, 191, 253, 19,
  253, 133, 2, 253, 31, 0, 11,
);

/**
 * Whether the CPU has operations of 256 bits that V8 can use: those with a
 * fused multiplication and addition do (x86 since 2013). ARM has none.
 */
export function hasWideOperations(): boolean {
  if (Deno.build.arch !== "x86_64") return false;
  if (!WebAssembly.validate(MULTIPLY_ADD)) return false;
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(MULTIPLY_ADD),
  );
  return (exports["f"] as () => number)() !== 0;
}

/**
 * Whether the module's wide tiles are the fastest here. They are, by a fifth of
 * a step, where V8 packs them, and the slowest, by a tenth, where it does not.
 * Neither choice changes a bit.
 */
export function prefersWideTiles(): boolean {
  const flags = v8Flags();
  return V8_FLAGS.every((flag) => flags.includes(flag)) && hasWideOperations();
}
