/** Files that `--data` refuses. */

import { assert, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { UserError } from "../../../src/errors.ts";
import { idx } from "../helpers.ts";
import {
  bytesOf,
  configOf,
  type Files,
  npy,
  npz,
  safetensors,
  TABLE,
  upTo,
  withFiles,
} from "./files.ts";

const NPY = npy([3, 2], upTo(6));

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
    files: { "a.csv": "a,b\r1,2\r3,4\r" },
    parts: ["its lines end with CR alone", "LF"],
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
