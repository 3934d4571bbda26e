import { assertEquals } from "@std/assert";
import type { Engine } from "../../src/engine/engine.ts";
import { openBackend } from "../../src/engine/backend.ts";
import {
  evaluateRun,
  EVALUATION_SAMPLES,
  openSavedRows,
} from "../../src/evaluate/evaluate_run.ts";
import { emptyImportanceEstimates } from "../../src/evaluate/importance_weights.ts";
import { createVae } from "../../src/train/create_vae.ts";
import { OpenRun } from "../../src/sweep/open_run.ts";
import type { OpenRunOptions } from "../../src/sweep/run_options.ts";
import { toyData } from "../train/toys.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { runJson, source } from "../results/run_json_example.ts";
import { configOf } from "../train/toys.ts";

const CONFIG = configOf({ dataset: "glyphs" });

/** Restores anything. */
const engine = { restore: () => {} } as unknown as Engine;

/** The facts of a run on one machine, and on another. */
const HERE = runJson({ engine: { name: "wasm", bits: "portable" } });
const ELSEWHERE: typeof HERE = {
  ...HERE,
  versions: {
    ...HERE.versions,
    ...{ deno: "2.9.5", v8: "14.9", target: "aarch64-unknown-linux-gnu" },
  },
  backend: { name: "cpu", adapter: null },
};

const openOn = (
  path: string,
  facts: OpenRunOptions["facts"],
  sha256 = toyData().sha256,
) =>
  OpenRun.create({
    path,
    plan: { name: "run", config: CONFIG },
    facts,
    source: { ...source(), patches: {}, loadsComputed: false },
    fresh: false,
    data: { ...toyData(), name: "glyphs", sha256 },
    engine,
    onRow: () => {},
  });

/** The bytes of a checkpoint of step 3, and its partial run, given up. */
async function checkpointOn(
  path: string,
  facts: OpenRunOptions["facts"],
): Promise<Uint8Array> {
  const run = await openOn(path, facts);
  const arrays = [{ name: "a", shape: [2], values: Float32Array.of(1, 2) }];
  await run.record({ kind: "checkpoint", state: { step: 3, arrays } });
  await run.abandon();
  return await Deno.readFile(`${path}.partial/checkpoint-3.safetensors`);
}

Deno.test("a portable checkpoint is one file on all machines, and goes on on each", () =>
  withFolder(async (folder) => {
    const here = await checkpointOn(`${folder}/a`, HERE);
    const elsewhere = await checkpointOn(`${folder}/b`, ELSEWHERE);
    assertEquals(elsewhere, here);
    const resumed = await openOn(`${folder}/a`, ELSEWHERE);
    assertEquals(resumed.resumedFrom, 3);
    await resumed.abandon();
    // Its first steps were on these data.
    await assertUserError(
      () => openOn(`${folder}/a`, HERE, "9".repeat(64)),
      ...["another dataSha256", "--fresh"],
    );
  }));

Deno.test("rows of an evaluation stay in the folder until it is there", () =>
  withFolder(async (folder) => {
    await openBackend("cpu");
    const config = { ...CONFIG, finalEvaluation: { k: 30, rows: 7 } };
    const data = toyData();
    using vae = createVae(config, data);
    const run = await openOn(`${folder}/a`, HERE);
    const request = {
      ...config.finalEvaluation,
      ...{ samples: EVALUATION_SAMPLES, estimators: ["importance"] as const },
    };
    const engine = { name: "reference", bits: "backend" } as const;
    const saved = await openSavedRows(run.folder, vae, {
      ...{ config, request, engine, interval: 0 },
    });
    const rows = emptyImportanceEstimates(data.test.count);
    rows.values.fill(-42);
    await saved.keep("L_k", rows, data.test.count);
    const files = async () =>
      (await Array.fromAsync(Deno.readDir(run.folder)))
        .map(({ name }) => name).filter((name) => name.startsWith("evaluation"))
        .sort();
    assertEquals(await files(), ["evaluation-k30-n7.safetensors"]);
    const evaluation = await evaluateRun(vae, data, config, run);
    assertEquals(evaluation!.quantities.get("iwae_bound")!.value, -42);
    await run.addEvaluation(evaluation);
    assertEquals(await files(), [
      "evaluation-k30-n7-units.csv",
      "evaluation-k30-n7.csv",
    ]);
    await run.abandon();
  }));

Deno.test("other bits go on where all that they depend on is the same", () =>
  withFolder(async (folder) => {
    const engine = { name: "reference", bits: "backend" } as const;
    const [here, elsewhere] = [{ ...HERE, engine }, { ...ELSEWHERE, engine }];
    await checkpointOn(`${folder}/a`, here);
    const resumed = await openOn(`${folder}/a`, here);
    assertEquals(resumed.resumedFrom, 3);
    await resumed.abandon();
    await assertUserError(
      () => openOn(`${folder}/a`, elsewhere),
      "another backend",
    );
    const { versions } = elsewhere;
    await assertUserError(
      () => openOn(`${folder}/a`, { ...here, versions }),
      "another versions",
    );
  }));
