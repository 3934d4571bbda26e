import { assertEquals } from "@std/assert";
import { commandLine, shellWords } from "../../src/cli/task_command.ts";

Deno.test("shellWords() quotes what a shell would not take as it is", () => {
  assertEquals(
    shellWords(["--out", "a b", "--beta", "linear:0:1:2", "it's", ""]),
    "--out 'a b' --beta linear:0:1:2 'it'\\''s' ''",
  );
});

Deno.test("commandLine() quotes a path with a space", () => {
  assertEquals(
    commandLine("mc-samples", ["--engine", "wasm", "--out", "/a b"]),
    "deno task exp:mc-samples --engine wasm --out '/a b'",
  );
});
