import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { encode } from "fast-png";
import { RunSources } from "../../../../src/figures/source_runs.ts";
import {
  numbersOf,
  type Report,
} from "../../../../src/web/report/record/record.ts";
import { reportOf } from "../../../../src/web/report/record/report.ts";
import { partsOf } from "../../../../src/web/report/record/run_parts.ts";
import { writeRun } from "../../../compare/results.ts";
import { assertUserError, withFolder } from "../../../data/helpers.ts";

const ABOUT = { title: "", leftOut: [], published: [], comparison: null };

async function reportIn(folder: string, places = 150): Promise<Report> {
  await using sources = new RunSources(folder, "results");
  const parts = [];
  for (const run of await sources.open(folder)) {
    parts.push(await partsOf(run, places));
  }
  return reportOf(parts, ABOUT);
}

Deno.test("reportOf() tells runs apart by what varies, and groups seeds alone", () =>
  withFolder(async (folder) => {
    for (const latentDim of [10, 2]) {
      for (const seed of [2, 1]) {
        const config = { latentDim, beta: latentDim === 2 ? 1 : 4 };
        await writeRun(`${folder}/toy`, `z${latentDim}-seed${seed}`, {
          seed,
          config,
        });
      }
    }
    const report = await reportIn(folder);
    assertEquals(report.runs.map(({ name }) => name), [
      ...["z2-seed1", "z2-seed2", "z10-seed1", "z10-seed2"],
    ]);
    assertEquals(
      report.settings.map(({ name, values }) => [name, values]),
      [
        ["latent_dim", ["2", "10"]],
        ["beta", ["1", "4"]],
        ["seed", ["1", "2"]],
      ],
    );
    assertEquals(report.settings[0]!.labels, ["z = 2", "z = 10"]);
    const groups = report.runs.map(({ group }) => group);
    assertEquals(groups[0], groups[1]);
    assertEquals(groups[2], groups[3]);
    assert(groups[0] !== groups[2]);
    assertEquals(report.tValues.length, 1);
    assertAlmostEquals(report.tValues[0]!, 12.7062047, 1e-6);
  }));

Deno.test("reportOf() has what the CSV files say", () =>
  withFolder(async (folder) => {
    await writeRun(folder, "toy", { steps: 5000 });
    const { runs: [run], quantities } = await reportIn(folder);
    const read = async (file: string) => {
      const text = await Deno.readTextFile(`${folder}/toy/${file}`);
      const [head, ...rows] = text.trimEnd().split("\n")
        .map((line) => line.split(","));
      return (name: string) =>
        rows.map((row) => Number(row[head!.indexOf(name)]));
    };
    const [train, test] = [await read("train.csv"), await read("eval.csv")];
    assertEquals(quantities.map(({ name }) => name), [
      ...["elbo", "reconstruction", "kl"],
    ]);
    assertEquals(run!.finals, [
      test("elbo").at(-1)!,
      test("reconstruction").at(-1)!,
      test("kl").at(-1)!,
    ]);
    const { columns, steps, samples } = run!.train!;
    assertEquals(steps.at(-1), 5000);
    assertEquals(samples.at(-1), 500_000);
    assert(steps.length < 600, `${steps.length} places`);
    const size = JSON.stringify(run).length;
    assert(size < 50_000, `${size} characters`);
    const [low, high] = [columns["kl"]!.low!, columns["kl"]!.high!]
      .map(numbersOf);
    assertEquals(Math.min(...low!), Math.fround(Math.min(...train("kl"))));
    assertEquals(Math.max(...high!), Math.fround(Math.max(...train("kl"))));
    const { kl } = run!;
    assertEquals([kl!.units, kl!.steps.length, kl!.isWhole], [[1], 80, false]);
    assertEquals(kl!.steps.at(-1), 5000);
    assertEquals(
      numbersOf(kl!.values).at(-1),
      Math.fround(test("kl_1").at(-1)!),
    );
    assertEquals(
      Object.fromEntries(run!.provenance)["git.commit"],
      "0123456789",
    );
  }));

Deno.test("partsOf() has pictures by their bytes, and passes over what is none", () =>
  withFolder(async (folder) => {
    const size = { width: 3, height: 2, channels: 1, depth: 8 } as const;
    const png = encode({ ...size, data: new Uint8Array(6) });
    for (const seed of [1, 2]) {
      const run = `toy-seed${seed}`;
      await writeRun(folder, run, { seed });
      await Deno.writeFile(`${folder}/${run}/data.png`, png);
      await Deno.writeTextFile(`${folder}/${run}/manifold.png`, "no picture");
    }
    const { runs, pictures } = await reportIn(folder);
    const hash = runs[0]!.pictures[0]!.hash!;
    const data = [{ kind: "data", hash }];
    assertEquals(runs.map(({ pictures }) => pictures), [data, data]);
    assertEquals(pictures, {
      [hash]: {
        url: `data:image/png;base64,${png.toBase64()}`,
        ...{ width: 3, height: 2 },
      },
    });
  }));

Deno.test("reportOf() leaves out pictures that do not fit, first those of further seeds", () =>
  withFolder(async (folder) => {
    for (const seed of [1, 2]) {
      await writeRun(folder, `toy-seed${seed}`, { seed });
    }
    await using sources = new RunSources(folder, "results");
    const parts = [];
    for (const run of await sources.open(folder)) {
      const pictures = ["reconstructions", "samples"].map((kind) => ({
        ...{ kind, hash: `${run.name} ${kind}`, width: 1, height: 1 },
        url: "x".repeat(2_000_000),
      }));
      parts.push({ ...await partsOf(run, 150), pictures });
    }
    const { runs, pictures } = reportOf(parts, ABOUT);
    assertEquals(Object.keys(pictures), [
      "toy-seed1 reconstructions",
      "toy-seed1 samples",
    ]);
    assertEquals(runs[1]!.pictures, [
      { kind: "reconstructions", hash: null },
      { kind: "samples", hash: null },
    ]);
  }));

Deno.test("partsOf() refuses a damaged table", () =>
  withFolder(async (folder) => {
    await writeRun(folder, "toy");
    await Deno.writeTextFile(`${folder}/toy/eval.csv`, "step,elbo\n1,2,3\n");
    await assertUserError(() => reportIn(folder), "as many fields");
  }));
