import { assertThrows } from "@std/assert";
import { checkCommand } from "../../../src/engine/wasm/check_program.ts";
import type { Command } from "../../../src/engine/wasm/commands.ts";
import { compile } from "../../../src/engine/wasm/compile.ts";
import { FREE, STORE, TILE_ROWS } from "../../../src/engine/wasm/layout.ts";
import {
  Allocator,
  placeParameters,
  roundUp,
} from "../../../src/engine/wasm/memory_layout.ts";
import { product, sparseProduct } from "../../../src/engine/wasm/products.ts";
import { fillsOf } from "../../../src/model/optimizers.ts";
import { importanceSamples } from "../../../src/objective/spec.ts";
import type { Training } from "../training.ts";
import { ALL_TRAININGS, randomTraining } from "./trainings.ts";

/** Compiles all programs of a training, each of whose commands is checked. */
function compileAll(
  { spec, optimizer, objective, size, samples }: Training,
): void {
  const parameters = placeParameters(spec, fillsOf(optimizer).length);
  const context = { spec, optimizer, objective, weightDecay: 0, parameters };
  const draws = samples * importanceSamples(objective);
  for (const purpose of ["train", "evaluate", "draws"] as const) {
    compile(context, size, draws, purpose);
  }
}

Deno.test("compile() gives commands whose operands lie in their matrices", () => {
  for (const training of Object.values(ALL_TRAININGS)) compileAll(training);
  for (let i = 0; i < 300; i++) {
    const training = randomTraining(i);
    compileAll(training);
    compileAll({ ...training, size: 3 * training.size + 130 });
  }
});

Deno.test("checkCommand() refuses an operand that ends beyond its memory", () => {
  for (const [m, n, depth] of [[9, 17, 13], [70, 33, 600]] as const) {
    const allocator = new Allocator(FREE);
    const [a, b, c] = [[m, depth], [depth, n], [m, n]]
      .map((shape) => allocator.matrix(shape as [number, number]));
    const lists = {
      counts: allocator.bytes(4 * m),
      entries: allocator.bytes(8 * m * depth),
      capacity: depth,
    };
    const stored = { code: STORE };
    const commands: Command[] = [
      ...product({ matrix: a! }, { matrix: b! }, c!, stored, allocator),
      ...sparseProduct(lists, b!, c!, stored),
    ].flat();
    const check = (blocks = allocator.blocks) =>
      commands.forEach((command) => checkCommand(command, blocks));
    check();
    // The padding of rows of a and b is not read.
    const padding = (rows: number) => roundUp(rows, TILE_ROWS) - rows;
    const slack = [padding(m) * a!.stride, padding(depth) * b!.stride]
      .concat(0, 0, 0, 0, 0);
    allocator.blocks.forEach((block, i) => {
      const end = block.end - slack[i]! - 64;
      const shorter = allocator.blocks.with(i, { ...block, end });
      assertThrows(() => check(shorter), Error, "is not in its memory");
    });
  }
});

Deno.test("checkCommand() refuses a command whose list may overflow", () => {
  const list = {
    ...{ x: FREE, stride: 32, rows: 4, columns: 8, capacity: 7 },
    ...{ counts: FREE, entries: FREE },
  };
  const command = { name: "list-rows", tasks: 1, values: list } as const;
  const blocks = [{ start: FREE, end: FREE + 4096 }];
  assertThrows(() => checkCommand(command, blocks), Error, "too short");
  checkCommand({ ...command, values: { ...list, capacity: 8 } }, blocks);
});
