import { assertEquals } from "@std/assert";
import {
  type BuiltIn,
  datasetRow,
  DATASETS,
  loadDataset,
  trainRowsAsTest,
} from "../../src/data/load.ts";
import { testOnRealData } from "./helpers.ts";

const whole = (dataset: BuiltIn) => ({
  ...{ dataset, dataSeed: 0, binarize: "none" as const },
  ...{ trainSize: null, testSize: null },
});

for (const name of DATASETS) {
  const { folder, trainRows } = datasetRow({ dataset: name });
  testOnRealData(
    `datasetRow() has the train rows of ${name}`,
    folder === null ? [] : [folder],
    async (source) => {
      const { train } = await loadDataset(whole(name), source);
      assertEquals(train.count, trainRows);
    },
  );
}

Deno.test("trainRowsAsTest() has the first train rows, drawn once where pixels are drawn", async () => {
  const request = { ...whole("glyphs"), trainSize: 20, testSize: 5 };
  const grey = await loadDataset(request);
  const { train, test } = trainRowsAsTest(grey, request, 7);
  assertEquals(train, grey.train);
  assertEquals(test.values, grey.train.values.subarray(0, 7 * grey.dim));

  const dynamic = { ...request, binarize: "dynamic" as const };
  const drawn = trainRowsAsTest(await loadDataset(dynamic), dynamic, 7);
  const once = { ...request, binarize: "static" as const };
  const { train: bits } = await loadDataset(once);
  assertEquals(drawn.test.values, bits.values.subarray(0, 7 * grey.dim));
});
