/** Every format of `--data`, read. */

import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { NUMBER_TYPES, type NumberName } from "../../../src/data/own/array.ts";
import type { Label } from "../../../src/data/labels.ts";
import { readSource } from "../../../src/data/own/read.ts";
import { parseTextTable } from "../../../src/data/own/table.ts";
import { idx } from "../helpers.ts";
import {
  bytesOf,
  configOf,
  type Files,
  load,
  npy,
  npz,
  rowsOf,
  safetensors,
  TABLE,
  upTo,
  withFiles,
} from "./files.ts";

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
