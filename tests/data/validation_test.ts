import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  type DataRequest,
  loadDataset,
  trainRowCount,
} from "../../src/data/load.ts";
import type { Examples } from "../../src/data/dataset.ts";
import { shareDatasets } from "../../src/data/shared.ts";
import { valuesOf } from "../../src/data/labels.ts";
import { assertUserError } from "./helpers.ts";

const REQUEST: DataRequest = {
  ...{ dataset: "glyphs", dataSeed: 3, binarize: "none" },
  ...{ trainSize: 60, testSize: 20, labels: true },
};
const WITH = { ...REQUEST, validationFraction: 0.25 };

const rowsIn = ({ count, dim, values }: Examples) =>
  Array.from(
    { length: count },
    (_, row) => values.subarray(row * dim, (row + 1) * dim).toString(),
  );

Deno.test("validation rows are train rows that are not trained on, in their order", async () => {
  const [whole, data] = [await loadDataset(REQUEST), await loadDataset(WITH)];
  const [all, train, validation] = [whole.train, data.train, data.validation!]
    .map(rowsIn);
  assertEquals([train!.length, validation!.length], [45, 15]);
  assertEquals(trainRowCount(WITH), 45);
  assertEquals(new Set(all).size, 60); // so that each can be told
  const places = [train!, validation!].map((rows) =>
    rows.map((row) => all!.indexOf(row))
  );
  for (const rows of places) {
    assertEquals(rows, rows.toSorted((a, b) => a - b));
  }
  assertEquals(
    places.flat().sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, i) => i),
  );
  // Drawn, and not the last ones.
  assert(places[1]!.some((row) => row < 45));
  assertEquals(rowsIn(data.test), rowsIn(whole.test));
  for (const [i, label] of data.labels!.entries()) {
    const before = whole.labels![i]!;
    assertEquals(
      [...valuesOf(label, "train")],
      places[0]!.map((row) => valuesOf(before, "train")[row]),
    );
    assertEquals(label.validation!.length, 15);
  }
  const other = await loadDataset({ ...WITH, dataSeed: 4 });
  assert(other.sha256 !== data.sha256 && data.sha256 !== whole.sha256);
});

Deno.test("validation rows have pixels drawn once, of their own", async () => {
  for (const binarize of ["dynamic", "static"] as const) {
    const grey = (await loadDataset(WITH)).validation!;
    const drawn = (await loadDataset({ ...WITH, binarize })).validation!;
    assert(drawn.values.every((value) => value === 0 || value === 255));
    // Levels 0 and 255 are as they were, and the mean is near.
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    grey.values.forEach((level, i) => {
      if (level % 255 === 0) assertEquals(drawn.values[i], level);
    });
    assertAlmostEquals(mean(drawn.values), mean(grey.values), 3);
    const again = (await loadDataset({ ...WITH, binarize })).validation!;
    assertEquals(again.values, drawn.values);
  }
});

Deno.test("workers share validation rows, and y is that of the rows trained on", async () => {
  const request = { ...WITH, condition: ["class", "slant"] };
  const alone = await loadDataset(request);
  const shared = shareDatasets({});
  const [data, other] = [await shared(request), await shared(REQUEST)];
  assertEquals(other.validation, undefined);
  assertEquals(data.sha256, alone.sha256);
  assertEquals(rowsIn(data.validation!), rowsIn(alone.validation!));
  assertEquals(data.train.condition, alone.train.condition);
  assertEquals(data.validation!.condition, alone.validation!.condition);
  // The number is in standard deviations of the rows that are trained on.
  const { dim, values } = data.train.condition!;
  const slants = Array.from(
    { length: 45 },
    (_, i) => values[(i + 1) * dim - 1]!,
  );
  const mean = slants.reduce((sum, slant) => sum + slant, 0) / 45;
  const square = slants.reduce((sum, slant) => sum + slant ** 2, 0) / 45;
  assertAlmostEquals(mean, 0, 1e-6);
  assertAlmostEquals(square, 1, 1e-6);
});

Deno.test("validation rows must be some, and not all", async () => {
  await assertUserError(
    () => loadDataset({ ...WITH, validationFraction: 0.001 }),
    "--validation-fraction 0.001: of 60 train rows that is none",
  );
  await assertUserError(
    () => loadDataset({ ...WITH, validationFraction: 0.999 }),
    "--validation-fraction 0.999: of 60 train rows that is all",
  );
});
