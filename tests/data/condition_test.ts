import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  ALL_LABELS,
  conditionOn,
  conditionsByClass,
} from "../../src/data/condition.ts";
import { type Dataset, firstRows } from "../../src/data/dataset.ts";
import { classLabel, type Label, realLabel } from "../../src/data/labels.ts";
import {
  type DataRequest,
  loadDataset,
  trainRowsAsTest,
} from "../../src/data/load.ts";
import {
  packDataset,
  shareDatasets,
  unpackDataset,
} from "../../src/data/shared.ts";
import { UserError } from "../../src/errors.ts";

const LABELS: readonly Label[] = [
  realLabel("size", [1, 3, 5], [2, 7]),
  classLabel("kind", ["b", "a", "b"], ["a", "b"]),
  realLabel("constant", [4, 4, 4], [4, 5]),
];

/** Three train rows and two test rows. */
function dataWith(labels?: readonly Label[]): Dataset {
  const split = (count: number) => ({
    ...{ count, dim: 1 },
    values: new Float32Array(count),
  });
  return {
    ...{ name: "mine", dim: 1, image: null, sha256: "" },
    ...{ train: split(3), test: split(2) },
    ...labels && { labels },
  };
}

Deno.test("conditionOn() has classes as one of many, numbers in standard deviations", () => {
  const all = conditionOn(dataWith(LABELS), [ALL_LABELS]);
  const unit = 2 / Math.sqrt(8 / 3);
  const { train, test, condition } = all;
  assertEquals(condition, ["size", "kind", "constant"]);
  assertEquals(train.condition, {
    dim: 4,
    values: Float32Array.of(-unit, 0, 1, 0, 0, 1, 0, 0, unit, 0, 1, 0),
  });
  // By the train rows' mean and deviation.
  assertEquals(
    test.condition!.values,
    Float32Array.of(-unit / 2, 1, 0, 0, 2 * unit, 0, 1, 1),
  );
  const [kind] = conditionOn(dataWith(LABELS), ["kind"]).condition!;
  assertEquals(kind, "kind");
  const swapped = conditionOn(dataWith(LABELS), ["kind", "size"]).train;
  assertEquals(
    swapped.condition!.values,
    Float32Array.of(0, 1, -unit, 1, 0, 0, 0, 1, unit),
  );
  assertEquals(
    firstRows(swapped, 2).condition!.values,
    Float32Array.of(0, 1, -unit, 1, 0, 0),
  );
});

Deno.test("conditionsByClass() has each class, and all else at its mean", () => {
  const data = conditionOn(dataWith(LABELS), ["size", "kind"]);
  const { label, values } = conditionsByClass(data)!;
  assertEquals(label.classes, ["a", "b"]);
  assertEquals(values, Float32Array.of(0, 1, 0, 0, 0, 1));
  assertEquals(
    conditionsByClass(conditionOn(dataWith(LABELS), ["size"])),
    null,
  );
  assertEquals(conditionsByClass(dataWith(LABELS)), null);
});

Deno.test("conditionOn() refuses what no model can be given, in one line", () => {
  const unseen = classLabel("kind", ["a", "a", "b"], ["b", "c"]);
  const words = (start: number, count: number) =>
    Array.from({ length: count }, (_, i) => `${start + i}`);
  const many = classLabel("id", words(0, 5000), words(0, 2));
  const refused = [
    [undefined, "kind", "--condition kind: mine has no labels"],
    [[], "kind", "mine has no labels"],
    [LABELS, "kinds", "size, kind, constant; did you mean kind?"],
    [LABELS, "color", "the labels of mine are size, kind, constant"],
    [[unseen], "kind", "test row 2 is of kind c, as no train row is"],
    [[classLabel("kind", ["a", "", "b"], ["", "a"])], "kind", "2 of 5 rows"],
    [[realLabel("size", [1.5, 2, NaN], [3, 4])], "size", "have no size; fill"],
    [[many], "id", "5000 numbers for each row, at most 4096"],
  ] as const;
  for (const [labels, name, message] of refused) {
    const { message: said } = assertThrows(
      () => conditionOn(dataWith(labels), [name]),
      UserError,
      message,
    );
    assertEquals(said.includes("\n"), false);
  }
});

Deno.test("loadDataset() gives y of the rows that are left, however they are loaded", async () => {
  const request: DataRequest = {
    ...{ dataset: "glyphs", dataSeed: 1, binarize: "static" },
    ...{ trainSize: 60, testSize: 3, condition: ["class", "slant"] },
  };
  const data = await loadDataset(request);
  const [digits] = data.labels!;
  const ofRow = ({ condition }: Dataset["train"], row: number) => [
    ...condition!.values.subarray(row * 11, row * 11 + 10),
  ];
  for (const [split, count] of [["train", 60], ["test", 3]] as const) {
    for (let row = 0; row < count; row++) {
      assertEquals(ofRow(data[split], row).indexOf(1), digits![split][row]);
    }
  }
  const without = await loadDataset({ ...request, condition: undefined });
  assertEquals(without.train.condition, undefined);
  assertNotEquals(data.sha256, without.sha256);
  const other = await loadDataset({ ...request, condition: ["class"] });
  assertNotEquals(data.sha256, other.sha256);

  const shared = await shareDatasets({})(request);
  const sent = unpackDataset(structuredClone(packDataset(shared)));
  for (const same of [shared, sent]) {
    assertEquals(same.train.condition, data.train.condition);
    assertEquals(same.test.condition, data.test.condition);
    assertEquals(same.condition, data.condition);
  }
  const { test } = trainRowsAsTest(data, request, 2);
  assertEquals(
    test.condition!.values,
    data.train.condition!.values.slice(0, 22),
  );
});
