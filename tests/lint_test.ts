import { assertEquals } from "@std/assert";
import plugin from "../.ci/no_bare_file_calls.ts";

/** How many calls the rule finds in a source at a path. */
const found = (source: string, path = "/lab/src/results/new.ts") =>
  Deno.lint.runPlugin(plugin, path, source).length;

Deno.test("a lint rule finds every way to files but src/files.ts", () => {
  const ways = [
    'await Deno.readTextFile("x");',
    'Deno["readFileSync"]("x");',
    "const { writeFile } = Deno;",
    "const system = Deno;",
    'globalThis.Deno.open("x");',
    'globalThis["Deno"].open("x");',
    'const { Deno: system } = globalThis; system.open("x");',
    'import { readFile } from "node:fs/promises";',
    'import * as fs from "fs";',
    'export * from "node:fs";',
    'export { readFileSync } from "node:fs";',
    'const fs = await import("node:fs");',
    'console.log("not a file, but as bad");',
  ];
  for (const source of ways) {
    assertEquals(found(source) > 0, true, source);
    assertEquals(found(source, "/lab/experiments/new.ts") > 0, true, source);
    for (const path of ["/lab/src/files.ts", "/lab/tests/new.ts"]) {
      assertEquals(found(source, path), 0, source);
    }
  }
});

Deno.test("a lint rule leaves alone what of Deno has to do with no file", () => {
  const others = [
    "Deno.exit(Deno.args.length);",
    "const isClosed = error instanceof Deno.errors.BrokenPipe;",
    "let file: Deno.FsFile;",
    'import { dirname } from "node:path";',
  ];
  for (const source of others) assertEquals(found(source), 0, source);
});
