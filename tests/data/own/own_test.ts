import { openOwn } from "../../../src/data/own/own.ts";
import { greyNote } from "../../../src/data/own/notes.ts";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import { readFlags } from "../../../src/cli/read_flags.ts";
import { flagsOf, requestOf } from "../../../src/cli/request.ts";
import { inUserUnits, SCALES } from "../../../src/data/own/scale.ts";
import { UserError } from "../../../src/errors.ts";
import { gather } from "../../../src/train/batches.ts";
import { assertUserError } from "../helpers.ts";
import {
  configOf,
  load,
  npy,
  rowsOf,
  TABLE,
  upTo,
  withFiles,
} from "./files.ts";

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
