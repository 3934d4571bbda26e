import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { decode } from "fast-png";
import { encode } from "../../../src/cli/use/encode.ts";
import * as model from "../../../src/engine/generate.ts";
import {
  readFinishedRun,
  restoreRun,
} from "../../../src/sweep/finished_run.ts";
import { gather } from "../../../src/train/batches.ts";
import { glyphs } from "../../../src/data/glyphs.ts";
import { reconstruct } from "../../../src/cli/use/reconstruct.ts";
import { assertUserError } from "../../data/helpers.ts";
import { npy } from "../../data/own/files.ts";
import { exists } from "../../experiments/command.ts";
import { cells, printed, withGlyphs, withTable } from "./commands.ts";

Deno.test("encode: CSV has each row's label, means and log variances, of either split", () =>
  withTable(async (run) => {
    const { data, vae } = await restoreRun(await readFinishedRun(run));
    using _ = vae;
    for (const split of ["test", "train"] as const) {
      const csv = await printed(encode, run, "--split", split);
      const [head, ...lines] = csv.split("\n").map((line) => line.split(","));
      assertEquals(
        head!.join(),
        "row,label_kind,mean_1,mean_2,log_variance_1,log_variance_2",
      );
      const { count } = data[split];
      assertEquals(lines.map(([row]) => Number(row)), [...Array(count).keys()]);
      const rows = Uint32Array.from({ length: count }, (_, i) => i);
      const { mean, logVariance } = await model.encode(
        vae,
        gather(data[split], rows),
      );
      const table = Array.from({ length: 40 }, (_, i) => cells(i));
      lines.forEach(([, kind, ...numbers], i) => {
        const expected = [mean, logVariance]
          .flatMap((values) => [...values.subarray(2 * i, 2 * i + 2)]);
        numbers.forEach((number, j) =>
          assertAlmostEquals(Number(number), expected[j]!, 1e-5)
        );
        // The label is that of the file's row with this width.
        const { offset, factor } = data.units!;
        const width = data[split].values[2 * i]! * factor[0]! + offset[0]!;
        const [, , own] = table.find(([x]) => Math.abs(x - width) < 1e-4)!;
        assertEquals(kind, own);
      });
    }
  }));

Deno.test("encode: files and figures, the same bytes again", () =>
  withGlyphs(async (run) => {
    const files = ["q.csv", "q.npy", "f.svg", "f.png"].map((f) =>
      `${run}/${f}`
    );
    const [csv, npy, svg, png] = files as [string, string, string, string];
    const bytes: Uint8Array[][] = [];
    for (let i = 0; i < 2; i++) {
      assertEquals(
        await printed(encode, run, "--out", csv, "--figure", svg),
        "",
      );
      await printed(encode, run, "--out", npy);
      const flags = ["--figure", png, "--color-by", "slant"];
      assertEquals(await printed(encode, run, ...flags), "");
      bytes.push(await Promise.all(files.map((path) => Deno.readFile(path))));
      if (i === 0) { for (const path of files) await Deno.remove(path); }
    }
    assertEquals(bytes[0], bytes[1]);
    const text = await Deno.readTextFile(svg);
    for (const part of ["class", ">9<", "mean of z", "nats)", "50 rows"]) {
      assert(text.includes(part), part);
    }
    assert(decode(bytes[0]![3]!).width > 400);
  }));

Deno.test("encode: nothing is written where a label is not there", () =>
  withTable(async (run) => {
    const out = `${run}/q.csv`;
    const args = [
      "--out",
      out,
      "--figure",
      `${run}/f.svg`,
      "--color-by",
      "size",
    ];
    let message = "";
    await printed(encode, run, ...args).catch((error) =>
      message = error.message
    );
    assertEquals(message, `--color-by size: the labels of ${run} are kind`);
    assertEquals(await exists(out), false);
  }));

Deno.test("encode --new: rows of a file have the codes that they have in the data", () =>
  withTable(async (run) => {
    const means = (csv: string, from: number) =>
      csv.split("\n").slice(1).map((line) =>
        line.split(",").slice(from).join()
      );
    const all = means(
      await printed(encode, run, "--new", `${run}/../../table.csv`),
      1,
    );
    assertEquals(all.length, 40);
    const test = means(await printed(encode, run), 2);
    assert(test.length === 4 && test.every((line) => all.includes(line)));
  }));

Deno.test("encode --new: pixels of grey levels are drawn as those of test rows", () =>
  withGlyphs(async (run) => {
    const { test } = await glyphs({ train: 0, test: 50 });
    const file = `${run}/levels.npy`;
    await Deno.writeFile(
      file,
      npy([50, 28, 28], [...test.values], { type: "u1" }),
    );
    const codes = async (...flags: string[]) =>
      (await printed(encode, run, ...flags)).split("\n").slice(1)
        .map((line) => line.split(",").slice(-6));
    assertEquals(await codes("--new", file), await codes());

    await printed(reconstruct, run, "--new", file, "--rows", "10");
    await Deno.stat(`${run}/reconstructions-levels-npy-n10.png`);

    await Deno.writeFile(file, npy([1, 784], Array(784).fill(2)));
    for (
      const [flags, ...parts] of [
        [["--new", file], "levels.npy", "value 1 is 2", "in [0, 1]"],
        [["--new", file, "--split", "train"], "--split train", "--new"],
        [["--new", "none.npy"], "none.npy", "no such file"],
      ] as const
    ) {
      await assertUserError(() => encode([run, ...flags, "--quiet"]), ...parts);
    }
  }));
