import { assert, assertEquals } from "@std/assert";
import { checkFolder, RunFolder } from "../../src/results/run_folder.ts";
import { readRunJson, type RunJson } from "../../src/results/run_json.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import { runJson } from "./run_json_example.ts";

const STEP = {
  step: 1,
  samples_seen: 10,
  elbo: -3,
  reconstruction: -2,
  kl: 1,
  learning_rate: 0.001,
};

/** Writes a run of one step, and ends it. */
async function write(
  path: string,
  status: RunJson["status"],
  seconds = 1,
): Promise<boolean> {
  const run = await RunFolder.create(path);
  await run.appendSteps([STEP]);
  const timing = { ...runJson().timing, seconds };
  return await run.close(runJson({ status, timing }));
}

Deno.test("RunFolder writes beside its place and moves there at the end", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/deep/run`;
    const run = await RunFolder.create(path);
    await run.appendSteps([STEP, { ...STEP, step: 2 }]);
    await run.appendEvaluation({ step: 2, elbo: -1.5, kl_1: 0.5 });
    await run.appendEvaluation({ step: 4, elbo: -1.25, kl_1: 0.5 });
    await run.writeFile("data.png", new Uint8Array([1, 2]));
    assertEquals(await filesBelow(folder), [
      "deep/run.partial/data.png",
      "deep/run.partial/eval.csv",
      "deep/run.partial/train.csv",
    ]);

    assertEquals(await run.close(runJson()), true);
    assertEquals(await filesBelow(folder), [
      ...["data.png", "eval.csv", "run.json", "train.csv"]
        .map((name) => `deep/run/${name}`),
    ]);
    assertEquals(
      await Deno.readTextFile(`${path}/train.csv`),
      "step,samples_seen,elbo,reconstruction,kl,learning_rate\n" +
        "1,10,-3,-2,1,0.001\n2,10,-3,-2,1,0.001\n",
    );
    assertEquals(
      await Deno.readTextFile(`${path}/eval.csv`),
      "step,elbo,kl_1\n2,-1.5,0.5\n4,-1.25,0.5\n",
    );
    assertEquals(await readRunJson(path), runJson());
  });
});

Deno.test("RunFolder replaces a run, but a finished one by no interrupted one", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    const replacements: [RunJson["status"], boolean][] = [
      ["interrupted", true],
      ["interrupted", true],
      ["finished", true],
      ["interrupted", false],
      ["finished", true],
      ["failed", true],
      ["interrupted", true],
    ];
    let kept = 0;
    for (const [i, [status, moves]] of replacements.entries()) {
      assertEquals(await write(path, status, i), moves, `${i}: ${status}`);
      if (moves) kept = i;
      assertEquals((await readRunJson(path))?.timing.seconds, kept);
      assertEquals([...Deno.readDirSync(folder)].length, 1);
    }
  });
});

Deno.test("RunFolder.discard() leaves nothing but the run from before", async () => {
  await withFolder(async (folder) => {
    await write(`${folder}/old`, "finished");
    for (const name of ["old", "new"]) {
      const run = await RunFolder.create(`${folder}/${name}`);
      await run.appendSteps([STEP]);
      await run.appendEvaluation({ step: 1 });
      await run.discard();
    }
    assertEquals(await filesBelow(folder), ["old/run.json", "old/train.csv"]);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("RunFolder.discard() works after close() has failed", async () => {
  await withFolder(async (folder) => {
    const run = await RunFolder.create(`${folder}/run`);
    // What stands in the place of the run can be read by nobody.
    await Deno.mkdir(`${folder}/run`);
    await Deno.writeTextFile(`${folder}/run/run.json`, "damaged");
    await assertUserError(() => run.close(runJson()), "run.json");
    await run.discard();
    assertEquals(await filesBelow(folder), ["run/run.json"]);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("RunFolder.create() clears what a killed run has left", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/run.partial/deep`, { recursive: true });
    await Deno.writeTextFile(`${folder}/run.partial/deep/torn`, "x");
    await write(`${folder}/run`, "finished");
    assertEquals(await filesBelow(folder), ["run/run.json", "run/train.csv"]);
  });
});

Deno.test("RunFolder.create() refuses a place that cannot be written", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "x");
    await assertUserError(
      () => RunFolder.create(`${folder}/file/run`),
      ...[`${folder}/file/run`, "--out"],
    );
    assertEquals(await filesBelow(folder), ["file"]);
  });
});

Deno.test("checkFolder() lets pass what is free, and a run of the same config", async () => {
  await withFolder(async (folder) => {
    const { config } = runJson();
    await checkFolder(`${folder}/none`, config);
    await Deno.mkdir(`${folder}/empty`);
    await checkFolder(`${folder}/empty`, config);
    await write(`${folder}/run`, "finished");
    const reordered = Object.fromEntries(Object.entries(config).toReversed());
    await checkFolder(`${folder}/run`, reordered);
  });
});

Deno.test("checkFolder() refuses anything else, and says what differs", async () => {
  await withFolder(async (folder) => {
    const { config } = runJson();
    const run = `${folder}/run`;
    await write(run, "finished");
    const changes: Record<string, unknown>[] = [
      { steps: 77 },
      { hidden: [3, 3] },
      { optimizer: { name: "sgd" } },
      { trainSize: 5 },
      { more: 1 },
      { steps: undefined },
    ];
    for (const change of changes) {
      const [key] = Object.keys(change);
      await assertUserError(
        () => checkFolder(run, { ...config, ...change }),
        ...[run, key!, "--out"],
      );
    }

    await Deno.mkdir(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other/notes.txt`, "x");
    await assertUserError(
      () => checkFolder(`${folder}/other`, config),
      ...[`${folder}/other`, "no run", "--out"],
    );
    const file = `${folder}/other/notes.txt`;
    for (const place of [file, `${file}/run`]) {
      await assertUserError(() => checkFolder(place, config), file, "--out");
    }
    assert((await Deno.stat(file)).isFile);
  });
});
