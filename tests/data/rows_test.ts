import { assertEquals, assertRejects } from "@std/assert";
import { glyphs } from "../../src/data/glyphs.ts";
import { linearGaussian } from "../../src/data/linear_gaussian.ts";
import { loadDataset } from "../../src/data/load.ts";
import { assertUserError } from "./helpers.ts";

Deno.test("data that nobody needs any more are not made to their end", async () => {
  const size = { train: 1e6, test: 1 };
  for (const make of [glyphs, linearGaussian]) {
    const stop = new AbortController();
    setTimeout(() => stop.abort());
    const { signal } = stop;
    const error = await assertRejects(() => make(size, { signal }), Error);
    assertEquals(error, signal.reason);
  }
});

Deno.test("loadDataset() makes no more rows than memory holds", async () => {
  const request = { dataSeed: 0, binarize: "none", testSize: 1 } as const;
  for (const dataset of ["glyphs", "linear-gaussian"] as const) {
    await assertUserError(
      () => loadDataset({ ...request, dataset, trainSize: 2 ** 32 - 1 }),
      `--train-size 4294967295: at most 1000000 rows of ${dataset} are made`,
    );
  }
});
