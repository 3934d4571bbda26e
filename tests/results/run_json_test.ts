import { assertEquals, assertThrows } from "@std/assert";
import {
  lockSha256,
  sourceState,
  versions,
} from "../../src/results/provenance.ts";
import {
  type MadeJson,
  readMade,
  readRunJson,
  RUN_JSON_VERSION,
  runJsonSchema,
} from "../../src/results/run_json.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { endedRun, runJson } from "./run_json_example.ts";

Deno.test("readRunJson() reads back what was written, and null where there is none", async () => {
  await withFolder(async (folder) => {
    assertEquals(await readRunJson(folder), null);
    assertEquals(await readRunJson(`${folder}/none`), null);
    const json = runJson();
    await Deno.writeTextFile(`${folder}/run.json`, JSON.stringify(json));
    assertEquals(await readRunJson(folder), json);
  });
});

Deno.test("readRunJson() refuses a damaged file, and one of another version", async () => {
  await withFolder(async (folder) => {
    const text = JSON.stringify(runJson());
    const { status: _, ...without } = runJson();
    const damaged = [
      ...["", "[]", "null", text.slice(0, -1), `${text}x`, "\0\0\0"],
      JSON.stringify({ ...runJson(), version: RUN_JSON_VERSION + 1 }),
      JSON.stringify({ ...runJson(), status: "done" }),
      JSON.stringify({ ...runJson(), more: 1 }),
      JSON.stringify(without),
    ];
    for (const content of damaged) {
      await Deno.writeTextFile(`${folder}/run.json`, content);
      await assertUserError(
        () => readRunJson(folder),
        ...[`${folder}/run.json`, "remove", "--out"],
      );
    }
  });
});

Deno.test("readMade() takes a record without times, which run.json may lack, too", () =>
  withFolder(async (folder) => {
    const { engine, backend, git, toolkit, script } = endedRun();
    const made = { engine, backend, git, toolkit, script };
    await Deno.writeTextFile(`${folder}/made.json`, JSON.stringify(made));
    assertEquals(await readMade(folder, runJson()), made as MadeJson);
  }));

Deno.test("runJsonSchema asks for all that a run was, and nothing else", () => {
  const without = (keys: readonly string[]) =>
    Object.fromEntries(
      Object.entries(runJson()).filter(([name]) => !keys.includes(name)),
    );
  // Records of earlier versions do not have these.
  const late = ["toolkit", "script"];
  for (const key of Object.keys(without(late))) {
    assertThrows(() => runJsonSchema.parse(without([key])), Error);
  }
  assertEquals(runJsonSchema.parse(without(late)), without(late));
  assertEquals(runJsonSchema.parse(runJson()), runJson());
});

Deno.test("versions() and sourceState() are what run.json asks for", async () => {
  const { git, toolkit, script } = await sourceState();
  const json = {
    ...runJson({ versions: versions(), git, toolkit, script }),
    lockSha256: await lockSha256(),
  };
  assertEquals(runJsonSchema.parse(json), json);
  assertEquals(json.versions.deno, Deno.version.deno);
});
