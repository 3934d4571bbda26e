import { assertEquals, assertStringIncludes } from "@std/assert";
import { drawFigures } from "../../src/figures/sweep_figures.ts";
import { RunFolder } from "../../src/results/run_folder.ts";
import { trainColumns } from "../../src/train/cells.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import { endedRun } from "../results/run_json_example.ts";
import { configOf } from "../train/toys.ts";

/** Writes runs with one step and one evaluation each, by their names. */
async function write(
  folder: string,
  changes: Readonly<Record<string, Partial<RunConfig>>>,
  status: "finished" | "failed" = "finished",
) {
  const runs = Object.entries(changes)
    .map(([name, change]) => ({ name, config: configOf(change) }));
  for (const { name, config } of runs) {
    const run = await RunFolder.open(`${folder}/${name}`, { config }, {
      fresh: false,
      trainColumns: trainColumns(config),
    });
    const terms = { elbo: -3, reconstruction: -2, kl: 1 };
    const row = { step: 1, samples_seen: 5, ...terms };
    await run.appendSteps([
      { ...row, learning_rate: 1, objective: -3, beta: 1 },
    ]);
    await run.appendEvaluation({ ...row, kl_1: 1 });
    await run.close(
      endedRun({
        ...{ run: name, config: { ...config }, status },
        error: status === "failed" ? "the ELBO is NaN" : null,
      }),
    );
  }
  return runs;
}

async function figuresIn(folder: string): Promise<string[]> {
  return (await filesBelow(folder)).filter((path) => path.endsWith(".svg"));
}

Deno.test("drawFigures() names figures by what is swept, and by what is not as usual", () =>
  withFolder(async (folder) => {
    const beta = Object.fromEntries(
      [1, 4].flatMap((beta) =>
        [1, 2].map((seed) => [
          `glyphs-z2-L1-steps9${beta === 1 ? "" : `-beta${beta}`}-seed${seed}`,
          { beta, seed },
        ])
      ),
    );
    const runs = await write(folder, beta);
    const rules = { title: "title", axis: "latent" };
    await drawFigures(folder, { ...rules, swept: ["beta", "seed"] }, runs);
    const swept = ["learning-curves", "rate-distortion", "terms"]
      .map((name) => `glyphs-beta-steps9-${name}.svg`);
    assertEquals(await figuresIn(folder), swept);
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    const terms = await read(swept[2]!);
    assertStringIncludes(terms, "weight of the KL, \u03b2");
    assertStringIncludes(terms, "glyphs, steps9; test split");
    assertStringIncludes(terms, "over 2 seeds");

    // What one value has stands beside it, and leaves it as it was.
    await drawFigures(folder, { ...rules, swept: [] }, runs.slice(2));
    assertEquals(await figuresIn(folder), [
      ...swept,
      "glyphs-steps9-beta4-learning-curves.svg",
      "glyphs-steps9-beta4-terms.svg",
    ]);
    assertEquals(await read(swept[2]!), terms);
  }));

Deno.test("drawFigures() names failed runs, and leaves figures that it has no run for", () =>
  withFolder(async (folder) => {
    const good = await write(folder, { "glyphs-z2-L1-seed0": {} });
    const bad = await write(
      folder,
      { "glyphs-z3-L1-seed0": { latentDim: 3 } },
      "failed",
    );
    const rules = { title: "title", axis: "latent", swept: [] };
    await drawFigures(folder, rules, bad);
    assertEquals(await figuresIn(folder), []);
    await drawFigures(folder, rules, [...good, ...bad]);
    const path = `${folder}/glyphs-terms.svg`;
    const svg = await Deno.readTextFile(path);
    assertStringIncludes(svg, ">Title<");
    assertStringIncludes(svg, "not drawn: 1 failed (glyphs-z3-L1-seed0)");
    await drawFigures(folder, rules, bad);
    assertEquals(await Deno.readTextFile(path), svg);
  }));

Deno.test("drawFigures() has words along x, and figures for each data set", () =>
  withFolder(async (folder) => {
    const runs = await write(folder, {
      "glyphs-z2-L1-seed0": { activation: "tanh" },
      "glyphs-z2-L1-relu-seed0": { activation: "relu" },
      "mnist-z2-L1-relu-seed0": { dataset: "mnist", activation: "relu" },
    });
    const rules = { title: "title", swept: ["activation"] };
    await drawFigures(folder, { ...rules, axis: "activation" }, runs);
    assertEquals(
      (await figuresIn(folder)).filter((path) => path.includes("-terms")),
      ["glyphs-terms.svg", "mnist-terms.svg"],
    );
    const svg = await Deno.readTextFile(`${folder}/glyphs-terms.svg`);
    for (const word of ["tanh", "relu"]) assertStringIncludes(svg, `>${word}<`);
    await assertUserError(
      () => drawFigures(folder, { ...rules, axis: "actvation" }, runs),
      "axis",
      "did you mean activation?",
    );
  }));
