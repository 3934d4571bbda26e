import { assertEquals } from "@std/assert";
import { compareCollapse } from "../../src/published/tables.ts";
import { withFolder } from "../data/helpers.ts";
import { configOf } from "../train/toys.ts";
import { runJson } from "../results/run_json_example.ts";

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
