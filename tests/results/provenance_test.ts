import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { pathToFileURL } from "node:url";
import { UserError } from "../../src/errors.ts";
import { filesFrom, loadsComputed } from "../../src/results/loaded.ts";
import { identityOf } from "../../src/results/identity.ts";
import {
  checkClean,
  type Source,
  sourceState,
} from "../../src/results/provenance.ts";
import { commit, git, init } from "../compare/results.ts";
import { assertUserError, filesBelow, withFolder } from "../data/helpers.ts";
import { exists, ROOT } from "../experiments/command.ts";

/** A toolkit with an experiment, and what is none of its modules. */
const TOOLKIT = {
  "mod.ts": 'export * from "./src/a.ts";\n',
  "src/a.ts": 'new URL("./a.wasm", import.meta.url);\n',
  "src/a.wasm": "\0asm",
  "src/unused.ts": "1;\n",
  "src/README.md": "text\n",
  "deno.json": "{}",
  "experiments/e.ts": 'import "../mod.ts";\nimport "./part.ts";\n',
  "experiments/part.ts": "1;\n",
};

async function write(folder: string, files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    const whole = `${folder}/${path}`;
    await Deno.mkdir(whole.slice(0, whole.lastIndexOf("/")), {
      recursive: true,
    });
    await Deno.writeTextFile(whole, text);
  }
}

/** Runs with a committed toolkit, and a function that looks at a script. */
async function withToolkit(
  test: (
    root: string,
    stateOf: (script?: string) => Promise<Source>,
  ) => Promise<void>,
) {
  await withFolder(async (folder) => {
    const root = `${await Deno.realPath(folder)}/lab`;
    await write(root, TOOLKIT);
    await init(root);
    await commit(root, "one");
    await test(
      root,
      (script = `${root}/experiments/e.ts`) =>
        sourceState(pathToFileURL(script).href, root),
    );
  });
}

const textOf = (bytes: Uint8Array | undefined) =>
  new TextDecoder().decode(bytes);

/** The files of a patch. */
const filesOf = (patch: Uint8Array | undefined) =>
  [...textOf(patch).matchAll(/^diff --git a\/(.*) b/gm)].map(([, file]) =>
    file
  );

Deno.test("filesFrom() has every module that Deno loads, and those of workers", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "mod.ts"],
    cwd: ROOT,
  }).output();
  const { modules }: { modules: { specifier: string }[] } = JSON.parse(
    textOf(stdout),
  );
  const known = modules.map(({ specifier }) => specifier)
    .filter((url) => url.startsWith("file:"));
  const files = [...filesFrom(`${ROOT}mod.ts`).keys()]
    .map((path) => pathToFileURL(path).href);
  assertEquals(known.filter((url) => !files.includes(url)), []);
  for (const name of ["engine.wasm", "worker.ts"]) {
    assert(files.some((url) => url.endsWith(`/engine/wasm/${name}`)), name);
  }
  assert(files.every((url) => url.startsWith(pathToFileURL(ROOT).href)));
});

Deno.test({
  name: "sourceState() runs no program that a repository names",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withToolkit(async (root, stateOf) => {
      const programs = `${root}/../programs`;
      const ran = `${root}/../ran`;
      const names = ["monitor", "post-index-change", "reference-transaction"];
      for (const name of names) {
        await write(programs, { [name]: `#!/bin/sh\ntouch '${ran}'\n` });
        await Deno.chmod(`${programs}/${name}`, 0o755);
      }
      await git(root, "config", "core.fsmonitor", `${programs}/monitor`);
      await git(root, "config", "core.hooksPath", programs);
      await write(root, { "experiments/part.ts": "2;\n" });
      const state = await stateOf();
      assertEquals(Object.keys(state.patches), ["source.patch"]);
      assertEquals(await exists(ran), false);
    }),
});

Deno.test("sourceState() sees what is loaded, and passes over all else", () =>
  withToolkit(async (root, stateOf) => {
    const before = await stateOf();
    assertEquals(before.git.dirty, false);
    assertEquals(before.script.name, "experiments/e.ts");
    assertEquals(before.patches, {});
    checkClean(before);

    const others = { "src/README.md": "x", "src/unused.ts": "2;\n" };
    await write(root, others);
    assertEquals(await stateOf(), before);

    const changes = [["src/a.ts", "toolkit"], [
      "src/a.wasm",
      "toolkit",
    ]] as const;
    for (
      const [path, part] of [...changes, [
        "experiments/part.ts",
        "script",
      ]] as const
    ) {
      await write(root, { [path]: "3;\n" });
      const changed = await stateOf();
      assertEquals(changed.git.dirty, true);
      assertEquals(filesOf(changed.patches["source.patch"]), [path]);
      assertNotEquals(identityOf(changed)[part], identityOf(before)[part]);
      assertEquals(changed.script.dirty, part === "script");
      assertThrows(() => checkClean(changed), UserError, "differs");
      await write(root, TOOLKIT);
    }
    assertEquals(identityOf(await stateOf()), identityOf(before));
  }));

Deno.test("sourceState() looks at files that git was told not to look at", () =>
  withToolkit(async (root, stateOf) => {
    const mine = `${root}/experiments/mine.ts`;
    await git(root, "config", "status.showUntrackedFiles", "no");
    await write(root, { ".gitignore": "mine.ts\n" });
    await git(root, "add", ".gitignore");
    await git(root, "commit", "--quiet", "-m", "ignore");
    await Deno.writeTextFile(mine, 'import "../mod.ts";\n');
    const objects = await filesBelow(`${root}/.git`);
    const untracked = await stateOf(mine);
    assertEquals([untracked.git.dirty, untracked.script.dirty], [true, true]);
    assertEquals(filesOf(untracked.patches["source.patch"]), [
      "experiments/mine.ts",
    ]);
    assertThrows(() => checkClean(untracked), UserError, "differs");
    // The patch was made without a trace in the repository.
    assertEquals(await filesBelow(`${root}/.git`), objects);

    for (const how of ["assume-unchanged", "skip-worktree"]) {
      await git(root, "update-index", `--${how}`, "src/a.ts");
      await write(root, { "src/a.ts": "3;\n" });
      assertEquals((await stateOf()).git.dirty, true, how);
      await git(root, "update-index", `--no-${how}`, "src/a.ts");
      await git(root, "checkout", "--quiet", "src/a.ts");
    }
    // Line ends that git converts are no change.
    await git(root, "config", "core.autocrlf", "true");
    await write(root, {
      "src/a.ts": TOOLKIT["src/a.ts"].replace("\n", "\r\n"),
    });
    assertEquals((await stateOf()).git.dirty, false);

    // A filter may hide from git how a file differs.
    await git(root, "config", "core.autocrlf", "false");
    await git(root, "config", "filter.same.clean", "git show HEAD:src/a.ts");
    await write(root, {
      ".git/info/attributes": "src/a.ts filter=same\n",
      "src/a.ts": "3;\n",
    });
    const hidden = await stateOf();
    assertEquals(hidden.git.dirty, true);
    assertThrows(() => checkClean(hidden), UserError, "differs");
  }));

Deno.test("sourceState() finds modules that a URL names without a dot", () =>
  withToolkit(async (root, stateOf) => {
    await write(root, {
      "experiments/u.ts":
        'import "../mod.ts";\nnew URL("helper.ts", import.meta.url);\n',
      "experiments/helper.ts": "1;\n",
    });
    const script = `${root}/experiments/u.ts`;
    await git(root, "add", "experiments");
    await git(root, "commit", "--quiet", "-m", "more");
    const before = await stateOf(script);
    assertEquals(before.git.dirty, false);
    await write(root, { "experiments/helper.ts": "2;\n" });
    const changed = await stateOf(script);
    assertEquals(changed.git.dirty, true);
    assertNotEquals(identityOf(changed).script, identityOf(before).script);
  }));

Deno.test("sourceState() knows no commit of a repository that lies around", () =>
  withToolkit(async (root) => {
    const copy = `${root}/vendor/lab`;
    await write(copy, TOOLKIT);
    const script = pathToFileURL(`${copy}/experiments/e.ts`).href;
    const source = await sourceState(script, copy);
    const none = { commit: null, dirty: null, patchSha256: null };
    assertEquals(source.git, none);
    assertThrows(() => checkClean(source), UserError, "in no git repository");
  }));

Deno.test("sourceState() keeps a script's repository apart from the toolkit's", () =>
  withToolkit(async (root, stateOf) => {
    const own = `${root}/../paper`;
    await write(own, { "e.ts": 'import "../lab/mod.ts";\n', "z.ts": "1;\n" });
    const outside = await stateOf(`${own}/e.ts`);
    assertEquals([outside.git.dirty, outside.script.commit], [false, null]);
    assertEquals(outside.script.name, "e.ts");
    assertThrows(() => checkClean(outside), UserError, "script e.ts");
    // In no repository, it is kept beside its results.
    const copy = `${root}/../copy`;
    await init(copy);
    await Deno.writeFile(`${copy}/patch`, outside.patches["script.patch"]!);
    await git(copy, "apply", "patch");
    assertEquals(
      await Deno.readTextFile(`${copy}/e.ts`),
      await Deno.readTextFile(`${own}/e.ts`),
    );

    await init(own);
    await git(own, "remote", "add", "origin", "https://me:se@cret@host/p.git");
    await commit(own, "one");
    const { git: { commit: toolkits }, script } = await stateOf(`${own}/e.ts`);
    assertEquals([script.dirty, script.repository], [
      false,
      "https://host/p.git",
    ]);
    assertNotEquals(script.commit, toolkits);
    await write(own, { "e.ts": 'import "../lab/mod.ts";\n1;\n' });
    const changed = await stateOf(`${own}/e.ts`);
    assertEquals([changed.git.dirty, changed.script.dirty], [false, true]);
    assertEquals(Object.keys(changed.patches), ["script.patch"]);
    assertEquals(changed.script.sha256, identityOf(changed).script);
  }));

Deno.test("loadsComputed() finds modules and workers whose names are made as it runs", () => {
  const computed = [
    "await import(name);",
    'import("./" + name)',
    "import(`./${name}.ts`)",
    "import(/* one of them */ name)",
    "const x = () => import(\n  NAMES[0],\n);",
    "new Worker(url, { type: 'module' })",
    "new Worker(new URL(name, import.meta.url))",
    'new Worker(new URL("./w.ts", base).href)',
    "new Worker(import.meta.resolve(name))",
  ];
  const named = [
    'import { a } from "./a.ts";',
    'await import("./a.ts");',
    'import("./a.json", { with: { type: "json" } })',
    "import(`./a.ts`)",
    'type A = import("./a.ts").A;',
    'new Worker(new URL("./w.ts", import.meta.url).href, {})',
    'new Worker(import.meta.resolve("./w.ts"))',
    "// import(name)",
    "/* new Worker(url) */",
    '"import(name)"',
    "`new Worker(url)`",
    "table.import(name); reimport(name);",
    "import.meta.url",
  ];
  const bytes = (text: string) => new TextEncoder().encode(text);
  const found = [...computed, ...named]
    .filter((text) => loadsComputed("/e.ts", bytes(text)));
  assertEquals(found, computed);
  assertEquals(loadsComputed("/e.json", bytes(computed[0]!)), false);
});

Deno.test("sourceState() calls no source clean of which it cannot know all", () =>
  withToolkit(async (root, stateOf) => {
    assertEquals((await stateOf()).loadsComputed, false);
    await write(root, { "experiments/part.ts": "await import(name);\n" });
    await commit(root, "two");
    const { commit: head } = (await stateOf()).git;
    const within = await stateOf();
    assert(within.loadsComputed);
    assertEquals(within.git, {
      commit: head,
      dirty: null,
      patchSha256: null,
    });
    assertEquals(within.script.dirty, null);
    assertThrows(() => checkClean(within), UserError, "in quotes");
    // A change that is seen is one.
    await write(root, { "src/a.ts": "3;\n" });
    const changed = await stateOf();
    assertEquals([changed.git.dirty, changed.script.dirty], [true, null]);

    const own = `${root}/../paper`;
    await write(own, { "e.ts": "new Worker(url);\n" });
    await init(own);
    await commit(own, "one");
    const { git, script } = await stateOf(`${own}/e.ts`);
    assertEquals([git.dirty, script.dirty], [true, null]);
  }));

Deno.test("sourceState() needs no git, and refuses a script that is no file", () =>
  withFolder(async (root) => {
    await write(root, TOOLKIT);
    const script = pathToFileURL(`${root}/experiments/e.ts`).href;
    const before = await sourceState(script, root);
    assertEquals(before.git.commit, null);
    await write(root, { "src/a.ts": "3;\n" });
    const after = await sourceState(script, root);
    assertNotEquals(identityOf(after).toolkit, identityOf(before).toolkit);
    assertEquals(identityOf(after).script, identityOf(before).script);
    await assertUserError(
      () => sourceState("file:///nowhere/$deno$stdin.mts", root),
      "no file",
    );
    const { toolkit, script: there } = await sourceState(
      "https://host/e.ts",
      null,
    );
    assertEquals([toolkit.sha256, there.sha256], [null, null]);
  }));
