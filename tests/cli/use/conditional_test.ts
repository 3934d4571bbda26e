/** Commands that use a conditional model: y goes along with each row. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { scoreRuns } from "../../../src/cli/use/disentanglement.ts";
import { encode } from "../../../src/cli/use/encode.ts";
import { interpolate } from "../../../src/cli/use/interpolate.ts";
import { reconstruct } from "../../../src/cli/use/reconstruct.ts";
import { sample } from "../../../src/cli/use/sample.ts";
import { traverse } from "../../../src/cli/use/traverse.ts";
import { parseNpy } from "../../../src/data/own/npy.ts";
import * as model from "../../../src/engine/generate.ts";
import {
  readFinishedRun,
  restoreRun,
} from "../../../src/sweep/finished_run.ts";
import { gather } from "../../../src/train/batches.ts";
import { assertUserError } from "../../data/helpers.ts";
import { printed, withGlyphs, withTable } from "./commands.ts";

/** The values that a command writes as .npy. */
async function made(
  command: (args: readonly string[]) => Promise<void>,
  run: string,
  ...flags: string[]
): Promise<Float32Array> {
  await printed(command, run, ...flags, "--out", `${run}/made.npy`);
  const bytes = await Deno.readFile(`${run}/made.npy`);
  await Deno.remove(`${run}/made.npy`); // files are not overwritten
  return Float32Array.from(parseNpy(bytes, "made.npy", {}).values);
}

Deno.test("conditional models: rows keep their labels, and samples have a class", () =>
  withGlyphs(async (run) => {
    const { data, vae } = await restoreRun(await readFinishedRun(run));
    using _ = vae;
    const y = data.test.condition!.values;
    const x = (...rows: number[]) => gather(data.test, Uint32Array.from(rows));
    const yOf = (row: number) => y.subarray(10 * row, 10 * row + 10);

    const rows = await made(reconstruct, run, "--rows", "3");
    const third = await model.reconstruct(vae, x(2), yOf(2));
    assertEquals(rows.subarray(2 * 784), third);

    const way = await made(interpolate, run, "--rows", "2,0", "--steps", "3");
    const first = await model.reconstruct(vae, x(0), yOf(0));
    third.forEach((value, i) => assertAlmostEquals(way[i]!, value, 1e-6));
    first.forEach((v, i) => assertAlmostEquals(way[2 * 784 + i]!, v, 1e-6));

    const csv = await printed(encode, run);
    const { mean } = await model.encode(vae, x(1), yOf(1));
    const cells = csv.split("\n")[2]!.split(",").slice(9, 12).map(Number);
    cells.forEach((cell, j) => assertAlmostEquals(cell, mean[j]!, 1e-5));

    const flags = ["--row", "1", "--steps", "2"];
    const moved = await made(traverse, run, ...flags);
    await printed(traverse, run, ...flags, "--out", `${run}/t.csv`);
    const [, line] = (await Deno.readTextFile(`${run}/t.csv`)).split("\n");
    const [unit, , z] = line!.split(",").map(Number);
    const expected = await model.decode(vae, mean.with(unit! - 1, z!), yOf(1));
    assertEquals(moved.subarray(0, 784), expected);

    // Of a class: the same z with another y. Else: the labels of train rows.
    const [three, four] = [
      await made(sample, run, "--count", "2", "--class", "3"),
      await made(sample, run, "--count", "2", "--class", "4"),
    ];
    assert(three.some((value, i) => value !== four[i]));
    const digit = (data.labels![0] as { train: Uint32Array }).train[0]!;
    const own = await made(sample, run, "--count", "1");
    const asOwn = await made(
      sample,
      run,
      "--count",
      "1",
      "--class",
      `${digit}`,
    );
    assertEquals(own, asOwn);
    for (const flags of [[], ["--class", "3"]]) {
      const out = ["--count", "1", "--out", `${run}/s.csv`];
      await printed(sample, run, ...out, ...flags);
      const text = await Deno.readTextFile(`${run}/s.csv`);
      await Deno.remove(`${run}/s.csv`);
      const [head, cells] = text.split("\n").map((line) => line.split(","));
      assertEquals(head!.slice(0, 2), ["label_class", "x_1"]);
      assertEquals(cells![0], flags.length === 0 ? `${digit}` : "3");
      assertEquals(cells!.length, 785);
    }
    await printed(sample, run, "--count", "2", "--class", "3");
    await Deno.stat(`${run}/samples-n2-seed1-class-3.png`);

    await assertUserError(
      () => sample([run, "--class", "x", "--quiet"]),
      "--class x: use one of 0, 1, 2",
    );
    await assertUserError(
      () => sample([run, "--count", "50000", "--quiet"]),
      "--count 50000: at most 42799 of 784 values",
    );
    await assertUserError(
      () => encode([run, "--new", "x.npy", "--quiet"]),
      "--new x.npy",
      "conditioned on labels",
    );
    const said = await printed(scoreRuns, run);
    assert(said.includes("mig") && !said.includes("factor_vae"), said);
  }, { condition: "class" }));

Deno.test("--class is of models that are conditioned on classes", () =>
  withTable(async (run) => {
    await assertUserError(
      () => sample([run, "--class", "a", "--quiet"]),
      "--class a",
      "not conditioned on classes",
    );
  }));
