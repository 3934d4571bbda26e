import { assertEquals } from "@std/assert";
import { readNewRows } from "../../../src/data/own/new_rows.ts";
import type { TrainingData } from "../../../src/data/load.ts";
import { glyphs } from "../../../src/data/glyphs.ts";
import { assertUserError } from "../helpers.ts";
import { configOf, type Files, load, npy, withFiles } from "./files.ts";

/** A table whose columns have means 3 and 30 and variances 4 and 100. */
const TABLE = "a,b,c\n1,20,0\n5,40,0\n1,20,9\n5,40,9\n";
const FLAGS = ["--columns", "a,b", "--scale", "standardise"];

Deno.test("readNewRows() scales as the train split was, by the columns' names", () =>
  withFiles({
    "data/train.csv": TABLE,
    "data/test.csv": TABLE,
    "new.csv": "name,b,a\nx,30,3\ny,0,-1\n",
    "other.csv": "a\n1\n",
    "word.csv": "a,b\n1,two\n",
  }, async (folder) => {
    const path = `${folder}/data`;
    const data = await load(path, FLAGS);
    const { own } = configOf(path, FLAGS);
    const { count, values } = readNewRows(`${folder}/new.csv`, data, own);
    assertEquals([count, ...values], [2, 0, 0, -2, -3]);
    const read = (name: string) => () =>
      Promise.resolve().then(() => readNewRows(`${folder}/${name}`, data, own));
    await assertUserError(read("other.csv"), "other.csv", "--columns b");
    await assertUserError(read("word.csv"), "column b", '"two"');
    await assertUserError(read("none.csv"), "none.csv", "no such file");
    await assertUserError(read("data"), "two splits");
  }));

Deno.test("readNewRows() takes bytes for grey levels where the data have them, or for bits", async () => {
  const files: Files = {
    "grey.npy": npy([4, 2, 1], [0, 51, 255, 102, 1, 2, 3, 4], { type: "u1" }),
    "bits.npy": npy([1, 2], [0, 1], { type: "u1" }),
    "unit.npy": npy([1, 2, 1], [0.25, 1]),
    "flat.npy": npy([1, 1, 2], [0.25, 1]),
  };
  await withFiles(files, async (folder) => {
    const path = `${folder}/grey.npy`;
    const data = await load(path);
    const { own } = configOf(path, []);
    const values = (
      name: string,
      of: TrainingData,
      facts = own,
    ) => [...readNewRows(`${folder}/${name}`, of, facts).values];
    assertEquals(
      values("grey.npy", data).slice(0, 3),
      [0, 0.2, 1]
        .map(Math.fround),
    );
    // Without units, as of a data set that comes with the project.
    const { units: _, ...plain } = data;
    assertEquals(values("grey.npy", plain)[1], Math.fround(0.2));
    assertEquals(values("bits.npy", plain), [0, 1]);
    assertEquals(values("unit.npy", plain), [0.25, 1]);
    const { image, ...rest } = await glyphs({ train: 1, test: 1 });
    const digits = { ...rest, image, drawEachStep: true };
    for (
      const [name, of, message] of [
        ["grey.npy", digits, "rows are 2x1, and the model's 28x28x1"],
        ["flat.npy", plain, "rows are 1x2, and the model's 2x1x1"],
      ] as const
    ) {
      const read = () =>
        Promise.resolve().then(() => values(name, of, undefined));
      await assertUserError(read, message);
    }
  });
});

Deno.test("readNewRows() leaves values missing where the data may lack some", () =>
  withFiles(
    { "data.csv": TABLE, "new.csv": "a,b,c\n1,,2\n" },
    async (folder) => {
      const path = `${folder}/data.csv`;
      const flags = ["--missing", "mask"];
      const data = await load(path, flags);
      const { own } = configOf(path, flags);
      const { values, masked } = readNewRows(`${folder}/new.csv`, data, own);
      assertEquals([[...values], masked], [[1, NaN, 2], true]);
      await assertUserError(
        async () => {
          const { own } = configOf(path, []);
          readNewRows(`${folder}/new.csv`, await load(path), own);
        },
        "column b",
      );
    },
  ));
