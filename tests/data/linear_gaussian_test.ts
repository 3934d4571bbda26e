import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { Matrix } from "ml-matrix";
import type { Examples } from "../../src/data/dataset.ts";
import { linearGaussian } from "../../src/data/linear_gaussian.ts";
import { datasetRow } from "../../src/data/load.ts";
import { UserError } from "../../src/errors.ts";
import type { LinearGaussian } from "../../src/model/linear_gaussian.ts";

const row = ({ values, dim }: Examples, i: number) =>
  values.subarray(i * dim, (i + 1) * dim);

/** W W^T + s^2 I. */
function covarianceOf(
  { weights, offset, noiseVariance }: LinearGaussian,
): Matrix {
  const w = new Matrix(weights.map((row) => [...row]));
  return w.mmul(w.transpose())
    .add(Matrix.eye(offset.length).mul(noiseVariance));
}

Deno.test("linearGaussian() has the shapes and defaults that it says", async () => {
  const { name, dim, image, train, test, generator } = await linearGaussian();
  assertEquals(name, "linear-gaussian");
  assertEquals(dim, 16);
  assertEquals(image, null);
  assertEquals(image, datasetRow({ dataset: "linear-gaussian" }).image);
  assertEquals([train.count, train.dim, train.values.length], [
    10000,
    16,
    160000,
  ]);
  assertEquals([test.count, test.dim, test.values.length], [2000, 16, 32000]);
  assert(train.values instanceof Float32Array);
  assertEquals(
    generator.weights.map(({ length }) => length),
    Array(16).fill(4),
  );
  assertEquals(generator.offset.length, 16);
  assertEquals(generator.noiseVariance, 0.25);
});

Deno.test("linearGaussian() gives the bytes that it always gave", async () => {
  const { sha256 } = await linearGaussian();
  assertEquals(
    sha256,
    "3504a1983a80e16c12817ecf4d5bba878dbb19c9186d29187ee3ceaf4ea56fb6",
  );
  assertNotEquals((await linearGaussian({ seed: 1 })).sha256, sha256);
});

Deno.test("linearGaussian() draws rows that depend on no count", async () => {
  const large = await linearGaussian({ train: 50, test: 40 });
  const small = await linearGaussian({ train: 7, test: 5 });
  assertEquals(small.generator, large.generator);
  assertEquals(small.train.values, large.train.values.slice(0, 7 * 16));
  assertEquals(small.test.values, large.test.values.slice(0, 5 * 16));
  assertNotEquals(row(large.train, 0), row(large.test, 0));
});

Deno.test("linearGaussian() has the mean and covariance of its generator", async () => {
  const count = 100_000;
  const { train, test, generator } = await linearGaussian({
    train: count,
    test: count,
    dim: 5,
    latentDim: 2,
  });
  const covariance = covarianceOf(generator);
  for (const split of [train, test]) {
    const x = new Matrix(
      Array.from({ length: count }, (_, i) => [...row(split, i)]),
    );
    const centred = x.subRowVector([...generator.offset]);
    const mean = centred.mean("column");
    const moments = centred.transpose().mmul(centred).div(count);
    for (let i = 0; i < 5; i++) {
      const variance = covariance.get(i, i);
      // Five standard errors each.
      assertAlmostEquals(mean[i]!, 0, 5 * Math.sqrt(variance / count));
      for (let j = 0; j < 5; j++) {
        const error = Math.sqrt(
          (variance * covariance.get(j, j) + covariance.get(i, j) ** 2) / count,
        );
        assertAlmostEquals(moments.get(i, j), covariance.get(i, j), 5 * error);
      }
    }
  }
});

Deno.test("linearGaussian() rejects what no data set can have", async () => {
  for (
    const options of [
      { train: 0 },
      { test: 1.5 },
      { dim: -1 },
      { latentDim: NaN },
      { noiseVariance: 0 },
      { noiseVariance: Infinity },
    ]
  ) {
    const [[name, value]] = Object.entries(options) as [[string, number]];
    const error = await assertRejects(
      () => linearGaussian(options),
      UserError,
      `linear-gaussian: ${name} is ${value}; give `,
    );
    assert(!error.message.includes("\n"));
  }
});
