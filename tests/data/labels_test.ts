import { assert, assertEquals, assertThrows } from "@std/assert";
import { drawFactors } from "../../src/data/glyphs.ts";
import {
  classLabel,
  firstLabels,
  labelOfTexts,
  realLabel,
} from "../../src/data/labels.ts";
import {
  type DataRequest,
  loadDataset,
  trainRowsAsTest,
} from "../../src/data/load.ts";
import {
  dataset,
  offer,
  openOwn,
  type ScriptData,
} from "../../src/data/own/own.ts";
import { UserError } from "../../src/errors.ts";

Deno.test("labelOfTexts() has words as classes in natural order, fractions as numbers", () => {
  const digits = labelOfTexts("y", ["10", "9", "01"], ["1", "10"]);
  assertEquals(digits, {
    ...{ name: "y", kind: "class", classes: ["01", "1", "9", "10"] },
    ...{ train: Uint32Array.of(3, 2, 0), test: Uint32Array.of(1, 3) },
  });
  assertEquals(
    labelOfTexts("y", ["1", "-2.5"], ["3e-1"]),
    realLabel("y", [1, -2.5], [0.3]),
  );
  assertEquals(
    labelOfTexts("y", ["1.5", ""], ["2"]),
    realLabel("y", [1.5, NaN], [2]),
  );
  for (const other of ["NaN", "x", "1e999"]) {
    const { kind } = labelOfTexts("y", ["1.5", other], ["2"]);
    assertEquals(kind, "class", other);
  }
});

Deno.test("firstLabels() cuts each split, and can take the test rows from the train rows", () => {
  const label = classLabel("y", ["b", "a", "b"], ["c", "a"]);
  assertEquals(firstLabels(label, { train: 2, test: 1 }), {
    ...label,
    train: Uint32Array.of(1, 0),
    test: Uint32Array.of(2),
  });
  const { test } = firstLabels(label, { train: 3, test: 2 }, "train");
  assertEquals(test, Uint32Array.of(1, 0));
});

Deno.test("glyphs have their factors as labels, cut as the rows are", async () => {
  const request: DataRequest = {
    ...{ dataset: "glyphs", dataSeed: 5, binarize: "dynamic" as const },
    ...{ trainSize: 6, testSize: 4 },
  };
  const data = await loadDataset(request);
  assertEquals(
    data.labels!.map(({ name }) => name).join(),
    "class,slant,rotation,scale,shiftX,shiftY,thickness,curvature",
  );
  for (const label of data.labels!) {
    const name = label.name as "class" | "slant";
    const drawn = (first: number, length: number) =>
      Array.from({ length }, (_, i) => drawFactors(5, first + i)[name]);
    assertEquals(Array.from(label.train), drawn(0, 6), name);
    assertEquals(Array.from(label.test), drawn(2 ** 32, 4), name);
    if (label.kind === "class") assertEquals(label.classes[7], "7");
  }
  const { labels } = trainRowsAsTest(data, request, 3);
  assertEquals(labels![1]!.test, data.labels![1]!.train.subarray(0, 3));
});

Deno.test("dataset() takes labels of a script, and refuses those that do not fit", () => {
  const split = { count: 2, dim: 1, values: Float32Array.of(1, 2) };
  const mine = (labels: NonNullable<ScriptData["labels"]>) =>
    dataset({ name: "labelled", train: split, test: split, labels });
  const data = mine({
    kind: { train: ["a", "b"], test: ["b", "b"] },
    size: { train: [1, 2], test: [3, 4] },
  });
  const { dataset: same } = openOwn(offer(data), { ...data.facts, seed: 0 });
  assert(same === data.dataset);
  assertEquals(same.labels, [
    classLabel("kind", ["a", "b"], ["b", "b"]),
    realLabel("size", [1, 2], [3, 4]),
  ]);
  const refused = [
    [{ train: ["a"], test: ["b", "b"] }, "label y: 1 values for 2 train rows"],
    [{ train: [1, 2], test: [3, NaN] }, "neither words alone nor finite"],
    [{ train: [1, 2], test: ["a", "b"] }, "neither words alone nor finite"],
  ] as const;
  for (const [y, message] of refused) {
    assertThrows(() => mine({ y }), UserError, message);
  }
});
