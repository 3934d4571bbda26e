import { assertEquals } from "@std/assert";
import { batchesOf } from "../../src/cli/batch_runs.ts";
import { openBackend } from "../../src/engine/backend.ts";
import type { PlannedRun } from "../../src/sweep/runs.ts";
import { testOnWebGpu } from "../engine/backends.ts";
import { configOf } from "../train/toys.ts";

Deno.test("batchesOf() keeps runs apart that were begun with other tiles", async () => {
  const runs: PlannedRun[] = [1, 2].map((seed) => ({
    name: `seed${seed}`,
    config: configOf({ seed }),
  }));
  const engines = new Map(
    runs.map(({ name }, i) => [
      name,
      { name: "webgpu", bits: "backend", tiles: `${4 * i + 4}x1/8x8` } as const,
    ]),
  );
  const request = { batchRuns: 2, jobs: undefined };
  assertEquals(
    batchesOf(runs, engines, request, await openBackend("cpu")),
    runs.map((run) => [run]),
  );
});

testOnWebGpu(
  "batchesOf() joins runs that are evaluated at other steps",
  (backend) => {
    const runs: PlannedRun[] = [[2, 3], [5, 4]].map((
      [latentDim, evalEvery],
    ) => ({
      name: `z${latentDim}`,
      config: configOf({ latentDim: latentDim!, evalEvery: evalEvery! }),
    }));
    const engine = {
      name: "webgpu",
      bits: "backend",
      tiles: "4x1/8x8",
    } as const;
    const engines = new Map(runs.map(({ name }) => [name, engine]));
    const request = { batchRuns: 2, jobs: undefined };
    assertEquals(batchesOf(runs, engines, request, backend), [runs]);
  },
);
