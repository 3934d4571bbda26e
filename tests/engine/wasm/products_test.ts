import { assertEquals, assertLess } from "@std/assert";
import { command } from "../../../src/engine/wasm/commands.ts";
import { STORE } from "../../../src/engine/wasm/layout.ts";
import * as layout from "../../../src/engine/wasm/layout.ts";
import { readMatrix } from "../../../src/engine/wasm/memory_layout.ts";
import { product, sparseProduct } from "../../../src/engine/wasm/products.ts";
import { stream } from "../../../src/random/stream.ts";
import type { Kernels } from "../../../src/engine/wasm/module.ts";
import { openBench } from "./commands.ts";

/** A sum over k in rising order, rounded after every operation. */
function sequentialSum(terms: number, term: (k: number) => [number, number]) {
  let sum = 0;
  let exact = 0;
  let magnitude = 0;
  for (let k = 0; k < terms; k++) {
    const [a, b] = term(k);
    sum = Math.fround(sum + Math.fround(a * b));
    exact += a * b;
    magnitude += Math.abs(a * b);
  }
  return { sum, exact, magnitude };
}

const SIZES = [
  [1, 1, 1],
  [4, 8, 2],
  [5, 9, 3],
  [3, 17, 37],
  [33, 40, 65],
  [70, 33, 130],
  [6, 5, 1100],
  [300, 3, 600],
] as const;

const TILES = [{ wide: false }, { wide: true }];

for (const tiles of TILES) {
  Deno.test(
    `product() sums over k in rising order in all forms, wide: ${tiles.wide}`,
    () => SIZES.forEach((size) => checkProduct(size, tiles)),
  );
}

function checkProduct([m, n, depth]: typeof SIZES[number], tiles: Kernels) {
  for (const [aTransposed, bTransposed] of [[0, 0], [0, 1], [1, 0]]) {
    using bench = openBench(1, tiles);
    const draws = stream(m * n, "data", depth);
    const values = draws.normals((m + n) * depth);
    const a = values.subarray(0, m * depth);
    const b = values.subarray(m * depth);
    const c = bench.place([m, n]);
    bench.run(product(
      {
        matrix: bench.place(aTransposed ? [depth, m] : [m, depth], a),
        transposed: aTransposed === 1,
      },
      {
        matrix: bench.place(bTransposed ? [n, depth] : [depth, n], b),
        transposed: bTransposed === 1,
      },
      c,
      { code: STORE },
      bench.allocator,
    ));
    const out = readMatrix(bench.module.buffer, c);
    const label = `${m}x${n}x${depth} ${aTransposed}${bTransposed}`;
    const expected = Float32Array.from({ length: m * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      const { sum, exact, magnitude } = sequentialSum(depth, (k) => [
        aTransposed ? a[k * m + i]! : a[i * depth + k]!,
        bTransposed ? b[j * depth + k]! : b[k * n + j]!,
      ]);
      // One rounding for each product and each sum but the first.
      assertLess(Math.abs(sum - exact), 2 ** -24 * depth * magnitude + 1e-30);
      return sum;
    });
    assertEquals(out, expected, label);
  }
}

for (const tiles of TILES) {
  Deno.test(
    `product() goes on from the sums of another, wide: ${tiles.wide}`,
    () => checkContinued(tiles),
  );
}

function checkContinued(tiles: Kernels) {
  using bench = openBench(1, tiles);
  const values = stream(5, "data").normals(200);
  const [a, b] = [values.subarray(0, 100), values.subarray(100)];
  const split = (from: number, to: number) => ({
    a: bench.place(
      [10, to - from],
      a.filter((_, i) => i % 10 >= from && i % 10 < to),
    ),
    b: bench.place([to - from, 10], b.subarray(from * 10, to * 10)),
  });
  const [whole, first, rest] = [split(0, 10), split(0, 3), split(3, 10)];
  const [c, d] = [bench.place([10, 10]), bench.place([10, 10])];
  const { allocator } = bench;
  const of = (matrix: typeof c) => ({ matrix });
  const stored = { code: STORE };
  bench.run([
    ...product(of(whole.a), of(whole.b), c, stored, allocator),
    ...product(of(first.a), of(first.b), d, null, allocator),
    ...product(of(rest.a), of(rest.b), d, stored, allocator, true),
  ]);
  assertEquals(
    readMatrix(bench.module.buffer, d),
    readMatrix(bench.module.buffer, c),
  );
}

Deno.test("finishers add the bias, activate, and differentiate", () => {
  const activations = {
    tanh: Math.tanh,
    relu: (x: number) => Math.max(x, 0),
    softplus: (x: number) => Math.log1p(Math.exp(x)),
    identity: (x: number) => x,
  };
  const slopes = {
    tanh: (x: number) => 1 - Math.tanh(x) ** 2,
    relu: (x: number) => x > 0 ? 1 : 0,
    softplus: (x: number) => 1 / (1 + Math.exp(-x)),
    identity: () => 1,
  };
  const codes = {
    tanh: [layout.ADD_BIAS_TANH, layout.TIMES_DERIVATIVE_TANH],
    relu: [layout.ADD_BIAS_RELU, layout.TIMES_DERIVATIVE_RELU],
    softplus: [layout.ADD_BIAS_SOFTPLUS, layout.TIMES_DERIVATIVE_SOFTPLUS],
    identity: [layout.ADD_BIAS, layout.STORE],
  } as const;
  const [m, n, depth] = [7, 13, 3];
  const values = stream(6, "data").normals(m * depth + depth * n + n);
  const [a, b, bias] = [
    values.subarray(0, m * depth),
    values.subarray(m * depth, (m + n) * depth),
    values.subarray((m + n) * depth),
  ];
  for (const name of Object.keys(codes) as (keyof typeof codes)[]) {
    using bench = openBench();
    const left = { matrix: bench.place([m, depth], a) };
    const right = { matrix: bench.place([depth, n], b) };
    const placedBias = bench.place([1, n], bias);
    // As an engine's, the padding of a bias is zero.
    new Float32Array(bench.module.buffer, placedBias.at, 16)
      .fill(0, n);
    const y = bench.place([m, n]);
    const g = bench.place([m, n]);
    const [add, differentiate] = codes[name];
    bench.run([
      ...product(
        left,
        right,
        y,
        { code: add, bias: placedBias.at },
        bench.allocator,
      ),
      ...product(
        left,
        right,
        g,
        { code: differentiate, activations: y },
        bench.allocator,
      ),
    ]);
    const [activated, gradient] = [y, g].map((matrix) =>
      readMatrix(bench.module.buffer, matrix)
    ) as [Float32Array, Float32Array];
    activated.forEach((value, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      const { exact } = sequentialSum(
        depth,
        (k) => [a[i * depth + k]!, b[k * n + j]!],
      );
      const x = exact + bias[j]!;
      assertLess(Math.abs(value - activations[name](x)), 2e-6, name);
      const expected = exact * slopes[name](x);
      assertLess(Math.abs(gradient[at]! - expected), 3e-6, name);
    });
  }
});

for (const tiles of TILES) {
  Deno.test(
    `a sparse product has the bits of the dense one, wide: ${tiles.wide}`,
    () => checkSparse(tiles),
  );
}

function checkSparse(tiles: Kernels) {
  for (const [rows, depth, n] of [[5, 11, 3], [37, 50, 75], [2, 300, 133]]) {
    using bench = openBench(1, tiles);
    const uniforms = stream(7, "data", rows!).uniforms(rows! * depth!);
    // Zeros, a zero below zero, and values.
    const x = Float32Array.from(
      uniforms,
      (u) => u < 0.6 ? 0 : u < 0.7 ? -0 : u - 0.8,
    );
    const b = stream(8, "data").normals(depth! * n!);
    const placedX = bench.place([rows!, depth!], x);
    const placedB = bench.place([depth!, n!], b);
    const sparse = bench.place([rows!, n!]);
    const dense = bench.place([rows!, n!]);
    const lists = {
      counts: bench.allocator.bytes(4 * rows!),
      entries: bench.allocator.bytes(8 * rows! * depth!),
      capacity: depth!,
    };
    const stored = { code: STORE };
    bench.run([
      [command("list-rows", {
        ...{ x: placedX.at, stride: placedX.stride },
        ...{ rows: rows!, columns: depth!, ...lists },
      })],
      ...sparseProduct(lists, placedB, sparse, stored),
      ...product(
        { matrix: placedX },
        { matrix: placedB },
        dense,
        stored,
        bench.allocator,
      ),
    ]);
    assertEquals(
      readMatrix(bench.module.buffer, sparse),
      readMatrix(bench.module.buffer, dense),
    );
  }
}
