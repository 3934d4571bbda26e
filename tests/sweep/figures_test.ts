import { assertEquals, assertStringIncludes } from "@std/assert";
import { RunFolder } from "../../src/results/run_folder.ts";
import { drawFigures } from "../../src/sweep/figures.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { trainColumns } from "../../src/sweep/open_run.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import { endedRun } from "../results/run_json_example.ts";
import { configOf } from "../train/toys.ts";

/** Writes runs with one step and one evaluation each. */
async function write(
  folder: string,
  changes: readonly Partial<RunConfig>[],
) {
  const runs = changes.map((change, i) => ({
    name: `r${i}`,
    config: configOf(change),
  }));
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
    await run.close(endedRun({ run: name, config: { ...config } }));
  }
  return runs;
}

Deno.test("drawFigures() sets apart what is swept beside the axis, not what follows from it", () =>
  withFolder(async (folder) => {
    const sizes = [20, 100].flatMap((batchSize) =>
      [1, 2].map((seed) => ({ batchSize, seed, evalEvery: 1000 / batchSize }))
    );
    const runs = await write(folder, [
      ...sizes.map((size) => ({ ...size, activation: "tanh" } as const)),
      ...sizes.map((size) => ({ ...size, activation: "relu" } as const)),
    ]);
    const dataset = runs[0]!.config.dataset;
    await drawFigures(folder, "title", "batch_size", runs);
    const figures = (await filesBelow(folder))
      .filter((path) => path.endsWith(".svg"));
    assertEquals(figures, [
      `${dataset}-learning-curves.svg`,
      `${dataset}-relu-terms.svg`,
      `${dataset}-tanh-terms.svg`,
    ]);
    const svg = await Deno.readTextFile(`${folder}/${figures[2]}`);
    assertStringIncludes(svg, ">batch size<");
    assertStringIncludes(svg, ", tanh<");
    assertStringIncludes(svg, "circles: 2 seeds");
  }));

Deno.test("drawFigures() has words along x, and figures for each data set", () =>
  withFolder(async (folder) => {
    const runs = await write(folder, [
      { activation: "tanh" },
      { activation: "relu" },
      { dataset: "mnist", activation: "relu" },
    ]);
    await drawFigures(folder, "title", "activation", runs);
    const figures = (await filesBelow(folder))
      .filter((path) => path.endsWith("-terms.svg"));
    const [first] = runs.map(({ config }) => config.dataset);
    assertEquals(
      new Set(figures),
      new Set([
        `${first}-terms.svg`,
        "mnist-terms.svg",
      ]),
    );
    const svg = await Deno.readTextFile(`${folder}/${first}-terms.svg`);
    for (const word of ["tanh", "relu"]) assertStringIncludes(svg, `>${word}<`);
    await assertUserError(
      () => drawFigures(folder, "title", "actvation", runs),
      "axis",
      "did you mean activation?",
    );
  }));
