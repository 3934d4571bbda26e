import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { loadDataset } from "../../src/data/load.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { ReferenceEngine } from "../../src/engine/reference.ts";
import { UserError } from "../../src/errors.ts";
import type { ParameterValues } from "../../src/model/parameters.ts";
import { writeCheckpoint } from "../../src/results/checkpoint.ts";
import type { RunJson } from "../../src/results/run_json.ts";
import { readFinishedRun, restoreRun } from "../../src/sweep/finished_run.ts";
import { Batches } from "../../src/train/batches.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { createVae } from "../../src/train/create_vae.ts";
import { settingsAt } from "../../src/train/loop.ts";
import { withFolder } from "../data/helpers.ts";
import { DEFAULT_OBJECTIVES } from "../engine/training.ts";
import { runJson } from "../results/run_json_example.ts";
import { configOf } from "../train/toys.ts";

const CONFIG = configOf({ steps: 2, trainSize: 20, testSize: 10 });

/** Trains for two steps, and leaves what a run leaves. */
async function finish(
  folder: string,
  config: RunConfig = CONFIG,
): Promise<ParameterValues[]> {
  await openBackend("cpu");
  const data = await loadDataset(config);
  using vae = createVae(config, data);
  using engine = new ReferenceEngine(vae, config);
  const batches = new Batches(data, config);
  for (const step of [1, 2]) {
    engine.step(batches.training(step), settingsAt(config, step));
  }
  const { step, arrays } = await engine.save();
  await Deno.mkdir(folder, { recursive: true });
  await writeCheckpoint(folder, { step, arrays, lengths: {} }, {});
  await writeRecord(folder, {
    data: { sha256: data.sha256, train: 20, test: 10, dim: data.dim },
    config: { ...config },
  });
  return await vae.values();
}

async function writeRecord(
  folder: string,
  changes: Partial<RunJson>,
): Promise<void> {
  const json = runJson({ config: { ...CONFIG }, ...changes });
  await Deno.writeTextFile(`${folder}/run.json`, JSON.stringify(json));
}

async function assertMistake(
  action: () => Promise<unknown>,
  ...parts: readonly string[]
): Promise<void> {
  const { message } = await assertRejects(action, UserError);
  assert(!message.includes("\n"), message);
  for (const part of parts) assertStringIncludes(message, part);
}

Deno.test("restoreRun() has the parameters after the last step, and the data", () =>
  withFolder(async (out) => {
    const folder = `${out}/e/r`;
    const trained = await finish(folder);
    const run = await readFinishedRun(`${folder}//`);
    assertEquals([run.folder, run.config], [folder, CONFIG]);
    const { data, vae } = await restoreRun(run);
    assertEquals(await vae.values(), trained);
    assertEquals(data.test.count, 10);
    vae.dispose();
  }));

Deno.test("restoreRun() restores a run of every objective", () =>
  withFolder(async (out) => {
    for (const objective of DEFAULT_OBJECTIVES) {
      const { name } = objective;
      const trained = await finish(`${out}/${name}`, { ...CONFIG, objective });
      const run = await readFinishedRun(`${out}/${name}`);
      const { vae } = await restoreRun(run);
      assertEquals(await vae.values(), trained, name);
      vae.dispose();
    }
  }));

Deno.test("readFinishedRun() names what is no finished run", () =>
  withFolder(async (out) => {
    const folder = `${out}/e/r`;
    const read = () => readFinishedRun(folder);
    await assertMistake(read, folder, "is not a folder", "EXPERIMENT/RUN");
    await Deno.mkdir(`${folder}.partial`, { recursive: true });
    await assertMistake(read, "not finished", "repeat its");
    await assertMistake(
      () => readFinishedRun(`${folder}.partial`),
      "not finished",
    );
    await Deno.remove(`${folder}.partial`);
    await assertMistake(
      () => readFinishedRun(`${folder}.partial`),
      "not a folder",
    );
    await Deno.writeTextFile(folder, "");
    await assertMistake(read, folder, "is not a folder");
    await Deno.remove(folder);
    await Deno.mkdir(folder);
    await assertMistake(read, folder, "has no run.json");

    await writeRecord(folder, {});
    const command = "deno task exp:latent-sweep --latent 2";
    await assertMistake(read, "no checkpoint", `${command} --out ${out}`);
    for (const status of ["failed", "interrupted"] as const) {
      await writeRecord(folder, { status, error: "why" });
      await assertMistake(read, "not finished", status);
    }
    await writeRecord(folder, { config: { ...CONFIG, latentDim: "two" } });
    await assertMistake(read, "config.latentDim", "this version");
  }));

Deno.test("a checkpoint of another shape, damaged, or of other data is a mistake", () =>
  withFolder(async (out) => {
    const folder = `${out}/e/r`;
    await finish(folder);
    const { data } = await readFinishedRun(folder).then(({ json }) => json);
    const restore = async () => await restoreRun(await readFinishedRun(folder));

    await writeRecord(folder, { data, config: { ...CONFIG, latentDim: 3 } });
    await assertMistake(
      restore,
      "does not fit",
      "encoder/mean/weight is [4,2] instead of [4,3]",
      `--out ${out}`,
    );
    await writeRecord(folder, { data, config: { ...CONFIG, hidden: [] } });
    await assertMistake(
      restore,
      "encoder/mean/weight is [4,2] instead of [784",
    );
    await writeRecord(folder, { data, config: { ...CONFIG, hidden: [4, 4] } });
    await assertMistake(restore, "encoder/hidden2/weight is nothing");

    await writeRecord(folder, { data: { ...data, sha256: "5ca1ab1e" } });
    await assertMistake(restore, "have changed", "not 5ca1ab1e");

    await writeRecord(folder, { data, config: { ...CONFIG, steps: 3 } });
    await assertMistake(restore, "no checkpoint of step 3");
    await writeRecord(folder, { data });
    const path = `${folder}/checkpoint-2.safetensors`;
    await Deno.writeFile(path, (await Deno.readFile(path)).slice(0, -9));
    await assertMistake(restore, path, "cut short", "--fresh");
  }));
