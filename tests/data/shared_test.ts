import { assert, assertEquals, assertRejects } from "@std/assert";
import { type DataRequest, loadDataset } from "../../src/data/load.ts";
import {
  packDataset,
  shareDatasets,
  unpackDataset,
} from "../../src/data/shared.ts";
import { UserError } from "../../src/errors.ts";

const REQUEST: DataRequest = {
  dataset: "glyphs",
  dataSeed: 3,
  binarize: "static",
  trainSize: 20,
  testSize: 10,
};

Deno.test("shareDatasets() gives what loadDataset() gives, in shared memory", async () => {
  for (const dataset of ["glyphs", "linear-gaussian"] as const) {
    const binarize = dataset === "glyphs" ? "static" : "none";
    const request = { ...REQUEST, dataset, binarize } as const;
    const data = await shareDatasets({})(request);
    const own = await loadDataset(request);
    for (const split of [data.train, data.test]) {
      assert(split.values.buffer instanceof SharedArrayBuffer);
    }
    assertEquals([...data.train.values], [...own.train.values]);
    assertEquals([...data.test.values], [...own.test.values]);
    const { train: _, test: __, ...rest } = data;
    for (const [key, value] of Object.entries(rest)) {
      assertEquals(value, own[key as keyof typeof own], key);
    }
  }
});

Deno.test("shareDatasets() loads each data set once, whoever asks", async () => {
  const shared = shareDatasets({});
  const source = { shared };
  // A whole config asks, of which the seed does not change the data.
  const [a, b] = await Promise.all(
    [1, 2].map((seed) =>
      loadDataset({ ...REQUEST, seed } as DataRequest, source)
    ),
  );
  assert(a === b);
  assert(await shared({ ...REQUEST }) === a);
  for (const other of [{ dataSeed: 4 }, { trainSize: 19 }, { testSize: 9 }]) {
    const data = await shared({ ...REQUEST, ...other });
    assert(data.train.values.buffer !== a!.train.values.buffer);
  }
});

Deno.test("unpackDataset() is the inverse of packDataset(), over the same memory", async () => {
  for (const dataset of ["glyphs", "linear-gaussian"] as const) {
    const request = { ...REQUEST, dataset, binarize: "none" } as const;
    const data = await shareDatasets({})(request);
    const sent = unpackDataset(structuredClone(packDataset(data)));
    assertEquals(sent, data);
    sent.test.values[3] = 77;
    assertEquals(data.test.values[3], 77);
  }
});

Deno.test("shareDatasets() refuses what loadDataset() refuses", async () => {
  const shared = shareDatasets({ dataDir: "/nowhere" });
  const request = { ...REQUEST, dataset: "mnist" } as const;
  for (const _ of [1, 2]) await assertRejects(() => shared(request), UserError);
});
