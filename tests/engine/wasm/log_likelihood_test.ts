import { assertEquals, assertNotEquals } from "@std/assert";
import { command } from "../../../src/engine/wasm/commands.ts";
import { readMatrix } from "../../../src/engine/wasm/memory_layout.ts";
import { KERNELS } from "../../../src/model/likelihood/families.ts";
import { stream } from "../../../src/random/stream.ts";
import { openBench } from "./commands.ts";

Deno.test("log-likelihood has the sums of likelihood, and leaves the outputs", () => {
  const [size, rows, columns] = [3, 7, 13];
  for (const code of KERNELS.keys()) {
    using bench = openBench();
    const random = stream(1, "data", code);
    const x = bench.place(
      [size, columns],
      Float32Array.from(random.uniforms(size * columns)),
    );
    const numbers = stream(1, "noise", code).normals(2 * rows * columns);
    const sums = bench.allocator.floats(rows);
    const run = (name: "likelihood" | "log-likelihood") => {
      const outputs = [0, 1].map((i) =>
        bench.place(
          [rows, columns],
          numbers.subarray(i * rows * columns, (i + 1) * rows * columns),
        )
      );
      const [output, output2] = outputs as [typeof x, typeof x];
      const parameter = bench.allocator.floats(1);
      new Float32Array(bench.module.buffer, parameter, 1)[0] = -0.5;
      bench.run([[command(name, {
        ...{ likelihood: code, rows, size, columns, stride: x.stride },
        ...{ x: x.at, output: output.at, output2: output2.at, parameter },
        ...{ sums, factors: sums, noise: 0 },
      })]]);
      return {
        sums: new Float32Array(bench.module.buffer, sums, rows).slice(),
        outputs: outputs.map((matrix) =>
          readMatrix(bench.module.buffer, matrix)
        ),
      };
    };
    const both = run("likelihood");
    const alone = run("log-likelihood");
    assertEquals(alone.sums, both.sums, `${code}`);
    assertNotEquals(both.outputs[0], numbers.subarray(0, rows * columns));
    assertEquals(alone.outputs, [
      numbers.slice(0, rows * columns),
      numbers.slice(rows * columns),
    ]);
  }
});
