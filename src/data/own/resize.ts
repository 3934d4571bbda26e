/** Images of another size. */

import { fileURLToPath } from "node:url";
import { readBytesSync } from "../../files.ts";
import type { Picture } from "./picture.ts";
import { refuse, type Sides } from "./sheet.ts";

/** What is used of the module. */
interface Resizer {
  readonly memory: WebAssembly.Memory;
  readonly resize: (...args: readonly number[]) => void;
  readonly __wbindgen_malloc: (size: number, align: number) => number;
  readonly __wbindgen_free: (at: number, size: number, align: number) => void;
  readonly __wbindgen_add_to_stack_pointer: (bytes: number) => number;
}

let loaded: Resizer | undefined;

/**
 * The module alone: the script beside it sets globalThis.location.
 *
 * Workaround: it is read and not imported, as Deno 2.9.6 gives "Module source
 * can not be imported" where an import() leads to a WebAssembly module.
 */
function load(): Resizer {
  const name = "@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm";
  loaded ??= new WebAssembly.Instance(
    new WebAssembly.Module(
      readBytesSync(fileURLToPath(import.meta.resolve(name))),
    ),
  ).exports as unknown as Resizer;
  return loaded;
}

/** The module's number of linear interpolation, over all pixels that it covers. */
const TRIANGLE = 0;

/**
 * An image of 8 bits in another size: linear interpolation, and averages where
 * it becomes smaller. A WebAssembly module without imports computes it, so that
 * the pixels are the same on every machine.
 *
 * @param path for messages
 * @throws {UserError} it has 16 bits
 */
export function resized(
  { shape, pixels }: Picture,
  { height, width }: Sides,
  path: string,
): Picture {
  const [rows, columns, channels] = shape as [number, number, number];
  if (rows === height && columns === width) return { shape, pixels };
  if (pixels instanceof Uint16Array) {
    refuse(path, "16 bits for each pixel; --resize is of images with 8");
  }
  const area = rows * columns;
  const rgba = new Uint8Array(4 * area).fill(255);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < channels; c++) {
      rgba[4 * i + c] = pixels[channels * i + c]!;
    }
  }
  const all = onModule(rgba, { rows, columns }, { height, width });
  return {
    shape: [height, width, channels],
    pixels: all.filter((_, i) => i % 4 < channels),
  };
}

/** Calls the module as the script of its package does. */
function onModule(
  rgba: Uint8Array,
  { rows, columns }: { rows: number; columns: number },
  { height, width }: Sides,
): Uint8Array {
  const wasm = load();
  const input = wasm.__wbindgen_malloc(rgba.length, 1) >>> 0;
  new Uint8Array(wasm.memory.buffer).set(rgba, input);
  const found = wasm.__wbindgen_add_to_stack_pointer(-16);
  try {
    wasm.resize(
      ...[found, input, rgba.length, columns, rows, width, height] as const,
      ...[TRIANGLE, 0, 0] as const,
    );
    const [at, length] = new Uint32Array(wasm.memory.buffer, found, 2);
    const output = new Uint8Array(wasm.memory.buffer, at, length).slice();
    wasm.__wbindgen_free(at!, length!, 1);
    return output;
  } finally {
    wasm.__wbindgen_add_to_stack_pointer(16);
  }
}
