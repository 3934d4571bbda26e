import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/errors.ts";
import { compareCurves, figure2Curves } from "../../src/published/aevb.ts";
import type { PublishedNumber } from "../../src/published/comparison.ts";
import { longestRuns } from "../../src/published/obtained.ts";
import { aevbFigure2 } from "../../src/published/reference.ts";
import {
  compareDraws,
  compareSigma,
  compareTable1,
} from "../../src/published/tables.ts";
import { EVAL_COLUMNS } from "../../src/results/columns.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { withFolder } from "../data/helpers.ts";
import { runJson } from "../results/run_json_example.ts";
import { configOf } from "../train/toys.ts";

/** A finished run that ends with an ELBO. */
interface Example {
  readonly config: Partial<RunConfig>;
  readonly elbo: number;
  /** of its final evaluation */
  readonly nll?: number;
}

async function write(
  folder: string,
  examples: readonly Example[],
): Promise<void> {
  for (const [i, { config: changes, elbo, nll }] of examples.entries()) {
    const run = `${folder}/run${i}`;
    await Deno.mkdir(run);
    const config = configOf({ dataset: "mnist", steps: 100, ...changes });
    const json = runJson({ status: "finished", config: { ...config } });
    await Deno.writeTextFile(`${run}/run.json`, JSON.stringify(json));
    const columns = [...EVAL_COLUMNS, "minibatch_elbo"];
    const samples = config.steps * config.batchSize;
    await Deno.writeTextFile(
      `${run}/eval.csv`,
      `${columns}\n${[config.steps, samples, elbo, elbo, 0, elbo]}\n`,
    );
    if (nll === undefined) continue;
    await Deno.writeTextFile(
      `${run}/evaluation-k${config.finalEvaluation!.k}-n${
        config.finalEvaluation!.rows
      }.csv`,
      `quantity,value,standard_error\nnll,${nll},0\n`,
    );
  }
}

const numbers = (comparisons: readonly PublishedNumber[]) =>
  comparisons.map(({ obtained, published }) => [obtained, published]);

Deno.test("compareDraws() has L = 1 beside more draws of the same set-up, after as many samples", () =>
  withFolder(async (folder) => {
    await write(folder, [
      { config: { samples: 1, seed: 1 }, elbo: -10 },
      { config: { samples: 1, seed: 2 }, elbo: -12 },
      { config: { samples: 5, seed: 1 }, elbo: -8 },
      // Longer, and alone.
      { config: { samples: 1, steps: 200 }, elbo: -1 },
      // Of another set-up, which has no run with L = 1.
      { config: { samples: 5, latentDim: 7 }, elbo: -2 },
      // Of another one, which has.
      { config: { samples: 5, learningRate: 0.5 }, elbo: -30 },
      { config: { samples: 1, learningRate: 0.5 }, elbo: -40 },
    ]);
    const found = await compareDraws({ folder });
    // Of the seeds that both have.
    assertEquals(numbers(found), [[-10, -8], [-40, -30]]);
    assertEquals(found[0]!.origins.map(({ budget }) => budget), [
      ...[400, 400, 400],
    ]);
  }));

Deno.test("compareSigma() has the best fixed variance after as many samples as the optimal one", () =>
  withFolder(async (folder) => {
    const of = (variance: number | "optimal", steps: number) => ({
      likelihood: { family: "gaussian", variance, mean: "linear" } as const,
      steps,
    });
    await write(folder, [
      { config: of("optimal", 100), elbo: 50 },
      { config: of(0.1, 100), elbo: 40 },
      { config: of(1, 100), elbo: 10 },
      { config: of(0.1, 500), elbo: 60 },
    ]);
    assertEquals(numbers(await compareSigma({ folder })), [[50, 40]]);
  }));

Deno.test("compareTable1() has -L_5000 alone, and mixes none of other rows", () =>
  withFolder(async (folder) => {
    const of = (rows: number, seed: number) => ({
      ...{ objective: { name: "iwae", k: 5, gradient: "plain" } as const },
      ...{ finalEvaluation: { k: 5000, rows }, seed },
    });
    await write(folder, [
      { config: of(10, 1), elbo: 0, nll: 90 },
      { config: of(10, 2), elbo: 0, nll: 92 },
      { config: of(20, 3), elbo: 0, nll: 80 },
      // Another estimate than the paper's.
      {
        config: { ...of(10, 1), finalEvaluation: { k: 100, rows: 10 } },
        elbo: 0,
        nll: 70,
      },
    ]);
    const found = await compareTable1({ folder });
    assertEquals(found.map(({ quantity, obtained }) => [quantity, obtained]), [
      ["-L_5000 of 10 test images", 91],
      ["-L_5000 of 20 test images", 80],
    ]);
  }));

Deno.test("figure2Curves() are of the longest runs, step sizes apart, and compareCurves() has the end of a run", () =>
  withFolder(async (folder) => {
    const config = { latentDim: 20, batchSize: 100, steps: 10000 };
    const stages = (value: number) => ({
      shape: "stages" as const,
      stages: [{ value: 0, steps: 101 }, { value, steps: 1 }],
    });
    await write(folder, [
      // Of another step size, of other stages, and of the same but shorter.
      {
        config: { ...config, steps: 9000, seed: 1, learningRate: 0.5 },
        elbo: -1,
      },
      {
        config: { ...config, steps: 9000, seed: 1, learningRate: stages(0.2) },
        elbo: -2,
      },
      {
        config: { ...config, steps: 9000, seed: 1, learningRate: stages(0.1) },
        elbo: -3,
      },
      {
        config: { ...config, seed: 1, learningRate: stages(0.1) },
        elbo: -120,
      },
      {
        config: {
          ...{ ...config, seed: 2, learningRate: stages(0.1) },
          evalEvery: [10000],
        },
        elbo: -124,
      },
    ]);
    assertEquals(
      (await longestRuns({ folder })).map((runs) =>
        runs.map(({ evaluations }) => evaluations.at(-1)!["elbo"])
      ),
      [["-1"], ["-2"], ["-120", "-124"]],
    );
    const curves = await figure2Curves({ folder });
    const [test] = compareCurves(curves, "bound");
    assertEquals(test!.quantity, "test bound at 1e6 samples");
    assertEquals(test!.obtained, -122);
    assertAlmostEquals(test!.spread!, Math.sqrt(8), 1e-12);
    const { points } = aevbFigure2().find((curve) =>
      curve.dataset === "mnist" && curve.latentDim === 20 &&
      curve.method === "aevb" && curve.split === "test"
    )!;
    const [left, right] = [794900, 1024100].map((samples) =>
      points.find((point) => point.samples === samples)!.value
    );
    const part = Math.log(1e6 / 794900) / Math.log(1024100 / 794900);
    assertAlmostEquals(test!.published, left! + part * (right! - left!), 1e-9);
  }));

Deno.test("runs of another version are a mistake that is named", () =>
  withFolder(async (folder) => {
    await write(folder, [{ config: {}, elbo: -1 }]);
    const path = `${folder}/run0/run.json`;
    const json = JSON.parse(await Deno.readTextFile(path));
    delete json.config.weightDecay;
    await Deno.writeTextFile(path, JSON.stringify(json));
    await assertRejects(
      () => compareDraws({ folder }),
      UserError,
      "config.weightDecay does not fit this version",
    );
  }));
