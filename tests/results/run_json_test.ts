import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  lockSha256,
  sourceState,
  versions,
} from "../../src/results/provenance.ts";
import {
  readRunJson,
  RUN_JSON_VERSION,
  runJsonSchema,
} from "../../src/results/run_json.ts";
import { commit, init } from "../compare/results.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { runJson } from "./run_json_example.ts";

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

Deno.test("runJsonSchema asks for all that a run was, and nothing else", () => {
  for (const key of Object.keys(runJson())) {
    const rest = Object.entries(runJson()).filter(([name]) => name !== key);
    assertThrows(() => runJsonSchema.parse(Object.fromEntries(rest)), Error);
  }
  assertEquals(runJsonSchema.parse(runJson()), runJson());
});

Deno.test("versions() and sourceState() are what run.json asks for", async () => {
  const { git } = await sourceState();
  const json = {
    ...runJson({ versions: versions(), git }),
    lockSha256: await lockSha256(),
  };
  assertEquals(runJsonSchema.parse(json), json);
  assertEquals(json.versions.deno, Deno.version.deno);
});

Deno.test("sourceState() sees changed code, and passes over documents", () =>
  withFolder(async (root) => {
    const write = (path: string, text: string) =>
      Deno.writeTextFile(`${root}/${path}`, text);
    await init(root);
    await Deno.mkdir(`${root}/src`);
    await Deno.mkdir(`${root}/experiments`);
    for (const path of ["mod.ts", "deno.json", "deno.lock"]) {
      await write(path, "");
    }
    await write("experiments/e.ts", "");
    await write("src/a.ts", "1;\n");
    await write("src/README.md", "text\n");
    await commit(root, "one");
    const before = await sourceState(root);

    await write("src/README.md", "another text\n");
    assertEquals(await sourceState(root), before);
    await commit(root, "two");
    const { git, contentSha256 } = await sourceState(root);
    assertEquals([git.dirty, contentSha256], [false, before.contentSha256]);

    await write("src/a.ts", "2;\n");
    await write("src/README.md", "a third text\n");
    const changed = await sourceState(root);
    assertEquals(changed.git.dirty, true);
    assertNotEquals(changed.contentSha256, before.contentSha256);
    const patch = new TextDecoder().decode(changed.patch!);
    assertEquals([...patch.matchAll(/^\+\+\+ (.*)$/gm)].map(([, f]) => f), [
      "b/src/a.ts",
    ]);
  }));
