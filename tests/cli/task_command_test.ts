import { assertEquals, assertMatch } from "@std/assert";
import {
  commandLine,
  shellWords,
  taskCommand,
} from "../../src/cli/task_command.ts";

Deno.test("taskCommand() is the task, or its command with one permission more", () => {
  const name = "latent-sweep";
  assertEquals(
    taskCommand(name, { callsLibraries: false }),
    "deno task exp:latent-sweep",
  );
  assertMatch(
    taskCommand(name, { callsLibraries: true }),
    /^deno run --allow-ffi --allow-read .* experiments\/latent_sweep\.ts$/,
  );
});

Deno.test("shellWords() quotes what a shell would not take as it is", () => {
  assertEquals(
    shellWords(["--out", "a b", "--beta", "linear:0:1:2", "it's", ""]),
    "--out 'a b' --beta linear:0:1:2 'it'\\''s' ''",
  );
});

Deno.test("commandLine() quotes a path with a space", () => {
  const args = ["--engine", "wasm", "--blas", "/a b/libopenblas.so.0"];
  assertEquals(
    commandLine("mc-samples", args, { callsLibraries: false }),
    "deno task exp:mc-samples --engine wasm --blas '/a b/libopenblas.so.0'",
  );
});
