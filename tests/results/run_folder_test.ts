import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { identityOf } from "../../src/results/identity.ts";
import {
  checkFolder,
  isFinished,
  RunFolder,
} from "../../src/results/run_folder.ts";
import { cleanUp } from "../../src/results/run_place.ts";
import { addOutputs, hashOutputs } from "../../src/results/outputs.ts";
import {
  type EndedRun,
  readMade,
  readRunJson,
  type RunJson,
} from "../../src/results/run_json.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import { endedRun, runJson } from "./run_json_example.ts";

const STEP = {
  step: 1,
  samples_seen: 10,
  elbo: -3,
  reconstruction: -2,
  kl: 1,
  learning_rate: 0.001,
};

const CONFIG = { steps: 2 };

/** What makes the runs of `runJson`. */
const BY = {
  engine: { name: "reference", bits: "backend" },
  backend: "wasm",
} as const;

const open = (path: string, fresh = false) =>
  RunFolder.open(path, CONFIG, { fresh });

const arrays = [{ name: "a", shape: [], values: Float32Array.of(1) }];

/** Writes a run of one step, and ends it. */
async function write(
  path: string,
  status: RunJson["status"],
  seconds = 1,
): Promise<void> {
  const run = await open(path);
  await run.appendSteps([STEP]);
  await run.close(
    endedRun({ status, timing: { ...endedRun().timing, seconds } }),
  );
}

async function secondsOf(path: string): Promise<number | undefined> {
  const run = await readRunJson(path);
  return run === null ? undefined : (await readMade(path, run)).timing?.seconds;
}

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

    await run.close(endedRun());
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
    assertEquals(await readRunJson(path), runJson({ outputs }));
    assertEquals(await isFinished(path, 2, BY), true);
    assertEquals(await isFinished(path, 3, BY), false);
    assertEquals(await isFinished(path, 2, { ...BY, backend: "cpu" }), false);
    const engine = { name: "wasm", bits: "machine" } as const;
    assertEquals(await isFinished(path, 2, { ...BY, engine }), false);
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

Deno.test("a run that was begun anew is not finished, and goes on", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/run`;
    const begin = async (fresh: boolean) => {
      const run = await open(path, fresh);
      await run.appendSteps([STEP]);
      await run.appendCheckpoint({ step: 2, arrays });
      return run;
    };
    await (await begin(false)).close(endedRun());
    assertEquals(await isFinished(path, 2, BY), true);
    await (await begin(true)).abandon();
    assertEquals(await isFinished(path, 2, BY), false);
    const again = await open(path);
    assertEquals(again.resumed?.step, 2);
    await again.close(endedRun());
    assertEquals(await isFinished(path, 2, BY), true);
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

    // Of an earlier version
    const json = JSON.parse(await Deno.readTextFile(`${run}/run.json`));
    const blas = { library: "/a/lib.so", build: "1" };
    const engine = { name: "wasm", bits: "machine", fastMath: true, blas };
    await Deno.writeTextFile(
      `${run}/run.json`,
      JSON.stringify({ ...json, engine }),
    );
    await assertUserError(
      () => checkFolder(run, config),
      ...[run, "--fast-math --blas /a/lib.so", "--out"],
    );

    await Deno.mkdir(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other/notes.txt`, "x");
    await assertUserError(
      () => checkFolder(`${folder}/other`, config),
      ...[`${folder}/other`, "not a run", "--out"],
    );
    const file = `${folder}/other/notes.txt`;
    for (const place of [file, `${file}/run`]) {
      await assertUserError(() => checkFolder(place, config), file, "--out");
    }
    assert((await Deno.stat(file)).isFile);
  });
});

/** Writes a run, with these bytes of data.png, over the one that is there. */
async function repeat(
  path: string,
  picture: string,
  changes: Partial<EndedRun> = {},
): Promise<void> {
  const run = await open(path, true);
  await run.appendSteps([STEP]);
  await run.appendCheckpoint({ step: 1, arrays });
  await run.writeFile("data.png", picture);
  const patches = changes.git?.dirty
    ? { "source.patch": Uint8Array.of(1) }
    : {};
  await run.close(endedRun(changes), patches);
}

/** What a later commit has. */
const LATER = {
  git: { commit: "9".repeat(40), dirty: false, patchSha256: null },
  toolkit: { version: "0.1.0", sha256: "8".repeat(64) },
  command: "another",
  timing: { ...endedRun().timing, seconds: 99 },
} as const;

Deno.test("RunFolder keeps a record whose bytes come out again, and says what made them here", () =>
  withFolder(async (folder) => {
    const path = `${folder}/run`;
    await repeat(path, "abc");
    const first = await Deno.readTextFile(`${path}/run.json`);
    // An evaluation that came later is as true as before.
    await Deno.writeTextFile(`${path}/evaluation-k5.csv`, "late");
    await addOutputs(path, ["evaluation-k5.csv"], "");
    const record = await Deno.readTextFile(`${path}/run.json`);
    assertNotEquals(record, first);

    await repeat(path, "abc", LATER);
    assertEquals(await Deno.readTextFile(`${path}/run.json`), record);
    assertEquals(
      await Deno.readTextFile(`${path}/evaluation-k5.csv`),
      "late",
    );
    const run = (await readRunJson(path))!;
    const made = await readMade(path, run);
    assertEquals([made.git, made.timing], [LATER.git, LATER.timing]);

    // Other bytes, another script, or a record of changed source: a new one.
    const others: [string, Partial<EndedRun>][] = [
      ["abd", LATER],
      ["abd", { script: { ...endedRun().script, sha256: "7".repeat(64) } }],
      ["abd", { config: {} }],
    ];
    for (const [picture, changes] of others) {
      await repeat(path, picture, changes);
      const { timing: _, ...expected } = endedRun(changes);
      const outputs = await hashOutputs(path);
      assertEquals(await readRunJson(path), { ...expected, outputs });
    }
    const dirty = { git: { ...LATER.git, dirty: true } };
    await repeat(path, "abd", dirty);
    assert("source.patch" in await hashOutputs(path));
    await repeat(path, "abd");
    assertEquals((await readRunJson(path))!.git.dirty, false);
    const clean = await Deno.readTextFile(`${path}/run.json`);
    await repeat(path, "abd", dirty);
    assertEquals(await Deno.readTextFile(`${path}/run.json`), clean);
    assertEquals((await filesBelow(path)).includes("source.patch"), false);
  }));

Deno.test("checkFolder() refuses a run that another source finished here", () =>
  withFolder(async (folder) => {
    const path = `${folder}/run`;
    await repeat(path, "abc");
    const { config } = endedRun();
    const here = identityOf(endedRun());
    await checkFolder(path, config, here);
    for (const part of ["toolkit", "script"] as const) {
      await assertUserError(
        () => checkFolder(path, config, { ...here, [part]: "other" }),
        ...[path, `another ${part}`, "--fresh", "--out"],
      );
    }
    // What made it here counts, not who made these bytes first.
    await repeat(path, "abc", LATER);
    await checkFolder(path, config, identityOf(endedRun(LATER)));
    // From git, it has no checkpoint and is made again.
    await Deno.remove(`${path}/checkpoint-1.safetensors`);
    await checkFolder(path, config, here);
  }));

Deno.test("RunFolder copies what is no output of the repetition, and drops what is of another training", () =>
  withFolder(async (folder) => {
    const path = `${folder}/run`;
    const train = async (elbo: number, changes: Partial<EndedRun> = {}) => {
      const run = await open(path, true);
      await run.appendSteps([{ ...STEP, elbo }]);
      await run.appendCheckpoint({ step: 1, arrays });
      return await run.close(endedRun(changes));
    };
    await train(-3);
    await Deno.writeTextFile(`${path}/evaluation-k7.csv`, "late");
    await Deno.mkdir(`${path}/mine`);
    await Deno.writeTextFile(`${path}/mine/notes.txt`, "mine");
    await Deno.writeTextFile(`${path}/.hidden`, "mine");
    await Deno.writeTextFile(`${path}/model.safetensors`, "mine");
    const { outputs: _, ...old } = (await readRunJson(path))!;
    await Deno.writeTextFile(
      `${path}/run.json`,
      JSON.stringify({ ...old, version: 2 }),
    );
    const files = await filesBelow(path);
    assertEquals(files.length, 8);

    // A record of version 2 has no hashes; one of changed source is replaced.
    assertEquals(await train(-3), []);
    const dirty = { git: { ...LATER.git, dirty: true } };
    await Deno.writeTextFile(
      `${path}/run.json`,
      JSON.stringify({ ...old, ...dirty, version: 2 }),
    );
    assertEquals(await train(-3), []);
    assertEquals(await filesBelow(path), files);
    const recorded = (await readRunJson(path))!;
    assertEquals(Object.keys(recorded.outputs!), [
      "evaluation-k7.csv",
      "train.csv",
    ]);
    assertEquals(recorded.outputs, await hashOutputs(path));

    // What is not as it was recorded does not become so.
    await Deno.writeTextFile(`${path}/evaluation-k7.csv`, "other");
    const script = { ...endedRun().script, sha256: "7".repeat(64) };
    assertEquals(await train(-3, { script }), []);
    const again = (await readRunJson(path))!;
    assertEquals([again.outputs, again.script], [recorded.outputs, script]);
    assertEquals(
      await Deno.readTextFile(`${path}/evaluation-k7.csv`),
      "other",
    );

    assertEquals(await train(-4), [
      ...[".hidden", "evaluation-k7.csv", "mine", "model.safetensors"],
    ]);
    assertEquals(await filesBelow(path), [
      ...["checkpoint-1.safetensors", "made.json", "run.json", "train.csv"],
    ]);
  }));

Deno.test("a record stays only where the data and the script are at the same place", () =>
  withFolder(async (folder) => {
    const path = `${folder}/run`;
    const { data, script } = endedRun();
    const own = (path: string, files = ["t.csv"]) => ({
      data: { ...data, name: "t", path, files },
      command: `--data ${path}`,
    });
    const all: Partial<EndedRun>[] = [
      own("../t.csv"),
      own("../sub/t.csv"),
      own("../sub/t.csv", ["u.csv"]),
      { script: { ...script, path: "../s.ts" } },
      { script: { ...script, path: "../sub/s.ts" } },
    ];
    for (const changes of all) {
      await repeat(path, "abc", changes);
      const { data, script, command } = (await readRunJson(path))!;
      const ended = endedRun(changes);
      assertEquals(
        { data, script, command },
        { data: ended.data, script: ended.script, command: ended.command },
      );
    }
  }));
