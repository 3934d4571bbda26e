import { assertEquals, assertStringIncludes } from "@std/assert";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import { referenceNotice } from "../../src/cli/run_engines.ts";
import { openBackend } from "../../src/engine/backend.ts";
import { words } from "../experiments/command.ts";

Deno.test("a tfjs backend that makes runs slower says so, by the flag that does", async () => {
  const backend = await openBackend("cpu");
  const notice = (line: string) =>
    referenceNotice(requestOf(readFlags(words(line))), backend);
  for (const asked of ["cpu", "wasm"]) {
    assertStringIncludes(
      notice(`--backend ${asked}`)!,
      `engine: reference, as --backend ${asked} is tfjs's; --engine wasm`,
    );
    for (const engine of ["wasm", "reference"]) {
      assertEquals(notice(`--backend ${asked} --engine ${engine}`), null);
    }
    // What the wasm engine cannot train is trained by no faster one.
    assertEquals(notice(`--backend ${asked} --hidden conv4,8`), null);
  }
  assertEquals(notice(""), null);
});
