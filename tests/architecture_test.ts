import { assert, assertEquals } from "@std/assert";
import { WEB_IMPORTS } from "../.ci/web_imports.ts";

const ROOT = new URL("../", import.meta.url);

/** The folders of src/, in the order in which they may import each other. */
async function layers(): Promise<string[]> {
  const readme = await Deno.readTextFile(new URL("src/README.md", ROOT));
  return [...readme.matchAll(/^src\/(\w+) /gm)].map(([, name]) => name!);
}

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const entry of Deno.readDir(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) yield* sources(url);
    else if (/\.tsx?$/.test(entry.name)) yield url;
  }
}

Deno.test("src/README's layout names every folder of src/", async () => {
  const folders: string[] = [];
  for await (const entry of Deno.readDir(new URL("src/", ROOT))) {
    if (entry.isDirectory) folders.push(entry.name);
  }
  assertEquals((await layers()).toSorted(), folders.toSorted());
});

Deno.test("src/ imports only what stands lower in src/README's layout", async () => {
  const order = await layers();
  const wrong: string[] = [];
  let checked = 0;
  for await (const url of sources(new URL("src/", ROOT))) {
    const source = await Deno.readTextFile(url);
    const layerOf = (file: URL) => /\/src\/(\w+)\//.exec(file.pathname)?.[1];
    const from = layerOf(url);
    for (const [, path] of source.matchAll(/from "(\.\.?\/[^"]+)"/g)) {
      const to = layerOf(new URL(path!, url));
      if (to === undefined || to === from) continue;
      checked += 1;
      const isUp = from === undefined ||
        order.indexOf(to) <= order.indexOf(from);
      if (isUp) wrong.push(`${url.pathname} imports ${to}/`);
    }
  }
  assertEquals(wrong, []);
  assert(checked > 50, `only ${checked} imports were found`);
});

Deno.test("no import in src/ leads back to its file, types included", async () => {
  const imports = new Map<string, string[]>();
  for await (const url of sources(new URL("src/", ROOT))) {
    const source = (await Deno.readTextFile(url)).replaceAll(/^ *\*.*/gm, "");
    const paths = source.matchAll(
      /^(?:import|export|\}) ?[^"]*from "(\.\.?\/[^"]+)"|\bimport\("(\.\.?\/[^"]+)"/gm,
    );
    imports.set(
      url.href,
      Array.from(
        paths,
        ([, from, loaded]) => new URL((from ?? loaded)!, url).href,
      ),
    );
  }
  const cycles: string[] = [];
  const done = new Set<string>();
  function follow(file: string, path: readonly string[]): void {
    if (path.includes(file)) {
      const cycle = [...path.slice(path.indexOf(file)), file];
      cycles.push(cycle.map((url) => url.slice(ROOT.href.length)).join(" -> "));
    }
    if (done.has(file)) return;
    done.add(file);
    for (const next of imports.get(file) ?? []) follow(next, [...path, file]);
  }
  for (const file of imports.keys()) follow(file, []);
  assertEquals(cycles, []);
  const count = [...imports.values()].flat().length;
  assert(count > 500, `only ${count} imports were found`);
});

Deno.test("nothing but cli/progress.ts writes to the terminal, where it is made printable", async () => {
  const writers: string[] = [];
  for (const folder of ["src/", "experiments/"]) {
    for await (const url of sources(new URL(folder, ROOT))) {
      const code = (await Deno.readTextFile(url)).replaceAll(/^ *\*.*/gm, "");
      if (!/\bconsole\.|\bstd(out|err)\.(write|readable|writable)/.test(code)) {
        continue;
      }
      writers.push(url.href.slice(ROOT.href.length));
    }
  }
  assertEquals(writers, ["src/cli/progress.ts"]);
});

/** Modules that run in a page for a script, by `deno info`. */
async function modulesOf(entry: string, map: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--import-map", map, entry],
    cwd: ROOT,
  }).output();
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    roots: string[];
    modules: {
      specifier: string;
      dependencies?: { code?: { specifier: string } }[];
    }[];
  };
  const imports = new Map(modules.map(({ specifier, dependencies = [] }) => [
    specifier,
    // Types are gone when it runs.
    dependencies.flatMap(({ code }) => code?.specifier ?? []),
  ]));
  const reached = new Set(roots);
  for (const module of reached) {
    for (const next of imports.get(module) ?? []) reached.add(next);
  }
  return [...reached];
}

Deno.test("what runs in a page names no Deno, and imports no node:, zod or tfjs", async () => {
  const pages = (await Array.fromAsync(sources(new URL("src/web/", ROOT))))
    .filter(({ pathname }) => pathname.endsWith("/main.tsx"));
  const imports = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(imports, JSON.stringify(WEB_IMPORTS));
  for (const { href } of pages) {
    const entry = href.slice(ROOT.href.length);
    for (const module of await modulesOf(entry, imports)) {
      const isOdd = /^node:|^npm:.*(zod|tensorflow)/.test(module);
      assert(!isOdd, `${entry} needs ${module}`);
      if (!module.startsWith(ROOT.href)) continue;
      const source = await Deno.readTextFile(new URL(module));
      const code = source.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
      // A page may tell of Deno, in a text.
      assert(
        !/\.\s*Deno\b|\bDeno\s*[.[;,)}?]/.test(code),
        `${entry} needs ${module}, which names Deno`,
      );
    }
  }
  await Deno.remove(imports);
  assert(pages.length > 0);
});

Deno.test("the top level has no more than the design", async () => {
  const design = [
    "LICENSE",
    "README.md",
    "data",
    "deno.json",
    "deno.lock",
    "experiments",
    "mod.ts",
    "results",
    "src",
    "tests",
  ];
  const { stdout, success } = await new Deno.Command("git", {
    args: ["ls-files"],
    cwd: ROOT,
  }).output();
  if (!success) return; // a copy without its repository
  const tracked = new TextDecoder().decode(stdout).trim().split("\n")
    .map((path) => path.split("/")[0]!);
  const visible = [...new Set(tracked)].filter((name) => !name.startsWith("."));
  assertEquals(visible.toSorted(), design);
});
