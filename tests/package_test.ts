/** What `deno publish` packs, which is what other projects get. */

import { assert, assertEquals } from "@std/assert";
import { packedFiles, ROOT } from "./packed_files.ts";

const FOLDERS = ["data/reference/", "src/"];
const FILES = ["LICENSE", "README.md", "deno.json", "deno.lock", "mod.ts"];

Deno.test("the package has the source and what it loads, no tests and no results", async () => {
  const packed = new Set(await packedFiles());
  assertEquals([...packed].filter((path) => !path.includes("/")).sort(), FILES);
  assertEquals(
    [...packed].filter((path) =>
      path.includes("/") && !FOLDERS.some((folder) => path.startsWith(folder))
    ),
    [],
  );
  const missing: string[] = [];
  let checked = 0;
  for (const path of packed) {
    if (!/\.tsx?$/.test(path)) continue;
    const source = await Deno.readTextFile(new URL(path, ROOT));
    const loaded = [
      ...source.matchAll(/new URL\(\s*"(\.[^"]+\.\w+)", import\.meta/g),
      ...source.matchAll(/(?:from|import|import\() ?"(\.[^"]+\.\w+)"/g),
    ];
    for (const [, relative] of loaded) {
      checked += 1;
      const url = new URL(relative!, new URL(path, ROOT));
      const file = url.href.slice(ROOT.href.length);
      if (!packed.has(file)) missing.push(`${path} loads ${relative}`);
    }
  }
  assertEquals(missing, []);
  assert(checked > 800, `${checked} files are loaded`);
});
