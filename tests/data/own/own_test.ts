import { openOwn } from "../../../src/data/own/own.ts";
import { greyNote } from "../../../src/data/own/notes.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { NUMBER_TYPES, type NumberName } from "../../../src/data/own/array.ts";
import type { Label } from "../../../src/data/labels.ts";
import { readFlags } from "../../../src/cli/read_flags.ts";
import { flagsOf, requestOf } from "../../../src/cli/request.ts";
import { inUserUnits, SCALES } from "../../../src/data/own/scale.ts";
import { readSource } from "../../../src/data/own/read.ts";
import { parseTextTable } from "../../../src/data/own/table.ts";
import { UserError } from "../../../src/errors.ts";
import { gather } from "../../../src/train/batches.ts";
import { assertUserError, idx } from "../helpers.ts";
import {
  bytesOf,
  configOf,
  type Files,
  load,
  npy,
  npz,
  safetensors,
  withFiles,
} from "./files.ts";

/** 0, 1, ..., n - 1. */
const upTo = (n: number) => [...Array(n).keys()];

/** All values, whatever split they are in, by row. */
async function rowsOf(path: string, flags: readonly string[] = []) {
  const { train, test, dim } = await load(path, flags);
  const values = [...train.values, ...test.values];
  const rows = upTo(train.count + test.count)
    .map((i) => values.slice(i * dim, (i + 1) * dim));
  return rows.toSorted((a, b) => a[0]! - b[0]!);
}

Deno.test("--data reads every type of numbers in a .npy file, of both endians", async () => {
  for (const type of Object.keys(NUMBER_TYPES) as NumberName[]) {
    if (type === "b1") continue;
    for (const endian of ["<", ">"] as const) {
      const file = npy([3, 2], [0, 5, 2, 100, 3, 7], { type, endian });
      await withFiles({ "a.npy": file }, async (folder) => {
        const flags = type === "u1" ? ["--binarize", "none"] : [];
        const rows = await rowsOf(`${folder}/a.npy`, flags);
        assertEquals(rows, [[0, 5], [2, 100], [3, 7]], type + endian);
      });
    }
  }
});

Deno.test("--data reads negative numbers, fractions and images", async () => {
  const signed = npy([2, 2], [-3, 0.5, 4, -0.25], { type: "f8" });
  const images = npy([4, 2, 2, 3], upTo(48), { type: "u1" });
  const flat = npy([4, 6], upTo(24), { type: "u1" });
  const files = {
    "signed.npy": signed,
    "images.npy": images,
    "flat.npy": flat,
  };
  await withFiles(files, async (folder) => {
    assertEquals(await rowsOf(`${folder}/signed.npy`), [[-3, 0.5], [4, -0.25]]);
    const data = await load(`${folder}/images.npy`, ["--binarize", "none"]);
    assertEquals(data.image, { height: 2, width: 2, channels: 3 });
    assertEquals([data.dim, data.train.values.BYTES_PER_ELEMENT], [12, 1]);
    const { image } = await load(`${folder}/flat.npy`, ["--image", "2x3x1"]);
    assertEquals(image, { height: 2, width: 3, channels: 1 });
  });
});

Deno.test("--data transposes an array in Fortran order", async () => {
  const c = npy([2, 2, 3], upTo(12));
  const values = [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11];
  const fortran = npy([2, 2, 3], values, { fortran: true });
  await withFiles({ "c.npy": c, "f.npy": fortran }, async (folder) => {
    const rows = await rowsOf(`${folder}/f.npy`);
    assertEquals(rows, await rowsOf(`${folder}/c.npy`));
    assertEquals(rows[0], upTo(6));
  });
});

Deno.test("--data takes 0 and 1 alone as pixels, whatever their type", async () => {
  const bits = [0, 1, 1, 0, 1, 1];
  for (const type of ["b1", "u1", "i8", "f8"] as const) {
    await withFiles(
      { "a.npy": npy([3, 2], bits, { type }) },
      async (folder) => {
        const config = configOf(`${folder}/a.npy`, []);
        assertEquals(config.own?.values, "bits");
        assertEquals(config.likelihood, { family: "bernoulli" });
        assertEquals(config.binarize, "none");
        const rows = await rowsOf(`${folder}/a.npy`);
        assertEquals(rows.flat().toSorted(), [0, 0, 255, 255, 255, 255]);
      },
    );
  }
});

Deno.test("--data reads a .npz file of one array, of labels, of two splits", async () => {
  const x = npy([3, 2], upTo(6));
  const files = {
    "one.npz": npz({ x }),
    "labels.npz": npz({ x, y: npy([3], [7, 8, 9], { type: "i8" }) }),
    "two.npz": npz({ train: x, test: npy([1, 2], [8, 9]) }),
  };
  await withFiles(files, async (folder) => {
    assertEquals(await rowsOf(`${folder}/one.npz`), [[0, 1], [2, 3], [4, 5]]);
    const { train, test } = await load(`${folder}/two.npz`);
    assertEquals([[...train.values], [...test.values]], [upTo(6), [8, 9]]);
    const { labels } = await load(`${folder}/labels.npz`, ["--labels", "y"]);
    assertEquals(wordsOf(labels![0]!).toSorted(), ["7", "8", "9"]);
  });
});

/** The classes of the train rows, then of the test rows. */
function wordsOf(label: Label): string[] {
  assert(label.kind === "class");
  return [...label.train, ...label.test].map((at) => label.classes[at]!);
}

Deno.test("labels of a .npz file are exact, whatever their type", () => {
  const cases: [NumberName, number[]][] = [
    ["i8", [2 ** 24, 2 ** 24 + 1, -(2 ** 53 - 1), 2 ** 53 - 1]],
    ["u8", [0, 1, 2 ** 53 - 2, 2 ** 53 - 1]],
    ["f8", [0.1, 0.2, 1 / 3, 3]],
  ];
  const files = Object.fromEntries(cases.map(([type, labels]) => [
    `${type}.npz`,
    npz({ x: npy([4, 1], upTo(4)), y: npy([4], labels, { type }) }),
  ]));
  return withFiles(files, (folder) => {
    for (const [type, labels] of cases) {
      const selection = { columns: null, labels: "y" };
      const { sheets } = readSource(`${folder}/${type}.npz`, selection);
      assert("count" in sheets);
      assertEquals(sheets.labels, labels.map(String));
    }
  });
});

Deno.test("--data reads the one tensor of a safetensors file", async () => {
  const reals = bytesOf([1, -2, 0.5, 4], { type: "f8" });
  const levels = Uint8Array.from(upTo(12));
  const files = {
    "reals.safetensors": safetensors({
      x: { shape: [2, 2], dtype: "F64", data: reals },
    }),
    "levels.safetensors": safetensors({
      x: { shape: [2, 2, 3], dtype: "U8", data: levels },
    }),
  };
  await withFiles(files, async (folder) => {
    const rows = await rowsOf(`${folder}/reals.safetensors`);
    assertEquals(rows, [[0.5, 4], [1, -2]]);
    const { image, dim } = await load(`${folder}/levels.safetensors`);
    assertEquals([image, dim], [{ height: 2, width: 3, channels: 1 }, 6]);
  });
});

const TABLE = 'size,weight,"class, named"\n1,2.5,a\r\n3,-4e1,b\n\n5,6,"c"';

Deno.test("--data reads tables: header, quotes, CRLF, gzip, tabs, columns, labels", async () => {
  const tabs = TABLE.replace('"class, named"', "species")
    .replaceAll(",", "\t");
  const files: Files = {
    "a.csv": TABLE,
    "b.csv.gz": gzipSync(TABLE),
    "c.tsv": tabs,
    "bare.csv": "1,2.5,a\n3,-40,b\n5,6,c\n",
    "bom.csv": "\ufeffsize,weight\n1,2.5\n3,-40\n5,6",
  };
  const expected = [[1, 2.5], [3, -40], [5, 6]];
  await withFiles(files, async (folder) => {
    for (
      const [name, ...flags] of [
        ["a.csv", "--labels", "class, named"],
        ["b.csv.gz", "--labels", "class, named"],
        ["c.tsv", "--labels", "species"],
        ["a.csv", "--columns", "size,weight"],
        ["bare.csv", "--labels", "3"],
        ["bom.csv"],
      ]
    ) {
      assertEquals(await rowsOf(`${folder}/${name}`, flags), expected, name);
    }
    const flags = ["--labels", "class, named"];
    const { labels } = await load(`${folder}/a.csv`, flags);
    assertEquals(labels![0]!.name, "class, named");
    assertEquals(wordsOf(labels![0]!).sort(), ["a", "b", "c"]);
  });
});

Deno.test("parseTextTable() looks at each character of a quoted cell as often, however long", () => {
  const { split } = String.prototype;
  const seenFor = (commas: number) => {
    const cell = `"${",".repeat(commas)}"`;
    let seen = 0;
    String.prototype.split = function (this: string, by: string) {
      seen += this.length;
      return split.call(this, by as never);
    } as typeof split;
    try {
      const bytes = new TextEncoder().encode(`a,b\n${cell},1\n${cell},2\n`);
      const selection = { columns: ["b"], labels: "a" };
      const { values, labels } = parseTextTable(bytes, ",", "t", selection);
      assertEquals([...values], [1, 2]);
      assertEquals(labels?.[0], cell.slice(1, -1));
    } finally {
      String.prototype.split = split;
    }
    return seen;
  };
  assert(seenFor(4000) < 2.1 * seenFor(2000));
});

Deno.test("--data reads IDX files, and folders of two splits", async () => {
  const files = {
    "x.idx3-ubyte": idx([3, 2, 2], upTo(12)),
    "mnist/train-images-idx3-ubyte.gz": gzipSync(idx([3, 2, 2], upTo(12))),
    "mnist/train-labels-idx1-ubyte.gz": gzipSync(idx([3], [1, 2, 3])),
    "mnist/t10k-images-idx3-ubyte": idx([2, 2, 2], upTo(8)),
    "tables/train.csv": "a,b\n1,2\n3,4\n",
    "tables/test.csv": "a,b\n5,6\n",
  };
  await withFiles(files, async (folder) => {
    const { train, test, image } = await load(`${folder}/mnist`);
    assertEquals([train.count, test.count], [3, 2]);
    assertEquals(image, { height: 2, width: 2, channels: 1 });
    assertEquals([...train.values], upTo(12));
    const tables = await load(`${folder}/tables`);
    assertEquals([...tables.train.values], [1, 2, 3, 4]);
    assertEquals([...tables.test.values], [5, 6]);
    const rows = await rowsOf(`${folder}/x.idx3-ubyte`, ["--binarize", "none"]);
    assertEquals(rows.flat(), upTo(12));
  });
});

Deno.test("--test-fraction and --data-seed split rows, each in one split", async () => {
  const file = npy([20, 1], upTo(20));
  await withFiles({ "a.npy": file }, async (folder) => {
    const path = `${folder}/a.npy`;
    const tests = async (
      ...flags: string[]
    ) => [...(await load(path, flags)).test.values];
    assertEquals((await tests()).length, 2);
    const first = await tests("--test-fraction", "0.4");
    assertEquals(first.length, 8);
    assertEquals(first, first.toSorted((a, b) => a - b));
    assertEquals(await tests("--test-fraction", "0.4"), first);
    const other = await tests("--test-fraction", "0.4", "--data-seed", "1");
    assert(other.join() !== first.join());
    assertEquals((await rowsOf(path)).flat(), upTo(20));
    await assertUserError(
      () => load(path, ["--test-fraction", "0"]),
      "--test-fraction 0",
    );
  });
  const rows = "a\n1\n2\n";
  const splits = { "train.csv": rows, "test.csv": rows };
  await withFiles(splits, async (folder) => {
    await assertUserError(
      () => load(folder, ["--test-fraction", "0.4"]),
      ...["--test-fraction 0.4", "leave the flag out"],
    );
  });
});

Deno.test("--scale acts by column on tables, on images as a whole", async () => {
  const table = "a,b,c\n0,10,7\n2,30,7\n4,20,7\n";
  const images = npy([3, 1, 2], [0, 1, 2, 3, 4, 5]);
  const levels = npy([3, 1, 2], [0, 255, 2, 3, 4, 5]);
  const files = { "train.csv": table, "test.csv": table };
  await withFiles(
    { ...files, "i/i.npy": images, "i/levels.npy": levels },
    async (folder) => {
      const scaled = await load(folder, ["--scale", "0..1"]);
      assertEquals(
        [...scaled.train.values],
        [0, 0, 0, 0.5, 1, 0, 1, 0.5, 0],
      );
      const { train } = await load(folder, ["--scale", "standardise"]);
      const one = Math.fround(Math.sqrt(1.5));
      assertEquals([...train.values], [-one, -one, 0, 0, one, 0, one, 0, 0]);
      const fifths = upTo(6).map((i) => Math.fround(i / 5));
      const image = await rowsOf(`${folder}/i/i.npy`, ["--scale", "0..1"]);
      assertEquals(image.flat(), fifths);
      const grey = configOf(`${folder}/i/levels.npy`, ["--scale", "0..1"]);
      assertEquals(grey.own?.values, "grey");
    },
  );
});

Deno.test("inUserUnits() brings every kind of values back as the file has them", async () => {
  const table = [0, 10, 7, 2, 30, 7, 4, 20, 7];
  const cells = `a,b,c\n${
    table.map((x, i) => x + (i % 3 < 2 ? "," : "\n")).join("")
  }`;
  const levels = [0, 255, 2, 3, 4, 5];
  const bits = [0, 1, 1, 0, 1, 0];
  const files: Record<
    string,
    [file: string | Uint8Array<ArrayBuffer>, values: number[]]
  > = {
    "table.csv": [cells, table],
    "floats.npy": [npy([3, 1, 2], upTo(6)), upTo(6)],
    "whole.npy": [npy([3, 1, 2], levels), levels],
    "levels.npy": [npy([3, 1, 2], levels, { type: "u1" }), levels],
    "flat.npy": [npy([3, 2], levels, { type: "u1" }), levels],
    "bits.npy": [npy([3, 2], bits, { type: "u1" }), bits],
  };
  for (const [name, [file, values]] of Object.entries(files)) {
    const ending = name.slice(-3);
    await withFiles(
      { [`train.${ending}`]: file, [`test.${ending}`]: file },
      async (folder) => {
        for (const scale of SCALES) {
          const data = await load(folder, [
            "--scale",
            scale,
            "--binarize",
            "none",
          ]);
          const x = gather(data.train, Uint32Array.of(0, 1, 2));
          inUserUnits(x, data.units).forEach((value, i) =>
            assertAlmostEquals(value, values[i]!, 1e-4, `${name} ${scale}`)
          );
        }
      },
    );
  }
});

Deno.test("a config of own data is asked for by its flags, and has their hash", async () => {
  const other = TABLE.replace("2.5", "2.6");
  await withFiles({ "a.csv": TABLE, "b/a.csv": other }, (folder) => {
    const path = `${folder}/a.csv`;
    const asked = ["--columns", "weight,size", "--scale", "standardise"];
    const config = configOf(path, [...asked, "--test-fraction", "0.5"]);
    assertEquals(configOf(path, flagsOf(config)), config);
    assertEquals(config.own?.name, "a");
    const changed = configOf(`${folder}/b/a.csv`, flagsOf(config));
    assert(changed.own?.sha256 !== config.own?.sha256);
  });
});

const NPY = npy([3, 2], upTo(6));

/** What is refused, and the parts of the line that says so. */
Deno.test("--data takes more columns than a call can have arguments", () => {
  const dim = 150_000;
  const values = Array.from({ length: 2 * dim }, (_, i) => i % dim % 7);
  return withFiles({ "a.npy": npy([2, dim], values) }, (folder) => {
    assertEquals(configOf(`${folder}/a.npy`, []).own?.dim, dim);
  });
});

Deno.test("a table may have a variance of each of its columns", () =>
  withFiles({ "a.csv": TABLE }, (folder) => {
    const columns = ["--columns", "size,weight"];
    const likelihood = [
      ...["--decoder-variance", "per-pixel", "--decoder-mean", "linear"],
    ];
    const { likelihood: chosen } = configOf(`${folder}/a.csv`, [
      ...columns,
      ...likelihood,
    ]);
    assertEquals(chosen, {
      ...{ family: "gaussian", variance: "per-pixel", mean: "linear" },
    });
  }));

const TENSOR = { shape: [2, 1], dtype: "F32", data: bytesOf([1, 2]) };

/** A gzip file that says that it has another size, unpacked. */
function withSize(file: Uint8Array, size: number): Uint8Array {
  const bytes = Uint8Array.from(file);
  new DataView(bytes.buffer).setUint32(bytes.length - 4, size, true);
  return bytes;
}

const BROKEN: readonly {
  readonly files: Files;
  readonly flags?: readonly string[];
  readonly parts: readonly string[];
}[] = [
  { files: {}, parts: ["--data", "no such file"] },
  { files: { "a.xyz": "" }, parts: ["a.xyz", ".npy, .npz, .csv"] },
  { files: { "a.npy": "1,2\n" }, parts: ["not a .npy file"] },
  {
    files: { "a.npy": NPY.slice(0, -1) },
    parts: ["23 bytes", "instead of 24"],
  },
  { files: { "a.npy": NPY.slice(0, 30) }, parts: ["truncated", "header"] },
  {
    files: { "a.npy": npy([3], upTo(3), { descr: "<c8" }) },
    parts: ["<c8", "f4, f8"],
  },
  { files: { "a.npy": npy([0, 2], []) }, parts: ["no rows"] },
  { files: { "a.npy": npy([1, 2], [1, 2]) }, parts: ["1 row"] },
  {
    files: { "a.npy": npy([2, 2], [1, 2, NaN, 4]) },
    parts: ["row 2, value 1 is NaN"],
  },
  {
    files: { "a.npy": npy([2, 1], [1, 1e300], { type: "f8" }) },
    parts: ["row 2, value 1 is 1e+300", "float32"],
  },
  {
    files: { "a.npy": npy([1, 1, 1, 1, 2], [1, 2]) },
    parts: ["1x1x1x1x2", "HxWxC"],
  },
  { files: { "a.npz": "PK" }, parts: ["not an intact .npz file"] },
  {
    files: { "a.npz": npz({ x: NPY }).slice(0, 60) },
    parts: ["not an intact .npz file"],
  },
  { files: { "a.npz": npz({ x: NPY, y: NPY }) }, parts: ["x, y", "train"] },
  {
    files: { "a.npz": npz({ train: NPY, test: NPY }) },
    flags: ["--labels", "y"],
    parts: ["train and test have no labels beside them", "--test-fraction"],
  },
  {
    files: { "a.csv": "a,b\n1,2\n3,4\n" },
    flags: ["--labels", "a,b"],
    parts: ["--labels a,b: it takes one column; its columns are a, b"],
  },
  {
    files: { "a.npz": npz({ x: NPY }) },
    flags: ["--labels", "y"],
    parts: ["--labels y", "arrays are x"],
  },
  { files: { "a.csv": "" }, parts: ["no rows"] },
  { files: { "a.csv": "a,b\n" }, parts: ["no rows below its header"] },
  { files: { "a.csv": "a,b\n1,2\n" }, parts: ["1 row"] },
  { files: { "a.csv": "a,b\n1,2\n3\n" }, parts: ["line 3 has 1 cell, not 2"] },
  { files: { "a.csv": 'a,b\n1,"2\n' }, parts: ["line 2", "quoted"] },
  {
    files: { "a.csv": "a,b\n1,2\n3,NA\n" },
    parts: ["line 3, column b", '"NA"', "--columns", "--missing mask"],
  },
  {
    files: { "a.csv": "a,b\n1,2\n3,Rome\n" },
    parts: ["line 3, column b", '"Rome"', "use --labels for a column of words"],
  },
  ...["2.33;4.67", "2,33;4,67"].map((line) => ({
    files: { "a.csv": `a;b\n${line}\n${line}\n` },
    parts: ["separated by semicolons, not by commas"],
  })),
  {
    files: { "a.tsv": "a,b\n1,2\n" },
    parts: ["separated by commas, not by tabs"],
  },
  { files: { "a.csv": "a,b\n1,2\n3,\n" }, parts: ["line 3, column b", '""'] },
  {
    files: { "a.csv": new Uint8Array([0x61, 0xff, 0x0a]) },
    parts: ["not UTF-8"],
  },
  {
    files: { "a.csv": TABLE },
    flags: ["--columns", "size,height"],
    parts: ["--columns height", "size, weight"],
  },
  {
    files: { "a.csv": "a,a\n1,2\n3,4\n" },
    flags: ["--columns", "a"],
    parts: ["--columns a", "two columns"],
  },
  {
    files: { "a.csv": TABLE },
    flags: ["--columns", "size,size"],
    parts: ["--columns size,size", "size is named twice"],
  },
  {
    files: { "a.csv.gz": gzipSync(TABLE).subarray(0, 30) },
    parts: ["not an intact gzip file"],
  },
  { files: { "a.csv.gz": TABLE }, parts: ["not an intact gzip file"] },
  {
    files: { "a.csv.gz": withSize(gzipSync(TABLE), 2 ** 31 + 1) },
    parts: ["a.csv.gz", "unpacked it is larger than 2 GiB"],
  },
  { files: { "a.safetensors": "{}" }, parts: ["intact safetensors"] },
  {
    files: { "a.safetensors": safetensors({ x: TENSOR }).slice(0, -1) },
    parts: ["7 bytes of data instead of 8", "truncated"],
  },
  {
    files: { "a.safetensors": safetensors({ x: TENSOR, y: TENSOR }) },
    parts: ["its tensors are x, y"],
  },
  { files: { "a.safetensors": safetensors({}) }, parts: ["tensors are none"] },
  {
    files: {
      "a.safetensors": safetensors({ x: { ...TENSOR, dtype: "BF16" } }),
    },
    parts: ["tensor x", "type BF16"],
  },
  { files: { "a-ubyte": NPY }, parts: ["not an IDX file"] },
  {
    files: { "a-ubyte": idx([3, 2], [1]) },
    parts: ["1 bytes of data instead of 6"],
  },
  {
    files: { "a.npy": NPY },
    flags: ["--columns", "a"],
    parts: ["--columns a", ".npy"],
  },
  {
    files: { "a.npy": NPY },
    flags: ["--image", "2x2x1"],
    parts: ["--image 2x2x1", "a row has 2 values"],
  },
  ...["2", "1e0x2x1", "0x2x1", "1x2x1x1", "0b1x2x1", "1x2x"].map((image) => ({
    files: { "a.npy": NPY },
    flags: ["--image", image],
    parts: [`--image ${image}`, "such as 28x28x1"],
  })),
  {
    files: { "a.npy": NPY },
    flags: ["--likelihood", "bernoulli"],
    parts: ["--likelihood bernoulli", "--scale 0..1"],
  },
  {
    files: { "a.npy": NPY },
    flags: ["--dataset", "mnist"],
    parts: ["--dataset mnist", "give one"],
  },
  {
    files: { "a/train.csv": "a\n1\n2\n" },
    parts: ["train.csv: a folder has one called train, and one test"],
  },
  {
    files: { "a/train.csv": "a\n1\n2\n", "a/test.csv": "b\n1\n" },
    parts: ["columns of other names"],
  },
];

Deno.test("--data refuses what is broken, in one line, before anything is run", async (t) => {
  for (const { files, flags = [], parts } of BROKEN) {
    await t.step(parts.join(" "), () =>
      withFiles(files, (folder) => {
        const [name = "none.csv"] = Object.keys(files);
        const path = `${folder}/${name.replace(/\/.*/, "")}`;
        const { message } = assertThrows(
          () => configOf(path, flags),
          UserError,
        );
        assert(!message.includes("\n"), message);
        for (const part of parts) {
          assert(message.includes(part), `${message} lacks ${part}`);
        }
      }));
  }
});

Deno.test("--data unpacks an archive up to what it declares, and to 2 GiB", async () => {
  const zeros = npy([2, 2 ** 22], [], { type: "u1" });
  const x = Buffer.concat([zeros, new Uint8Array(2 ** 23)]);
  for (
    const [size, part] of [
      [2 ** 31 + 1, "unpacked it is larger than 2 GiB"],
      [1000, "bytes of data instead of 8388608"],
    ] as const
  ) {
    const bomb = npz({ x });
    const view = new DataView(bomb.buffer);
    // The sizes that the directory at the archive's end declares.
    for (let at = 0; at < bomb.length - 4; at++) {
      if (view.getUint32(at, true) !== 0x02014b50) continue;
      view.setUint32(at + 24, size, true);
    }
    await withFiles({ "a.npz": bomb }, (folder) => {
      assertThrows(() => configOf(`${folder}/a.npz`, []), UserError, part);
    });
  }
});

Deno.test("the settings of --data are refused without it", () => {
  for (const flags of [["--scale", "standardise"], ["--labels", "x"]]) {
    const error = assertThrows(() => requestOf(readFlags(flags)), UserError);
    assertEquals(
      error.message,
      `${flags.join(" ")}: it has no effect without --data; add --data PATH`,
    );
  }
});

Deno.test("--data takes the place of the data set of an experiment's set-ups", () =>
  withFiles({ "a.csv": "a\n1\n2\n" }, (folder) => {
    const setups = ["2", "3"].map((latent) => ({
      of: { dataset: "mnist" },
      defaults: { latent },
    }));
    const rules = { setups, defaults: { steps: "7" } };
    const { runs } = requestOf(
      readFlags(["--data", `${folder}/a.csv`], rules),
    );
    assertEquals(runs.map(({ name }) => name), ["a-z2-L1-seed1"]);
    assertEquals(runs[0]!.config.steps, 7);
  }));

Deno.test("what bytes are taken as is said: their range, the draws, and the flags", () =>
  withFiles({
    "digits.npy": npy([4, 2], [0, 1, 2, 3, 4, 9, 6, 7], { type: "u1" }),
    "flags.npy": npy([4, 2], [0, 1, 1, 0, 1, 0, 1, 1], { type: "b1" }),
  }, (folder) => {
    const said = (name: string, ...flags: string[]) => {
      const config = configOf(`${folder}/${name}`, flags);
      const { notes, range } = openOwn(`${folder}/${name}`, {
        ...config.own!,
        seed: config.dataSeed,
      });
      return { notes, note: greyNote(config, range) };
    };
    assertEquals(
      said("digits.npy").note,
      "data: --likelihood bernoulli takes bytes 0 to 9 as grey levels b / 255" +
        ", drawn as 0 or 1 at every step; --binarize none keeps them, " +
        "--likelihood gaussian takes them as numbers, and an int32 file as " +
        "they are",
    );
    const kept = said("digits.npy", "--binarize", "none").note!;
    assert(kept.includes("without drawing pixels; --likelihood gaussian"));
    const numbers = said("digits.npy", "--likelihood", "gaussian");
    assertEquals(numbers.note, undefined);
    const { note, notes } = said("flags.npy");
    assertEquals(note, undefined);
    assert(notes[0]!.endsWith("pixels in {0, 1}"), notes[0]);
  }));
