import { assertEquals } from "@std/assert";
import plugin from "../.ci/no_bare_file_calls.ts";
import maths from "../.ci/no_host_maths.ts";

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

/** How many calls the rule about a host's functions finds. */
const inexact = (source: string, path = "/lab/src/model/new.ts") =>
  Deno.lint.runPlugin(maths, path, source).length;

Deno.test("a lint rule finds functions of the host where bits are promised", () => {
  const ways = [
    "Math.log(x);",
    "[1].map(Math.exp);",
    'Math["log1p"](x);',
    "const { sin } = Math;",
    "const maths = Math;",
    "globalThis.Math.expm1(x);",
    "x ** 0.5;",
    "10 ** -i;",
    "x **= 2;",
  ];
  for (const source of ways) {
    assertEquals(inexact(source) > 0, true, source);
    for (const path of ["/lab/src/plot/a.ts", "/lab/src/engine/webgpu/a.ts"]) {
      assertEquals(inexact(source, path), 0, source);
    }
  }
  const others = ["Math.sqrt(x);", "Math.fround(x) * Math.PI;", "2 ** -24;"];
  for (const source of [...others, "(x - y) ** 2;", "log(x);"]) {
    assertEquals(inexact(source), 0, source);
  }
});
