import { assertEquals } from "@std/assert";
import {
  collapseFigure,
  compareCollapse,
} from "../../src/published/collapse.ts";
import { withFolder } from "../data/helpers.ts";
import { configOf } from "../train/toys.ts";
import { runJson } from "../results/run_json_example.ts";
import { writeRuns } from "./runs.ts";

Deno.test("compareCollapse() counts dimensions whose KL is above 0.01 nats", () =>
  withFolder(async (folder) => {
    const likelihood = {
      ...{ family: "gaussian", variance: 1.3, mean: "linear" } as const,
    };
    for (const [seed, kl3] of [[1, 0.009], [2, 0.011]] as const) {
      const run = `${folder}/run${seed}`;
      await Deno.mkdir(run);
      const config = configOf({ seed, latentDim: 3, likelihood });
      const json = runJson({ status: "finished", config: { ...config } });
      await Deno.writeTextFile(`${run}/run.json`, JSON.stringify(json));
      const row = {
        ...{ step: config.steps, samples_seen: 1, elbo: 1, reconstruction: 1 },
        ...{ kl: 1, kl_1: 0.5, kl_2: 0.001, kl_3: kl3 },
        ...{ exact_elbo: -8, ppca_log_likelihood: -7, ppca_used: 1 },
      };
      await Deno.writeTextFile(
        `${run}/eval.csv`,
        `${Object.keys(row)}\n${Object.values(row)}\n`,
      );
    }
    const [used, elbo] = await compareCollapse({ folder });
    assertEquals(used!.setup, "linear VAE, z = 3, variance 1.3");
    assertEquals([used!.obtained, used!.published], [1.5, 1]);
    assertEquals([elbo!.obtained, elbo!.published], [-8, -7]);
    assertEquals(elbo!.difference.mean, -1);
  }));

Deno.test("collapseFigure() has each seed at its variance, over the eigenvalues", () =>
  withFolder(async (folder) => {
    const toy = (seed: number, variance: number | "learned") =>
      configOf({
        ...{ seed, latentDim: 2 },
        likelihood: { family: "gaussian", variance, mean: "linear" },
      });
    const kls = { kl_1: 0.5, kl_2: 0.001 };
    const terms = { ...kls, eigenvalue_1: 4, eigenvalue_2: 0.2 };
    const rows = [[1, -8, -8]] as const;
    const fixed = [1, 2].map((seed) => ({
      ...{ config: toy(seed, 1.3), rows },
      terms: { ...terms, kl_2: seed === 1 ? 0.001 : 0.5 },
    }));
    const learned = {
      ...{ config: toy(1, "learned"), rows },
      terms: { ...terms, decoder_variance: 0.05 },
    };
    await writeRuns(folder, [...fixed, learned]);
    const spec = await collapseFigure({ folder });
    const { concat: [{ layer: [stairs, points] }] } = spec as unknown as {
      concat: [{ layer: { data: { values: { x: number; y: number }[] } }[] }];
    };
    assertEquals(
      points!.data.values.map(({ x, y }) => [x, y]),
      [[1.3, 1], [1.3, 2], [0.05, 1]],
    );
    assertEquals(stairs!.data.values.slice(1, -1), [
      { x: 0.2, y: 1 },
      { x: 4, y: 0 },
    ]);
  }));

Deno.test("collapseFigure() is of runs that have the eigenvalues", () =>
  withFolder(async (folder) => {
    assertEquals(await collapseFigure({ folder }), null);
    const likelihood = {
      ...{ family: "gaussian", variance: 1.3, mean: "linear" } as const,
    };
    const config = configOf({ latentDim: 2, likelihood });
    await writeRuns(folder, [{ config, rows: [[1, -8, -8]] }]);
    assertEquals(await collapseFigure({ folder }), null);
  }));
