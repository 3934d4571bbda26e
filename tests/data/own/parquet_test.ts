import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseParquet } from "../../../src/data/own/parquet.ts";
import { UserError } from "../../../src/errors.ts";
import { configOf, load, withFiles } from "./files.ts";

/**
 * Seven rows in two groups, written by arrow-rs (parquet-wasm 0.6.1): x = i / 2 -
 * 1 (double), k = i^2 (int32), b = 10 - i (int64), f = i / 4 but null at 2
 * (double), s = a, b, c, a, ... (string), on = whether i is even.
 */
const read = (codec: string) =>
  Deno.readFileSync(new URL(`${codec}.parquet`, import.meta.url));

const PLAIN = { columns: null, labels: null } as const;

Deno.test("parseParquet() reads numbers, booleans, nulls and labels, packed or not", () => {
  for (const codec of ["snappy", "zstd"]) {
    const { count, columns, values, labels } = parseParquet(read(codec), "f", {
      ...{ columns: null, labels: "s", missing: "mask" },
    });
    assertEquals(count, 7);
    assertEquals(columns, ["x", "k", "b", "f", "on"]);
    assertEquals(labels, [..."abcabca"]);
    const rows = Array.from({ length: 7 }, (_, i) => [
      ...[i / 2 - 1, i ** 2, 10 - i, i === 2 ? NaN : i / 4, 1 - i % 2],
    ]);
    assertEquals([...values], rows.flat());
    const some = { columns: ["on", "x"], labels: null };
    assertEquals(
      [...parseParquet(read(codec), "f", some).values.subarray(0, 4)],
      [1, -1, 0, -0.5],
    );
  }
});

Deno.test("parseParquet() refuses what is no number, missing or damaged", () => {
  const file = read("zstd");
  const refused = (bytes: Uint8Array, part: string, columns = ["x"]) => {
    const { message } = assertThrows(
      () => parseParquet(bytes, "f", { ...PLAIN, columns }),
      UserError,
    );
    assert(message.includes(part), message);
  };
  refused(file, "row 1, column s: a is no finite number", ["s"]);
  refused(file, "row 3, column f: null is no finite number", ["x", "f"]);
  refused(file, "--columns y: its columns are x, k, b, f, s, on", ["y"]);
  refused(file.subarray(0, -9), "not a Parquet file");
  refused(new Uint8Array(3), "not a Parquet file");
  const flipped = file.slice();
  flipped[40]! ^= 255;
  refused(flipped, "not a Parquet file");
});

Deno.test("--data reads a .parquet file", () =>
  withFiles({ "a.parquet": read("snappy") }, async (folder) => {
    const path = `${folder}/a.parquet`;
    const flags = ["--columns", "x,k,b", "--scale", "standardise"];
    assertEquals(configOf(path, flags).own?.dim, 3);
    const { train, test } = await load(path, flags);
    assertEquals(train.count + test.count, 7);
  }));
