import { assert, assertEquals } from "@std/assert";
import { runName } from "../../src/sweep/runs.ts";
import { configOf } from "../train/toys.ts";

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
  assertEquals(
    runName({ ...config, seed: 0, condition: ["class", "a b/c"] }),
    "mnist-fixed-given-class-a-b-c-z20-L25-seed0",
  );
  assert(/^[a-z0-9-]+$/i.test(runName(config)));
});
