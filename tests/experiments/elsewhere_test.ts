/** A project of a user's own, with this one as the package that it publishes. */

import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { dirname, join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { templateOf } from "../../src/cli/new.ts";
import { readRunJson } from "../../src/results/run_json.ts";
import { withFolder } from "../data/helpers.ts";
import { packedFiles } from "../packed_files.ts";
import { notebookScript } from "./notebook_cells.ts";
import {
  assertMistake,
  type Outcome,
  ROOT,
  runTask,
  words,
} from "./command.ts";

/** Copies all that the package has. */
async function copyPackage(to: string): Promise<void> {
  for (const file of await packedFiles()) {
    await Deno.mkdir(join(to, dirname(file)), { recursive: true });
    await Deno.copyFile(join(ROOT, file), join(to, file));
  }
}

/** Runs a command of `deno run` in a folder. */
async function runIn(cwd: string, args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

const TINY = words(
  "--sweep batch-size=5,10 --steps 3 --hidden 4 --train-size 30 --test-size 10 " +
    "--final-k 3 --final-rows 4 --jobs 2 --quiet",
);

/** The first of its runs, with all that is not as the experiment has it. */
const NAME =
  "glyphs-z10-L1-steps3-train30-test10-hidden4-batch5-finalk3-finalrows4-seed1";

Deno.test("a project elsewhere gets a script that is checked, runs, and is evaluated, compared and made again", () =>
  withFolder(async (folder) => {
    const [toolkit, mine] = [
      join(folder, "toolkit"),
      join(folder, "my project"),
    ];
    await copyPackage(toolkit);
    const written = await runIn(folder, [
      ...["-A", "toolkit/src/cli/new.ts", "batch-size", "--in", "my project"],
    ]);
    assertEquals([written.code, written.stderr], [0, ""]);
    const [, command = ""] = /^ {2}deno run -A (.*)$/m.exec(written.stdout) ??
      [];
    assertEquals(command, "'my project/batch_size.ts'");
    assertEquals(
      await Deno.readTextFile(join(mine, "batch_size.ts")),
      templateOf("batch-size"),
    );

    // Types, too, as the compiler has them where nothing is asked of it; and
    // those of the notebook, which costs no second check of the toolkit's.
    await Deno.writeTextFile(join(mine, "lesson.ts"), await notebookScript());
    const checked = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "batch_size.ts", "lesson.ts"],
      cwd: mine,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(new TextDecoder().decode(checked.stderr), "");
    assertEquals(checked.code, 0);
    const script = (...args: string[]) =>
      runIn(mine, ["-A", "--quiet", "batch_size.ts", ...args]);
    const out = "results here";
    const trained = await runIn(mine, [
      ...["-A", "--quiet", "batch_size.ts", ...TINY, "--out", out],
    ]);
    assertEquals(trained, { code: 0, stdout: "", stderr: "" });
    const run = `batch-size/${NAME}`;
    assertEquals(
      (await readRunJson(join(mine, out, run)))!.engine.name,
      "wasm",
    );

    const evaluated = await script(
      ...["evaluate", `${out}/${run}`],
      ...words("--k 4 --rows 5 --quiet"),
    );
    assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
    assertStringIncludes(evaluated.stdout, "evaluation-k4-n5.csv");

    const reproduced = await script(
      ...["reproduce", "--results", out, "--run", "*-batch5-*"],
    );
    assertEquals(reproduced.code, 0, reproduced.stdout);
    assertMatch(
      reproduced.stdout,
      new RegExp(`^batch-size/${NAME} +identical$`, "m"),
    );

    const compared = await script("diff", out, out);
    assertEquals(compared.code, 0, compared.stderr);
    assertStringIncludes(compared.stdout, `${run}  identical`);
  }));

/** Serves the package, as a registry does. */
async function servePackage() {
  const files = new Set(await packedFiles());
  const types: Record<string, string> = {
    ts: "application/typescript",
    json: "application/json",
  };
  return Deno.serve({
    ...{ port: 0, hostname: "127.0.0.1" },
    onListen: () => {},
  }, async ({ url }) => {
    const path = new URL(url).pathname.slice(1);
    if (!files.has(path)) return new Response(null, { status: 404 });
    const type = types[path.split(".").at(-1)!] ?? "application/octet-stream";
    const bytes = await Deno.readFile(join(ROOT, path));
    return new Response(bytes, { headers: { "content-type": type } });
  });
}

/** The imports of deno.json, with which packages are published. */
function importsAt(address: string): Record<string, string> {
  const imports: Record<string, string> = {
    [project.name]: `${address}mod.ts`,
  };
  for (const [name, target] of Object.entries(project.imports)) {
    const isPackage = target.startsWith("npm:");
    imports[name] = isPackage ? target : new URL(target, address).href;
    if (isPackage) imports[`${name}/`] = `${target.replace(":", ":/")}/`;
  }
  return imports;
}

Deno.test("a script trains in workers with the toolkit at an address, and is made again", () =>
  withFolder(async (folder) => {
    await using server = await servePackage();
    const address = `http://127.0.0.1:${server.addr.port}/`;
    const config = {
      imports: importsAt(address),
      allowScripts: project.allowScripts,
    };
    const [script, settings] = [`${folder}/mine.ts`, `${folder}/deno.json`];
    await Deno.writeTextFile(script, templateOf("mine"));
    await Deno.writeTextFile(settings, JSON.stringify(config));
    const start = ["-A", "--quiet", "--no-lock", "mine.ts"];
    const trained = await runIn(folder, [...start, ...TINY]);
    assertEquals(trained, { code: 0, stdout: "", stderr: "" });
    const run = `mine/${NAME}`;
    const { engine, toolkit } =
      (await readRunJson(`${folder}/results/${run}`))!;
    assertEquals([engine.name, toolkit!.sha256], ["wasm", null]);
    const again = ["reproduce", "--run", "*-batch5-*"];
    const reproduced = await runIn(folder, [...start, ...again]);
    assertStringIncludes(reproduced.stdout, `${run}  identical`);
    assertEquals(reproduced.code, 0, reproduced.stdout);
  }));

Deno.test("new experiments are written where no other is, and name the toolkit", () =>
  withFolder(async (folder) => {
    const again = ["mine", "--in", folder];
    assertEquals((await runTask("new", again)).code, 0);
    const script = await Deno.readTextFile(`${folder}/mine.ts`);
    assertMistake(await runTask("new", again), "was not overwritten");
    assertMistake(await runTask("new", ["latent-sweep"]), "there is a task");
    assertMistake(await runTask("new", ["../x"]), "lower-case letters");
    assertMistake(await runTask("new", []), "name one experiment");
    assertEquals(await Deno.readTextFile(`${folder}/mine.ts`), script);

    // A project that does not name the toolkit keeps all else of its config.
    const config = `${folder}/deno.json`;
    await Deno.writeTextFile(config, '{\n    // mine\n    "imports": {},\n}\n');
    const { code } = await runTask("new", ["other", "--in", folder]);
    const text = await Deno.readTextFile(config);
    assertEquals(code, 0);
    assertMatch(text, /^ {4}\/\/ mine\n {4}"imports": \{\n {8}"@elbo\/lab"/m);
    assertMatch(text, /"exp:other": "DENO_V8_FLAGS=\S+ deno run -A other.ts"/);
    assertEquals((await runIn(folder, ["-A", "other.ts", "--list"])).code, 0);

    // What cannot be changed safely is left, before anything is written.
    for (const odd of ['{"imports": []}', '{"importMap": "a.json"}', "{"]) {
      await Deno.writeTextFile(config, odd);
      assertMistake(
        await runTask("new", ["third", "--in", folder]),
        ...["cannot be changed safely", '"links": ["'],
      );
      assertEquals(await Deno.readTextFile(config), odd);
    }
    await assertRejects(
      () => Deno.stat(`${folder}/third.ts`),
      Deno.errors.NotFound,
    );
  }));
