import { assert, assertEquals, assertMatch } from "@std/assert";
import { checkpointSteps } from "../../src/results/checkpoint.ts";
import { withFolder } from "../data/helpers.ts";
import { webgpu } from "../engine/webgpu_support.ts";
import {
  assertMistake,
  assertQuietSuccess,
  beforeEnd,
  digests,
  ended,
  exists,
  runBare,
  runBareHere,
  startBare,
  tinyNet,
} from "./command.ts";

const RUNS = ["z2-L1-seed1", "z2-L1-seed2", "z5-L1-seed1", "z5-L1-seed2"];

/** Four runs, so many of them in the same dispatches. */
function sweep(out: string, batchRuns: number): string[] {
  const flags = { latent: "2,5", seed: "1,2", steps: 20, "eval-every": 8 };
  return [
    ...tinyNet({
      ...flags,
      out,
      engine: "webgpu",
      backend: "webgpu",
      tiles: "4x1/8x1",
      "checkpoint-every": 5,
      "final-k": 0,
      "batch-runs": batchRuns,
    }),
    "--quiet",
  ];
}

/** The bytes of all results but times, and the command that was given. */
async function results(out: string): Promise<Record<string, string>> {
  return await digests(out);
}

function testOnWebGpu(name: string, fn: () => Promise<void>): void {
  const label = webgpu.available ? "" : ` [${webgpu.label}]`;
  Deno.test({ name: `${name}${label}`, ignore: !webgpu.available, fn });
}

testOnWebGpu(
  "--batch-runs gives the bytes of each run alone",
  () =>
    withFolder(async (folder) => {
      for (const batchRuns of [1, 3]) {
        const out = `${folder}/${batchRuns}`;
        assertQuietSuccess(await runBareHere(sweep(out, batchRuns)));
      }
      const alone = await results(`${folder}/1`);
      for (const name of RUNS) {
        assert(`latent-sweep/glyphs-${name}/train.csv` in alone, name);
      }
      assertEquals(await results(`${folder}/3`), alone);
    }),
);

testOnWebGpu(
  "a batch that is killed goes on with no row lost",
  () =>
    withFolder(async (folder) => {
      const whole = `${folder}/whole`;
      assertQuietSuccess(await runBareHere(sweep(whole, 4)));
      const out = `${folder}/killed`;
      for (const signal of ["SIGKILL", "SIGTERM"] as const) {
        const child = startBare(sweep(out, 4));
        const outcome = ended(child);
        const partial = `${out}/latent-sweep/glyphs-${RUNS[3]}.partial`;
        const before = Math.max(0, ...await checkpointSteps(partial));
        await beforeEnd(
          outcome,
          async () =>
            (await checkpointSteps(partial)).some((step) => step > before),
        );
        child.kill(signal);
        await outcome;
      }
      // The rest alone: a run's bytes do not depend on its company.
      assertQuietSuccess(await runBareHere(sweep(out, 1)));
      assertEquals(await results(out), await results(whole));
    }),
);

testOnWebGpu(
  "a device that is lost is one line, and the same command goes on",
  () =>
    withFolder(async (folder) => {
      const reference = tinyNet({
        ...{ engine: "reference", backend: "webgpu", steps: 40 },
        ...{ out: `${folder}/reference`, "final-k": 0 },
      });
      const args = sweep(`${folder}/lost`, 4);
      const script = "tests/experiments/device_dies.ts";
      for (const all of [args, [...reference, "--quiet"]]) {
        const { code, stderr } = await runBare(all, { script });
        assertEquals(code, 1, stderr);
        assertMatch(stderr, /^error: WebGPU.*; repeat the command .*\n$/);
      }
      const partial = `${folder}/lost/latent-sweep/glyphs-${RUNS[3]}.partial`;
      assert(Math.max(...await checkpointSteps(partial)) >= 5);
      const whole = sweep(`${folder}/whole`, 4);
      await Deno.writeTextFile(`${folder}/mended`, "");
      for (const all of [args, whole]) {
        assertQuietSuccess(await runBare(all, { script }));
      }
      assertEquals(
        await results(`${folder}/lost`),
        await results(`${folder}/whole`),
      );
    }),
);

testOnWebGpu(
  "a training that no kernel has is one line",
  () =>
    withFolder(async (folder) => {
      const out = `${folder}/out`;
      const flags = { out, engine: "webgpu", backend: "webgpu" };
      assertMistake(
        await runBareHere(tinyNet({ ...flags, objective: "mcem" })),
        "the webgpu engine has no objective mcem",
        "--engine reference",
      );
      assertEquals(await exists(out), false);
    }),
);
