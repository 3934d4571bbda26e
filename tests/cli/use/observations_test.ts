/** sample, reconstruct, interpolate and traverse: what comes of them. */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { decode } from "fast-png";
import { interpolate } from "../../../src/cli/use/interpolate.ts";
import { reconstruct } from "../../../src/cli/use/reconstruct.ts";
import { sample } from "../../../src/cli/use/sample.ts";
import { traverse } from "../../../src/cli/use/traverse.ts";
import { parseNpy } from "../../../src/data/own/npy.ts";
import {
  readFinishedRun,
  restoreRun,
} from "../../../src/sweep/finished_run.ts";
import * as model from "../../../src/engine/generate.ts";
import { inUserUnits } from "../../../src/data/own/scale.ts";
import { gather } from "../../../src/train/batches.ts";
import { digests } from "../../experiments/command.ts";
import {
  printed,
  withColour,
  withDrawnGlyphs,
  withGlyphs,
  withTable,
} from "./commands.ts";

const read = async (path: string) =>
  parseNpy(await Deno.readFile(path), path, {});

async function sizeOf(path: string): Promise<[number, number, number]> {
  const { width, height, channels } = decode(await Deno.readFile(path));
  return [width, height, channels];
}

/** Rows of CSV text, as numbers where they are. */
function cellsOf(csv: string): [string[], number[][]] {
  const [head, ...lines] = csv.split("\n").map((line) => line.split(","));
  return [head!, lines.map((line) => line.map(Number))];
}

Deno.test("pictures go to the run's folder, the same bytes again", () =>
  withGlyphs(async (run) => {
    const commands = [
      () => printed(sample, run, "--count", "12", "--seed", "5"),
      () => printed(reconstruct, run, "--rows", "20"),
      () => printed(interpolate, run, "--rows", "0,4,1", "--steps", "3"),
      () => printed(traverse, run, "--steps", "3", "--row", "2"),
    ];
    const said = [];
    for (const command of commands) said.push(await command());
    const names = [
      "samples-n12-seed5.png",
      "reconstructions-test-n20.png",
      "interpolation-test-0-4-1-steps3.png",
      "traversal-test-row2-steps3-range3.png",
    ];
    assertEquals(said, names.map((name) => `written: ${run}/${name}`));
    const before = await digests(run);
    // 84 or 140 pixels for each image and 2 between; 8 between groups of two
    // rows; a caption of one line or two above.
    const sizes: (readonly [number, number, number])[] = [
      [858, 41 + 170, 1],
      [858, 41 + 170 + 8 + 170, 1],
      [708, 64 + 282, 1],
    ];
    for (const [i, size] of sizes.entries()) {
      assertEquals(await sizeOf(`${run}/${names[i]}`), [...size], names[i]);
    }
    const figure = decode(await Deno.readFile(`${run}/${names[3]}`));
    assert(figure.data.some((level) => level > 0 && level < 255));
    for (const command of commands) await command();
    assertEquals(await digests(run), before);
  }));

Deno.test("sample: a larger count begins with the same rows, another seed does not", () =>
  withDrawnGlyphs(async (run) => {
    const samples = async (...flags: string[]) => {
      const out = `${run}/s${flags.join("")}.npy`;
      await printed(sample, run, "--out", out, ...flags);
      return await read(out);
    };
    const few = await samples("--count", "3");
    const many = await samples("--count", "8");
    assertEquals([few.count, few.shape], [3, [28, 28]]);
    assertEquals(many.values.subarray(0, 3 * 784), few.values);
    const others = await samples("--count", "3", "--seed", "2");
    assert(others.values.some((value, i) => value !== few.values[i]));
    // Draws of a Bernoulli are 0 or 1; their mean is that of E[x|z].
    const draws = await samples("--count", "8", "--values", "draws");
    assert(draws.values.every((value) => value === 0 || value === 1));
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((a, b) => a + b, 0) / values.length;
    assertAlmostEquals(mean(draws.values), mean(many.values), 0.02);
    // The picture of the run itself, samples.png, has the same images, below
    // another caption.
    await printed(sample, run, "--count", "100");
    const [one, other] = await Promise.all(
      ["samples-n100-seed1.png", "samples.png"].map(async (name) => {
        const { width, data } = decode(await Deno.readFile(`${run}/${name}`));
        assertEquals(width, 10 * 3 * 28 + 9 * 2);
        return data.subarray(-width * width);
      }),
    );
    assertEquals(one, other);
  }));

Deno.test("reconstruct: .csv and .npy have E[x|z] at the mean, in the data's units", () =>
  withTable(async (run) => {
    const { data, vae } = await restoreRun(await readFinishedRun(run));
    using _ = vae;
    const rows = Uint32Array.of(0, 1, 2, 3);
    const expected = inUserUnits(
      await model.reconstruct(vae, gather(data.test, rows)),
      data.units,
    );
    const [head, lines] = cellsOf(await printed(reconstruct, run));
    assertEquals(head, ["width", "depth"]);
    assertEquals(lines.flat().map(Math.fround), [...expected]);
    assert(lines.every(([width]) => width! > 40 && width! < 160));
    for (const split of ["train", "test"]) {
      const path = `${run}/${split}.npy`;
      await printed(reconstruct, run, "--split", split, "--out", path);
      const { count, values } = await read(path);
      assertEquals(count, split === "train" ? 30 : 4);
      if (split === "test") assertEquals([...values], [...expected]);
    }
  }));

Deno.test("sample: draws of a table have the variance of p(x|z) on top, in its units", () =>
  withTable(async (run) => {
    const { data, vae } = await restoreRun(await readFinishedRun(run));
    using _ = vae;
    const variance = async (...flags: string[]) => {
      const [head, rows] = cellsOf(
        await printed(sample, run, "--count", "1000", ...flags),
      );
      assertEquals(head, ["width", "depth"]);
      const widths = rows.map(([width]) => width!);
      const mean = widths.reduce((a, b) => a + b) / 1000;
      assertAlmostEquals(mean, 100, 10);
      return widths.reduce((sum, width) => sum + (width - mean) ** 2, 0) / 1000;
    };
    const [means, draws] = [
      await variance("--values", "means"),
      await variance(),
    ];
    const noise = (await vae.spread())! * data.units!.factor[0]! ** 2;
    assertAlmostEquals((draws - means) / noise, 1, 0.2);
  }));

Deno.test("interpolate: the ends are the reconstructions of their rows", () =>
  withTable(async (run) => {
    const [, rows] = cellsOf(await printed(reconstruct, run));
    const [head, points] = cellsOf(
      await printed(interpolate, run, "--rows", "2,0,3", "--steps", "3"),
    );
    assertEquals(head, ["from", "to", "t", "width", "depth"]);
    assertEquals(
      points.map((point) => point.slice(0, 3)),
      [[2, 0, 0], [2, 0, 0.5], [2, 0, 1], [0, 3, 0], [0, 3, 0.5], [0, 3, 1]],
    );
    const ends = [[0, 2], [2, 0], [3, 0], [5, 3]] as const;
    for (const [point, row] of ends) {
      points[point]!.slice(3).forEach((value, j) =>
        assertAlmostEquals(value, rows[row]![j]!, 1e-4)
      );
    }
  }));

Deno.test("traverse: by falling KL, from -X to X, and elsewhere as the row", () =>
  withTable(async (run) => {
    const { data, vae } = await restoreRun(await readFinishedRun(run));
    using _ = vae;
    const args = ["--steps", "3", "--range", "2", "--row", "1"];
    const [head, lines] = cellsOf(await printed(traverse, run, ...args));
    assertEquals(head, ["unit", "kl", "z", "width", "depth"]);
    assertEquals(lines.map(([, , z]) => z), [-2, 0, 2, -2, 0, 2]);
    const first = await printed(traverse, run, ...args, "--units", "1");
    assertEquals(cellsOf(first), [head, lines.slice(0, 3)]);
    const { mean } = await model.encode(
      vae,
      gather(data.test, Uint32Array.of(1)),
    );
    const kls = lines.map(([, kl]) => kl!);
    assert(kls[0]! >= kls[5]! && kls[5]! >= 0);
    for (const [unit, , z, ...values] of lines) {
      const expected = inUserUnits(
        await model.decode(vae, mean.with(unit! - 1, z!)),
        data.units,
      );
      assertEquals(values.map(Math.fround), [...expected]);
    }
  }));

Deno.test("colour images are drawn in colour, and written as [n, H, W, C] in their units", () =>
  withColour(async (run) => {
    await printed(sample, run, "--count", "3");
    assertEquals(await sizeOf(`${run}/samples-n3-seed1.png`), [
      3 * 50 * 4 + 4,
      50 * 6 + 41,
      3,
    ]);
    await printed(traverse, run);
    await printed(reconstruct, run, "--out", `${run}/r.npy`);
    const { count, shape, values } = await read(`${run}/r.npy`);
    assertEquals([count, shape], [4, [6, 4, 3]]);
    assert(values.some((level) => level > 2) && values.every((v) => v <= 255));
  }));

Deno.test("two layers: samples and traversals of both, the rows' own way from z1", () =>
  withGlyphs(async (run) => {
    const out = `${run}/t.csv`;
    await printed(traverse, run, "--steps", "2", "--out", out);
    const [, lines] = cellsOf((await Deno.readTextFile(out)).trim());
    assertEquals(lines.length, 2 * 5);
    assertEquals(new Set(lines.map(([unit]) => unit)).size, 5);
    await printed(sample, run, "--count", "2");
    await printed(reconstruct, run, "--rows", "2");
    await printed(interpolate, run, "--rows", "0,1");
  }, { "upper-latent": 2, "upper-hidden": 4, objective: "elbo-sampled" }));
