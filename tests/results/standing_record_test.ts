import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { addOutputs, hashOutputs } from "../../src/results/outputs.ts";
import {
  type EndedRun,
  readMade,
  readRunJson,
} from "../../src/results/run_json.ts";
import { filesBelow, withFolder } from "../data/helpers.ts";
import { endedRun } from "./run_json_example.ts";
import { arrays, LATER, open, repeat, STEP } from "./run_folders.ts";

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
