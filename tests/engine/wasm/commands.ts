/** Single commands of the module, for tests. */

import {
  type CommandStage,
  programBytes,
  writeProgram,
} from "../../../src/engine/wasm/commands.ts";
import { FREE } from "../../../src/engine/wasm/layout.ts";
import type { Placed } from "../../../src/engine/lower.ts";
import {
  Allocator,
  writeMatrix,
} from "../../../src/engine/wasm/memory_layout.ts";
import { type Kernels, WasmModule } from "../../../src/engine/wasm/module.ts";

/** A module with an allocator over its memory. */
export interface Bench extends Disposable {
  readonly module: WasmModule;
  readonly allocator: Allocator;
  /** Places a matrix; what is behind its rows and columns is NaN. */
  place(
    shape: readonly [number, number],
    values?: Float32Array,
  ): Placed;
  run(stages: readonly CommandStage[]): void;
}

/** Memory for small commands. */
export function openBench(threads = 1, kernels: Kernels = {}): Bench {
  const module = new WasmModule(threads, kernels);
  module.reserve(2 ** 24);
  new Float32Array(module.buffer).fill(NaN, FREE / 4);
  const allocator = new Allocator(FREE);
  return {
    module,
    allocator,
    place(shape, values) {
      const placed = allocator.matrix(shape);
      if (values !== undefined) writeMatrix(module.buffer, placed, values);
      return placed;
    },
    run(stages) {
      const address = allocator.bytes(programBytes(stages));
      writeProgram(module.buffer, address, stages);
      module.run(address);
    },
    [Symbol.dispose]: () => module.dispose(),
  };
}
