import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { openBackend } from "../../../src/engine/backend.ts";
import { UserError } from "../../../src/errors.ts";
import type { Label } from "../../../src/data/labels.ts";
import { observedCounts } from "../../../src/data/dataset.ts";
import { dataset, openOwn } from "../../../src/data/own/own.ts";
import { packDataset, unpackDataset } from "../../../src/data/shared.ts";
import { createVae } from "../../../src/train/create_vae.ts";
import { gather } from "../../../src/train/batches.ts";
import { checkData } from "../../../src/train/check_data.ts";
import { assertUserError } from "../helpers.ts";
import { configOf, load, npy, npz, withFiles } from "./files.ts";

const MASK = ["--missing", "mask"];

const table = (missing: string) =>
  ["a,b,c", `1,${missing},5`, "3,10,6", `${missing},20,7`, "5,60,8\n"].join(
    "\n",
  );

const VARIANTS = ["", "NA", " nan ", "?", "None", "n/a"];

Deno.test("--missing mask reads cells without a value, however they are written", () =>
  withFiles(
    Object.fromEntries(VARIANTS.map((cell, i) => [`${i}/t.csv`, table(cell)])),
    async (folder) => {
      const hashes = new Set<string>();
      for (const i of VARIANTS.keys()) {
        const path = `${folder}/${i}/t.csv`;
        assertThrows(
          () => configOf(path, ["--missing", "refuse"]),
          UserError,
          "column b: ",
        );
        const { own } = configOf(path, MASK);
        assertEquals([own?.missing, own?.values], ["mask", "reals"]);
        hashes.add(own!.sha256);
        const data = await load(path, MASK);
        const rows = observedCounts(data.train)
          .map((count, at) => count + observedCounts(data.test)[at]!);
        assertEquals(rows, [3, 3, 4]);
      }
      assertEquals(hashes.size, 1);
      const settings = { columns: null, labels: null, image: null } as const;
      const { notes } = openOwn(`${folder}/0/t.csv`, {
        ...settings,
        ...{ scale: "none", testFraction: 0.1, seed: 0, missing: "mask" },
      });
      assertEquals(
        notes[2],
        "data: 2 of 12 values are missing (column a: 1, column b: 1)",
      );
    },
  ));

Deno.test("notes say whether a table has a header; missing values are none", () =>
  withFiles({
    "years.csv": "2019,2020\n1,2\n3,4\n",
    "names.csv": "a,b\n1,2\n3,4\n",
    "gaps.csv": "NA,NA\n1,2\n3,4\n5,6\n",
    "index.csv": ",a\n0,2\n1,4\n",
  }, (folder) => {
    const last = (name: string) =>
      openOwn(`${folder}/${name}.csv`, {
        ...{ columns: null, labels: null, image: null, missing: "mask" },
        ...{ scale: "none", testFraction: 0.1, seed: 0 },
      }).notes.at(-1);
    const row =
      "data: the first line is a row, no header: columns are 1, 2, ...";
    assertEquals(last("years"), row);
    assertEquals(last("names"), "data: the first line is a header");
    assertEquals(last("gaps"), row);
    assertEquals(
      last("index"),
      "data: the header has no name for column 1; if it only counts the rows, " +
        "choose the others with --columns",
    );
  }));

Deno.test("--missing mask reads a table whose rows have one value each", () => {
  const [rows, columns] = [30, 10];
  const lines = Array.from({ length: rows }, (_, i) => {
    const cells = Array<string>(columns).fill("");
    cells[i % columns] = `${i + 1}`;
    return cells.join(",");
  });
  const names = Array.from({ length: columns }, (_, j) => `c${j}`).join(",");
  const text = `${names}\n${lines.join("\n")}`;
  return withFiles({ "train.csv": text, "test.csv": text }, async (folder) => {
    const { train } = await load(folder, MASK);
    assertEquals(
      [...train.values],
      lines.flatMap((_, i) =>
        Array<number>(columns).fill(NaN).with(i % columns, i + 1)
      ),
    );
  });
});

const labelled = (cells: readonly string[]) =>
  ["x,y,a", ...cells.map((cell, i) => `${i},${i * i},${cell}`), ""].join("\n");

Deno.test("a missing label is refused by its line, or is no class and no word", () =>
  withFiles({
    "class.csv": labelled(["b", "NA", "a", "", "b", "a"]),
    "number.csv": labelled(["1.5", "NA", "2", "3", "", "4"]),
    "a.npz": npz({
      x: npy([4, 2], [0, 1, 2, 3, 4, 5, 6, 7]),
      y: npy([4], [0.5, NaN, 1, 2]),
    }),
  }, async (folder) => {
    const refused = [
      ["class.csv", "a", 'line 3, column a: "NA" is a missing label'],
      ["number.csv", "a", 'line 3, column a: "NA" is a missing label'],
      ["a.npz", "y", "row 2, value 1 is NaN"],
    ] as const;
    for (const [name, label, part] of refused) {
      const flags = ["--labels", label];
      const path = `${folder}/${name}`;
      assertThrows(() => configOf(path, flags), UserError, part);
      const data = await load(path, [...flags, ...MASK]);
      const [{ kind, train, test }] = data.labels as [Label];
      const classes = name === "class.csv" ? ["", "a", "b"] : undefined;
      assertEquals(kind, classes ? "class" : "real");
      const isMissing = (value: number) =>
        classes ? value === 0 : Number.isNaN(value);
      const all = [...train, ...test];
      assertEquals(all.filter(isMissing).length, name === "a.npz" ? 1 : 2);
      const config = configOf(path, [...flags, ...MASK]);
      const { notes } = openOwn(path, { ...config.own!, seed: 1 });
      assertMatch(notes[2]!, /^data: [12] of [46] rows have no [ay]$/);
      const condition = ["--condition", label];
      await assertUserError(
        () => load(path, [...flags, ...MASK, ...condition]),
        `--condition ${label}: `,
        `rows have no ${label}; fill it in`,
      );
    }
  }));

Deno.test("columns whose names have a comma are quoted in what is said", () =>
  withFiles({ "t.csv": '"a,b",c\n1,2\nNA,3\n4,5\n' }, (folder) => {
    const path = `${folder}/t.csv`;
    const { own } = configOf(path, MASK);
    const { notes } = openOwn(path, { ...own!, seed: 1 });
    assertEquals(
      notes[2],
      'data: 1 of 6 values are missing (column "a,b": 1)',
    );
  }));

Deno.test("moments, scales and the mean of each column are of its values", () =>
  withFiles({
    "train.csv": "a,b\n1,7\n3,NA\nNA,9\n",
    "test.csv": "a,b\n5,NA\n",
  }, async (folder) => {
    const unit = await load(folder, [...MASK, "--scale", "0..1"]);
    assertEquals([...unit.train.values], [0, 0, 0.5, NaN, NaN, 1]);
    assertEquals(unit.units, { offset: [1, 7], factor: [4, 2] });
    const { train, test } = await load(folder, [
      ...MASK,
      ...["--scale", "standardise"],
    ]);
    assertEquals([...train.values], [-1, -1, 1, NaN, NaN, 1]);
    assertEquals([...test.values], [3, NaN]);
    // The values, 0 where there is none, then which are observed.
    assertEquals([...gather(train, Uint32Array.of(1, 2))], [
      ...[1, 0, 1, 0],
      ...[0, 1, 0, 1],
    ]);
    await openBackend("cpu");
    const plain = await load(folder, MASK);
    const config = configOf(folder, [...MASK, "--hidden", "none"]);
    using vae = createVae(config, plain);
    assertEquals(vae.parameters.get("encoder/mean/weight")!.shape, [4, 10]);
    assertEquals(
      [...await vae.parameters.get("decoder/output/bias")!.data()],
      [2, 8],
    );
    const shared = unpackDataset(packDataset(plain));
    assertEquals(shared.train, plain.train);
  }));

Deno.test("--missing mask takes bits and NaN of a .npy file", () => {
  const values = [0, 1, NaN, 1, 1, 0];
  const files = {
    "a.npy": npy([3, 2], values, { type: "f8" }),
    "b.npy": npy([2, 2], [0, 1, 1, 0], { type: "b1" }),
  };
  return withFiles(files, async (folder) => {
    assertThrows(
      () => configOf(`${folder}/a.npy`, []),
      UserError,
      "--missing mask",
    );
    for (const name of ["a.npy", "b.npy"]) {
      const config = configOf(`${folder}/${name}`, MASK);
      assertEquals(config.own?.values, "bits");
      assertEquals(config.likelihood, { family: "bernoulli" });
      assertEquals(config.binarize, "none");
      const data = await load(`${folder}/${name}`, MASK);
      checkData(data, config);
      const all = [...data.train.values, ...data.test.values];
      assert(all.every((v) => v === 0 || v === 1 || Number.isNaN(v)));
    }
  });
});

Deno.test("--missing mask refuses images, empty columns, and values that are none", () =>
  withFiles({
    "images.npy": npy([3, 2, 2], Array(12).fill(0.5)),
    "empty.csv": "a,b\n1,NA\n2,NA\n3,NA\n",
    "word.csv": "a,b\n1,2\n2,two\n3,4\n",
    "infinite.npy": npy([2, 1], [1, Infinity]),
    "real.csv": table("NA"),
  }, (folder) => {
    const cases = [
      [["images.npy"], "it is of tables, not of images"],
      [["empty.csv"], "column b has no value in the "],
      [["word.csv"], "line 3, column b"],
      [["infinite.npy"], "row 2, value 1 is Infinity"],
      [["real.csv", "--likelihood", "discretised-logistic"], "use gaussian"],
    ] as const;
    for (const [[name, ...flags], part] of cases) {
      assertThrows(
        () => configOf(`${folder}/${name}`, [...MASK, ...flags]),
        UserError,
        part,
      );
    }
    assertThrows(
      () => configOf(`${folder}/real.csv`, ["--missing", "drop"]),
      UserError,
      "expected one of refuse, mask",
    );
  }));

Deno.test("dataset() takes missing values of both splits, and NaN of none", () => {
  const split = { count: 2, dim: 2, values: Float32Array.of(1, NaN, 3, 4) };
  const masked = { ...split, masked: true } as const;
  const data = dataset({ name: "mine", train: masked, test: masked });
  assertEquals(data.facts.missing, "mask");
  assertThrows(
    () => dataset({ name: "mine", train: masked, test: split }),
    UserError,
    "both splits",
  );
  assertThrows(
    () =>
      checkData({ ...data.dataset, train: split }, {
        likelihood: { family: "laplace" },
      }),
    UserError,
    "row 1, value 2 is NaN",
  );
  const empty = { ...masked, values: Float32Array.of(1, NaN, 3, NaN) };
  assertThrows(
    () => dataset({ name: "mine", train: empty, test: masked }),
    UserError,
    "dataset mine: column 2 has no value",
  );
});

Deno.test("--train-size may not leave a column without a value", () =>
  withFiles(
    {
      "train.csv": "a,b\n1,NA\n2,NA\n3,4\n4,NA\n",
      "test.csv": "a,b\n5,NA\n",
    },
    async (folder) => {
      for (const size of [2, 3]) {
        const flags = [...MASK, "--train-size", `${size}`];
        const data = await load(folder, flags);
        const check = () => checkData(data, configOf(folder, flags));
        if (size === 3) check();
        else assertThrows(check, UserError, "column b has no value in the 2");
      }
    },
  ));
