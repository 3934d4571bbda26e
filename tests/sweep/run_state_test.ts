import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { stateText } from "../../src/cli/list.ts";
import { partialOf } from "../../src/results/run_place.ts";
import type { RunJson } from "../../src/results/run_json.ts";
import { stateOf } from "../../src/sweep/run_state.ts";
import { estimates, type Timed, timesIn } from "../../src/sweep/step_times.ts";
import { withFolder } from "../data/helpers.ts";
import { endedRun, runJson } from "../results/run_json_example.ts";
import type { RunConfig } from "../../src/train/config.ts";
import { configOf } from "../train/toys.ts";

const config = configOf({ steps: 10 });

async function write(path: string, changes: Partial<RunJson> = {}) {
  await Deno.mkdir(path, { recursive: true });
  const json = runJson({ config: { ...config }, ...changes });
  await Deno.writeTextFile(`${path}/run.json`, JSON.stringify(json));
}

Deno.test("stateOf() says how far a run is, and what its command goes on from", () =>
  withFolder(async (folder) => {
    const path = `${folder}/r`;
    const state = async () => {
      const found = await stateOf(folder, { name: "r", config });
      return [found.state, found.step, stateText(found)];
    };
    const checkpoint = (of: string, step: number) =>
      Deno.writeTextFile(`${of}/checkpoint-${step}.safetensors`, "");
    assertEquals(await state(), ["new", 0, "new"]);

    // A partial folder without a checkpoint goes on from nothing.
    await Deno.mkdir(partialOf(path));
    assertEquals((await state())[0], "new");
    await checkpoint(partialOf(path), 3);
    await checkpoint(partialOf(path), 7);
    assertEquals(await state(), ["partial", 7, "partial at step 7 of 10"]);

    // One that was begun anew, over a finished one, is partial, too.
    await write(path);
    assertEquals((await state())[0], "partial");
    await Deno.remove(partialOf(path), { recursive: true });
    const without = "finished, without its checkpoint";
    assertEquals(await state(), ["finished", 0, without]);
    await checkpoint(path, 10);
    assertEquals(await state(), ["finished", 10, "finished"]);

    await write(path, { status: "failed", error: "the ELBO is NaN" });
    assertEquals(await state(), ["failed", 0, "failed: the ELBO is NaN"]);
    await write(path, { config: { ...config, seed: 77 } });
    assertEquals((await state()).slice(0, 2), ["taken", 0]);
  }));

Deno.test("stateOf() knows the last step of a run that its rule has ended", () =>
  withFolder(async (folder) => {
    const partial = partialOf(`${folder}/r`);
    await Deno.mkdir(partial);
    const ruled = { ...config, stopping: { after: 2, gain: 0 } };
    const rows = [[2, -9], [4, -8], [6, -8], [7, -9]].map(([step, elbo]) =>
      `${step},${step},${elbo},${elbo},0\n`
    );
    await Deno.writeTextFile(
      `${partial}/eval.csv`,
      ["step,samples_seen,elbo,reconstruction,kl\n", ...rows].join(""),
    );
    const stepsAt = async (step: number, own: RunConfig = ruled) => {
      const file = `${partial}/checkpoint-${step}.safetensors`;
      await Deno.writeTextFile(file, "");
      const found = await stateOf(folder, { name: "r", config: own });
      return [found.step, found.steps];
    };
    // The last row came after the checkpoint, and may come again.
    assertEquals(await stepsAt(6), [6, 10]);
    assertEquals(await stepsAt(7), [7, 7]);
    assertEquals(await stepsAt(7, config), [7, 10]);
  }));

Deno.test("estimates() take the run that is most like it, by what its steps cost", () => {
  const timed = (
    samples: number,
    ms: number,
    beside: number | null,
  ): Timed => ({
    config: configOf({ samples, hidden: [100] }),
    ...{ engine: "wasm", backend: "wasm", isHere: true },
    millisecondsPerStep: ms,
    secondsBeside: beside,
  });
  const of = (samples: number, steps: number) =>
    configOf({ samples, steps, hidden: [100] });
  assertEquals(estimates([])(0, of(1, 100)), null);
  const times = [timed(1, 10, 2), timed(25, 100, null)];
  assertAlmostEquals(estimates(times)(0, of(1, 1000))!, 12, 1e-9);
  assertAlmostEquals(estimates(times)(900, of(1, 1000))!, 3, 1e-9);
  assertAlmostEquals(estimates(times)(0, of(25, 1000))!, 102, 1e-9);
  // An hour of evaluations elsewhere says nothing of a run with others.
  const foreign = {
    ...timed(2, 20, 3600),
    config: { ...of(2, 1000), testSize: 7 },
  };
  assertAlmostEquals(estimates([foreign])(0, of(2, 1000))!, 20, 1e-9);
  // Encoder and decoder have 784 x 100 weights and a few more each.
  const between = estimates(times)(0, of(20, 1000))! - 2;
  assertAlmostEquals(between, 100 * (1 + 20) / (1 + 25), 0.1);
});

Deno.test("timesIn() reads made.json or run.json, of runs begun, too, and passes over the damaged", () =>
  withFolder(async (folder) => {
    const { engine, backend, git, toolkit, script, timing } = endedRun();
    const made = { engine, backend, git, toolkit, script, timing };
    const ms = {
      ...timing,
      millisecondsPerStep: 7,
      seconds: 9,
      resumedFrom: 0,
    };
    await write(`${folder}/a`);
    assertEquals(await timesIn(folder), []);
    await Deno.writeTextFile(
      `${folder}/a/made.json`,
      JSON.stringify({ ...made, timing: ms }),
    );
    await write(`${folder}/b.partial`, { status: "interrupted" });
    await Deno.copyFile(
      `${folder}/a/made.json`,
      `${folder}/b.partial/made.json`,
    );
    await Deno.mkdir(`${folder}/c`);
    await Deno.writeTextFile(`${folder}/c/run.json`, "{");
    // Times that git has are old: the benchmark's of the engine stand for them.
    const old = await (async () => {
      const { outputs: _, ...json } = runJson({
        ...{
          version: 2,
          timing: ms,
          engine: { name: "wasm", bits: "portable" },
        },
        config: { ...configOf({ steps: 10, hidden: [400], latentDim: 20 }) },
      });
      await Deno.mkdir(`${folder}/git/old`, { recursive: true });
      const text = JSON.stringify(json);
      await Deno.writeTextFile(`${folder}/git/old/run.json`, text);
      return (await timesIn(`${folder}/git`))[0]!;
    })();
    assertEquals(old.isHere, false);
    assertAlmostEquals(old.millisecondsPerStep, 5.54 * 4 / 128, 1e-9);
    const times = await timesIn(folder);
    assertEquals(times.map(({ millisecondsPerStep }) => millisecondsPerStep), [
      7,
      7,
    ]);
    assertAlmostEquals(times[0]!.secondsBeside!, 9 - 0.07, 1e-9);
    assertEquals(times[1]!.secondsBeside, null);
    assert(
      times.every(({ engine, isHere }) => engine === "reference" && isHere),
    );
  }));
