import { assert, assertEquals } from "@std/assert";
import { isFinished, RunFolder } from "../../src/results/run_folder.ts";
import { cleanUp, discardPartial } from "../../src/results/run_place.ts";
import { hashOutputs } from "../../src/results/outputs.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import { endedRun, runJson } from "./run_json_example.ts";
import { arrays, BY, open, secondsOf, STEP, write } from "./run_folders.ts";

/** A run of two steps. */
const OF_TWO = { config: { ...endedRun().config, steps: 2 } };

Deno.test("RunFolder writes beside its place and moves there at the end", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/deep/run`;
    const run = await open(path);
    await run.appendSteps([STEP, { ...STEP, step: 2 }]);
    await run.appendEvaluation({ step: 2, elbo: -1.5, kl_1: 0.5 });
    await run.appendEvaluation({ step: 4, elbo: -1.25, kl_1: 0.5 });
    await run.writeFile("data.png", new Uint8Array([1, 2]));
    for (const step of [1, 2]) await run.appendCheckpoint({ step, arrays });
    assertEquals(
      await filesBelow(folder),
      [
        ".run.lock",
        ...[
          "checkpoint-1.safetensors",
          "checkpoint-2.safetensors",
          "data.png",
          "eval.csv",
          "train.csv",
        ].map((name) => `run.partial/${name}`),
      ].map((path) => `deep/${path}`),
    );

    await run.close(endedRun(OF_TWO));
    assertEquals(
      await filesBelow(folder),
      [
        "checkpoint-2.safetensors",
        "data.png",
        "eval.csv",
        "made.json",
        "run.json",
        "train.csv",
      ].map((name) => `deep/run/${name}`),
    );
    assertEquals(
      await Deno.readTextFile(`${path}/train.csv`),
      "step,samples_seen,elbo,reconstruction,kl,learning_rate\n" +
        "1,10,-3,-2,1,0.001\n2,10,-3,-2,1,0.001\n",
    );
    assertEquals(
      await Deno.readTextFile(`${path}/eval.csv`),
      "step,elbo,kl_1\n2,-1.5,0.5\n4,-1.25,0.5\n",
    );
    const outputs = await hashOutputs(path);
    assertEquals(await readRunJson(path), runJson({ outputs, ...OF_TWO }));
    assertEquals(await isFinished(path, BY), true);
    assertEquals(await isFinished(path, { ...BY, backend: "cpu" }), false);
    const engine = { name: "wasm", bits: "machine" } as const;
    assertEquals(await isFinished(path, { ...BY, engine }), false);
  });
});

Deno.test("RunFolder replaces a run by one that ended, never by one that was interrupted", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    await write(path, "interrupted", 1);
    assertEquals(await secondsOf(path), undefined);
    assertEquals(await secondsOf(`${path}.partial`), 1);
    await write(path, "finished", 2);
    await write(path, "interrupted", 3);
    assertEquals(await secondsOf(path), 2);
    await write(path, "failed", 4);
    assertEquals(await secondsOf(path), 4);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("RunFolder.open() goes on from the checkpoint, without what came after", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    const run = await open(path);
    await run.appendSteps([STEP]);
    await run.appendEvaluation({ step: 1, elbo: -1 });
    await run.appendCheckpoint({ step: 1, arrays });
    await run.appendSteps([{ ...STEP, step: 2 }]);
    await run.appendEvaluation({ step: 2, elbo: -2 });
    await run.abandon();
    // A kill in the midst of writes: a torn row, and a torn file.
    const train = `${path}.partial/train.csv`;
    await Deno.writeTextFile(train, "3,30,-1", { append: true });
    await Deno.writeTextFile(`${path}.partial/x.png.partial`, "torn");

    const again = await open(path);
    assertEquals(again.resumed?.step, 1);
    assertEquals(again.resumed?.arrays, arrays);
    await again.appendSteps([{ ...STEP, step: 2, kl: 7 }]);
    await again.appendEvaluation({ step: 2, elbo: -7 });
    await again.close(endedRun());
    assertEquals(
      (await Deno.readTextFile(`${path}/train.csv`)).split("\n").slice(1),
      ["1,10,-3,-2,1,0.001", "2,10,-3,-2,7,0.001", ""],
    );
    assertEquals(
      await Deno.readTextFile(`${path}/eval.csv`),
      "step,elbo\n1,-1\n2,-7\n",
    );
    assertEquals(
      await filesBelow(path),
      [
        "checkpoint-1.safetensors",
        "eval.csv",
        "made.json",
        "run.json",
        "train.csv",
      ],
    );
  });
});

Deno.test("RunFolder.open() refuses CSV files that lack what the checkpoint covers", async () => {
  for (const name of ["train.csv", "eval.csv"]) {
    await withFolder(async (folder) => {
      const run = await open(`${folder}/run`);
      await run.appendSteps([STEP]);
      await run.appendEvaluation({ step: 1, elbo: -1 });
      await run.appendCheckpoint({ step: 1, arrays });
      await run.abandon();
      const path = `${folder}/run.partial/${name}`;
      await Deno.truncate(path, (await Deno.stat(path)).size - 1);
      await assertUserError(() => open(`${folder}/run`), path, "--fresh");
      await Deno.remove(path);
      await assertUserError(() => open(`${folder}/run`), path, "--fresh");
    });
  }
});

Deno.test("RunFolder.open() starts over where it is told to, and refuses another config", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    const run = await open(path);
    await run.appendSteps([STEP]);
    await run.appendCheckpoint({ step: 1, arrays });
    await run.abandon();
    await assertUserError(
      () => RunFolder.open(path, { steps: 3 }, { fresh: false }),
      ...["checkpoint-1", "another steps (2, now 3)", "--fresh"],
    );
    const fresh = await open(path, true);
    assertEquals(fresh.resumed, null);
    await fresh.close(endedRun());
    assertEquals(await filesBelow(path), [
      "made.json",
      "run.json",
      "train.csv",
    ]);
  });
});

Deno.test("RunFolder.open() refuses a run that is being written", async () => {
  await withFolder(async (folder) => {
    const run = await open(`${folder}/run`);
    await assertUserError(
      () => open(`${folder}/run`),
      ...[`${folder}/run is`, `process ${Deno.pid}`, "--out"],
    );
    await run.appendSteps([STEP]);
    await run.close(endedRun());
    assertEquals(await filesBelow(folder), [
      "run/made.json",
      "run/run.json",
      "run/train.csv",
    ]);
  });
});

Deno.test("RunFolder.abandon() leaves the run from before, and what a checkpoint covers", async () => {
  await withFolder(async (folder) => {
    await write(`${folder}/old`, "finished");
    for (const name of ["old", "new"]) {
      const run = await open(`${folder}/${name}`);
      await run.appendSteps([STEP]);
      await run.appendEvaluation({ step: 1 });
      await run.abandon();
    }
    assertEquals(await filesBelow(folder), [
      "old/made.json",
      "old/run.json",
      "old/train.csv",
    ]);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("RunFolder.open() clears what a killed run has left", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/run.partial/deep`, { recursive: true });
    await Deno.writeTextFile(`${folder}/run.partial/deep/torn`, "x");
    await write(`${folder}/run`, "finished");
    assertEquals(await filesBelow(folder), [
      "run/made.json",
      "run/run.json",
      "run/train.csv",
    ]);
  });
});

Deno.test("RunFolder.open() finds whole what was killed in the midst of a replacement", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    const unfinished = async () => {
      const run = await open(path);
      await run.appendSteps([STEP]);
      await run.appendCheckpoint({ step: 1, arrays });
      return run;
    };
    // Before the second rename, with nothing to go on from.
    await write(path, "finished", 5);
    await Deno.rename(path, `${path}.old.partial`);
    await Deno.mkdir(`${path}.partial`);
    await Deno.writeTextFile(`${folder}/.run.lock`, "1\n");
    await cleanUp(path);
    assertEquals([...Deno.readDirSync(folder)].map((e) => e.name), ["run"]);
    assertEquals(await secondsOf(path), 5);

    // Before the second rename, and after it.
    await (await unfinished()).abandon();
    await Deno.rename(path, `${path}.old.partial`);
    const again = await open(path);
    assertEquals([again.resumed?.step, await secondsOf(path)], [1, 5]);
    await Deno.mkdir(`${path}.old.partial`);
    await again.close(endedRun());
    await Deno.mkdir(`${path}.old.partial`);
    await (await unfinished()).close(endedRun());
    assertEquals([...Deno.readDirSync(folder)].map((e) => e.name), ["run"]);
  });
});

Deno.test("discardPartial(), cut short anywhere, leaves no checkpoint without its rows", async () => {
  const { remove } = Deno;
  for (const calls of [0, 1, 2, 3]) {
    await withFolder(async (folder) => {
      const path = `${folder}/run`;
      const run = await open(path);
      for (const step of [1, 2]) {
        await run.appendSteps([{ ...STEP, step }]);
        await run.appendCheckpoint({ step, arrays });
      }
      await run.abandon();
      let left = calls;
      Deno.remove = async (path) => {
        // What is in a folder goes one by one, in any order: here, rows first.
        if ((await Deno.lstat(path)).isDirectory) {
          const names = [...Deno.readDirSync(path)].map(({ name }) => name);
          for (const name of names.sort().reverse()) {
            await Deno.remove(`${path}/${name}`);
          }
        }
        if (left === 0) throw new Error("killed");
        left -= 1;
        await remove(path);
      };
      try {
        await discardPartial(path).catch(() => {});
      } finally {
        Deno.remove = remove;
      }
      const names = await filesBelow(folder);
      assert(
        names.includes("run.partial/train.csv") ||
          !names.some((name) => name.includes("checkpoint")),
        names.join(),
      );
    });
  }
});

Deno.test("a run that was begun anew is not finished, and goes on", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    const begin = async (fresh: boolean) => {
      const run = await open(path, fresh);
      await run.appendSteps([STEP]);
      await run.appendCheckpoint({ step: 2, arrays });
      return run;
    };
    await (await begin(false)).close(endedRun(OF_TWO));
    assertEquals(await isFinished(path, BY), true);
    await (await begin(true)).abandon();
    assertEquals(await isFinished(path, BY), false);
    const again = await open(path);
    assertEquals(again.resumed?.step, 2);
    await again.close(endedRun(OF_TWO));
    // As a process leaves it that died while it took the old run's place.
    await Deno.mkdir(`${path}.old.partial`);
    await Deno.mkdir(`${path}.partial`);
    await Deno.writeTextFile(`${folder}/.run.lock`, "1\n");
    assertEquals(await isFinished(path, BY), true);
    assertEquals([...Deno.readDirSync(folder)].map((e) => e.name), ["run"]);
  });
});

Deno.test("RunFolder.open() gives a run to one of several, over a dead one's lock", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    await Deno.writeTextFile(`${folder}/.run.lock`, "1\n");
    const all = await Promise.allSettled([1, 2, 3].map(() => open(path)));
    const opened = all.filter((one) => one.status === "fulfilled");
    assertEquals(opened.length, 1);
    await opened[0]!.value.abandon();
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("RunFolder.close() holds the lock until the run is in its place", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    const run = await open(path);
    await run.appendSteps([STEP]);
    await run.appendCheckpoint({ step: 2, arrays });
    const { rename } = Deno;
    let refused = 0;
    Deno.rename = async (from, to) => {
      if (to === path) {
        await assertUserError(() => open(path), "is being written by");
        refused += 1;
      }
      await rename(from, to);
    };
    try {
      await run.close(endedRun(OF_TWO));
    } finally {
      Deno.rename = rename;
    }
    assertEquals(refused, 1);
  });
});

Deno.test("links in the place of a lock or a partial folder are not followed", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    await Deno.mkdir(`${folder}/mine`);
    await Deno.writeTextFile(`${folder}/mine/checkpoint-1.safetensors`, "x");
    await Deno.symlink("mine", `${path}.partial`);
    await Deno.symlink("mine", `${path}.old.partial`);
    await write(path, "finished");
    assertEquals(
      await filesBelow(folder),
      [
        "mine/checkpoint-1.safetensors",
        "run/made.json",
        "run/run.json",
        "run/train.csv",
      ],
    );
    await Deno.writeTextFile(`${folder}/mine/text`, "x");
    await Deno.symlink("mine/text", `${folder}/.run.lock`);
    await assertUserError(() => open(path), `${folder}/.run.lock`, "remove it");
    assertEquals(await Deno.readTextFile(`${folder}/mine/text`), "x");
  });
});

Deno.test("RunFolder.open() refuses a place that cannot be written", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "x");
    await assertUserError(
      () => open(`${folder}/file/run`),
      ...[`${folder}/file/run`, "--out"],
    );
    assertEquals(await filesBelow(folder), ["file"]);
  });
});
