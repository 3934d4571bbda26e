import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  commandLine,
  permissions,
  shellWords,
  SWEEP,
  wordsOfShell,
} from "../../src/cli/task_command.ts";

const scriptOf = (path: string) =>
  new URL(`../../${path}`, import.meta.url).href;

Deno.test("commandLine() starts a script that no task starts, from the current folder", () => {
  const main = scriptOf("experiments/mine.ts");
  const start = `deno run ${permissions(SWEEP).join(" ")}`;
  assertEquals(
    commandLine("mine", ["--seed", "1"], main),
    `${start} experiments/mine.ts --seed 1`,
  );
  // One of the name of a task, elsewhere.
  assertEquals(
    commandLine("latent-sweep", [], scriptOf("../my work/latent.ts")),
    `${start} '../my work/latent.ts' `,
  );
});

Deno.test("shellWords() quotes what a shell would not take as it is", () => {
  assertEquals(
    shellWords(["--out", "a b", "--beta", "linear:0:1:2", "it's", ""]),
    "--out 'a b' --beta linear:0:1:2 'it'\\''s' ''",
  );
});

Deno.test("wordsOfShell() is its inverse", () => {
  const words = fc.array(fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom("'", " ", "\\", "a", "\n", '"') }),
  ));
  fc.assert(fc.property(words, (args) => {
    assertEquals(wordsOfShell(shellWords(args)), args);
  }));
});

Deno.test("commandLine() quotes a path with a space", () => {
  const main = scriptOf("experiments/mc_samples.ts");
  assertEquals(
    commandLine("mc-samples", ["--engine", "wasm", "--out", "/a b"], main),
    "deno task exp:mc-samples --engine wasm --out '/a b'",
  );
});
