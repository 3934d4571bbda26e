import { assert, assertEquals } from "@std/assert";
import { planRuns, runName } from "../../src/sweep/runs.ts";
import { configOf } from "../train/toys.ts";

Deno.test("planRuns() orders by latent dimension, L and seed, each as given", () => {
  const { latentDim: _, samples: __, objective, seed: ___, ...shared } =
    configOf();
  const runs = planRuns(shared, {
    latentDims: [9, 2],
    samples: [5, 1],
    objectives: [objective],
    seeds: [3, 0],
  });
  assertEquals(
    runs.map(({ config }) => [config.latentDim, config.samples, config.seed]),
    [
      ...[[9, 5, 3], [9, 5, 0], [9, 1, 3], [9, 1, 0]],
      ...[[2, 5, 3], [2, 5, 0], [2, 1, 3], [2, 1, 0]],
    ],
  );
  for (const { name, config } of runs) {
    assertEquals(config, { ...configOf(), ...config });
    assertEquals(name, runName(config));
  }
  assertEquals(new Set(runs.map(({ name }) => name)).size, 8);
});

Deno.test("runName() names the data set, z, L, the seed, and a posterior that is not diagonal", () => {
  const config = configOf({
    dataset: "mnist-fixed",
    latentDim: 20,
    samples: 25,
    seed: 9007199254740991,
  });
  assertEquals(runName(config), "mnist-fixed-z20-L25-seed9007199254740991");
  assertEquals(
    runName({ ...config, posterior: "isotropic", seed: 0 }),
    "mnist-fixed-z20-isotropic-L25-seed0",
  );
  assertEquals(
    runName({
      ...config,
      posterior: "full",
      seed: 0,
      upper: { latentDim: 5, hidden: [] },
    }),
    "mnist-fixed-z20-5-full-L25-seed0",
  );
  assert(/^[a-z0-9-]+$/i.test(runName(config)));
});
