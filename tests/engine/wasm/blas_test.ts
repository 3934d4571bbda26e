import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertThrows,
} from "@std/assert";
import { findBlas } from "../../../src/engine/wasm/blas.ts";
import * as layout from "../../../src/engine/wasm/layout.ts";
import { readMatrix } from "../../../src/engine/wasm/memory_layout.ts";
import {
  type Finisher,
  hostProduct,
  type Product,
  product,
} from "../../../src/engine/wasm/products.ts";
import { UserError } from "../../../src/errors.ts";
import { stream } from "../../../src/random/stream.ts";
import { trainingOf } from "../training.ts";
import { blas } from "./blas_support.ts";
import { openBench } from "./commands.ts";
import { ALL_TRAININGS, assertTerms, trainedWith } from "./trainings.ts";

const { library } = blas;
const KERNELS = { blas: library ?? "" };

function blasTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name: `${name} (${blas.label})`, ignore: library === null, fn });
}

/** finisher(a b), with sums that go on from those of another product. */
function productsOf(
  by: Product,
  [m, n, depth]: readonly [number, number, number],
  [aTransposed, bTransposed]: readonly [boolean, boolean],
  finisherOf: (bias: number, y: Finisher["activations"]) => Finisher,
): Float32Array {
  using bench = openBench(1, KERNELS);
  const values = stream(9, "data").normals((m + n) * depth + n + m * n);
  let next = 0;
  const place = (rows: number, columns: number) => {
    const from = next;
    next += rows * columns;
    return bench.place([rows, columns], values.subarray(from, next));
  };
  const a = {
    matrix: aTransposed ? place(depth, m) : place(m, depth),
    transposed: aTransposed,
  };
  const b = {
    matrix: bTransposed ? place(n, depth) : place(depth, n),
    transposed: bTransposed,
  };
  const bias = place(1, n);
  new Float32Array(bench.module.buffer, bias.at, bias.stride / 4)
    .fill(0, n);
  const y = place(m, n);
  const c = bench.place([m, n]);
  const { allocator } = bench;
  bench.run([
    ...by(a, b, c, null, allocator),
    ...by(a, b, c, finisherOf(bias.at, y), allocator, true),
  ]);
  return readMatrix(bench.module.buffer, c);
}

blasTest("hostProduct() gives the values of product(), finished alike", () => {
  const finishers: ((
    bias: number,
    activations: Finisher["activations"],
  ) => Finisher)[] = [
    () => ({ code: layout.STORE }),
    (bias) => ({ code: layout.ADD_BIAS_TANH, bias }),
    (_, activations) => ({
      code: layout.TIMES_DERIVATIVE_TANH,
      ...(activations === undefined ? {} : { activations }),
    }),
  ];
  // The last two are cut into blocks, across and down.
  const sizes = [
    [1, 1, 1],
    [5, 9, 3],
    [33, 41, 70],
    [100, 333, 520],
    [333, 100, 520],
  ] as const;
  for (const size of sizes) {
    for (
      const forms of [[false, false], [false, true], [true, false]] as const
    ) {
      for (const finisher of finishers) {
        const expected = productsOf(product, size, forms, finisher);
        const label = `${size} ${forms}`;
        // Two sums of `depth` products of standard normals; times a slope.
        const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
        const tolerance = 1e-6 * (size[2] + largest);
        productsOf(hostProduct, size, forms, finisher).forEach((value, i) =>
          assertLess(Math.abs(value - expected[i]!), tolerance, label)
        );
      }
    }
  }
});

blasTest(
  "hostProduct() leaves zeros behind the last column, as product()",
  () => {
    using bench = openBench(1, KERNELS);
    const values = stream(10, "data").normals(100);
    const [a, b] = [bench.place([4, 5], values), bench.place([5, 3], values)];
    const c = bench.place([4, 3]);
    bench.run(hostProduct(
      { matrix: a },
      { matrix: b },
      c,
      { code: layout.STORE },
      bench.allocator,
    ));
    const floats = new Float32Array(bench.module.buffer, c.at, 4 * 8);
    floats.forEach((value, i) => assertEquals(value === 0, i % 8 >= 3));
  },
);

blasTest("OpenBLAS gives the portable terms within 1e-4", async () => {
  for (const [label, training] of Object.entries(ALL_TRAININGS)) {
    const portable = await trainedWith({}, training);
    for (const fastMath of [false, true]) {
      const { terms } = await trainedWith({ ...KERNELS, fastMath }, training);
      assertEquals(terms.length, training.steps);
      terms.forEach((of, i) =>
        assertTerms(of, portable.terms[i]!, `${label}, step ${i + 1}`)
      );
    }
  }
});

blasTest("OpenBLAS gives the same bits on 1 and 2 threads", async () => {
  const spec = { dataDim: 300, latentDim: 11, hidden: [310, 70] };
  const training = trainingOf({ spec, size: 190, samples: 2, steps: 3 });
  assertEquals(
    await trainedWith(KERNELS, training, 1),
    await trainedWith(KERNELS, training, 2),
  );
});

blasTest(
  "findBlas() says which library, and what is wrong with another",
  () => {
    assertEquals(findBlas("auto", ["libno-such-blas.so"]), null);
    assertMatch(findBlas("auto")?.build ?? "", /OpenBLAS/);
    for (
      const [path, part] of [
        ["/no/such/library.so", "no such library"],
        [new URL(import.meta.url).pathname, "no such library"],
        ...Deno.build.os === "linux"
          ? [["libm.so.6", "no OpenBLAS, it has no"] as const]
          : [],
      ] as const
    ) {
      const { message } = assertThrows(() => findBlas(path), UserError, part);
      assert(!message.includes("\n"), message);
    }
  },
);

Deno.test({
  name: "findBlas() needs the permission",
  permissions: { ffi: false },
  fn: () => {
    assertThrows(() => findBlas("lib.so"), UserError, "--allow-ffi");
  },
});
