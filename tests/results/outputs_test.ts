import { assertEquals, assertRejects } from "@std/assert";
import {
  addOutputs,
  hashOutputs,
  sha256Of,
} from "../../src/results/outputs.ts";
import { RunFolder } from "../../src/results/run_folder.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { UserError } from "../../src/errors.ts";
import { sha256, withFolder } from "../data/helpers.ts";
import { endedRun, runJson } from "./run_json_example.ts";

/** SHA-256 of "abc": FIPS 180-2, appendix B.1. */
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("sha256Of() is SHA-256, of files of any size", () =>
  withFolder(async (folder) => {
    const path = `${folder}/f`;
    await Deno.writeTextFile(path, "abc");
    assertEquals(await sha256Of(path), ABC);
    for (const length of [0, 2 ** 18 - 1, 2 ** 18, 2 ** 19 + 1]) {
      const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
      await Deno.writeFile(path, bytes);
      assertEquals(await sha256Of(path), await sha256(bytes), `${length}`);
    }
    await assertRejects(() => sha256Of(folder), UserError, folder);
  }));

Deno.test("run.json has the hashes of all outputs, by name, and of those that come later", () =>
  withFolder(async (folder) => {
    const path = `${folder}/run`;
    const run = await RunFolder.open(path, {}, { fresh: false });
    await run.appendCheckpoint({
      step: 1,
      arrays: [{ name: "a", shape: [1], values: Float32Array.of(1) }],
    });
    await run.writeFile("data.png", "abc");
    await run.close(endedRun());
    const header = new TextEncoder().encode(
      "step,samples_seen,elbo,reconstruction,kl,learning_rate\n",
    );
    const train = await sha256(header);
    const outputsOf = async () => (await readRunJson(path))!.outputs;
    assertEquals(await outputsOf(), { "data.png": ABC, "train.csv": train });
    assertEquals(await hashOutputs(path), await outputsOf());

    await Deno.writeTextFile(`${path}/evaluation-k5.csv`, "abc");
    await Deno.writeTextFile(`${path}/data.png`, "edited");
    await addOutputs(path, ["evaluation-k5.csv"], "");
    const expected = {
      "data.png": ABC,
      "evaluation-k5.csv": ABC,
      "train.csv": train,
    };
    assertEquals(await outputsOf(), expected);
    assertEquals(Object.keys((await outputsOf())!), Object.keys(expected));
    const text = await Deno.readTextFile(`${path}/run.json`);
    await addOutputs(path, ["evaluation-k5.csv"], "");
    assertEquals(await Deno.readTextFile(`${path}/run.json`), text);
  }));

Deno.test("a run.json of version 2 reads back without hashes, and gets none", () =>
  withFolder(async (folder) => {
    const { outputs: _, ...old } = runJson({ version: 2 });
    const text = JSON.stringify(old);
    await Deno.writeTextFile(`${folder}/run.json`, text);
    await Deno.writeTextFile(`${folder}/evaluation-k5.csv`, "abc");
    assertEquals(await readRunJson(folder), old);
    await addOutputs(folder, ["evaluation-k5.csv"], "");
    assertEquals(await Deno.readTextFile(`${folder}/run.json`), text);
    for (const wrong of [runJson({ version: 2 }), { ...old, version: 3 }]) {
      await Deno.writeTextFile(`${folder}/run.json`, JSON.stringify(wrong));
      await assertRejects(() => readRunJson(folder), UserError, "outputs");
    }
  }));
