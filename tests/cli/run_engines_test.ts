import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readFlags } from "../../src/cli/read_flags.ts";
import { requestOf } from "../../src/cli/request.ts";
import {
  engineOfEach,
  REFERENCE_TAKES,
  referenceNotice,
} from "../../src/cli/run_engines.ts";
import { TileChoice } from "../../src/cli/tile_choice.ts";
import { type Backend, openBackend } from "../../src/engine/backend.ts";
import { words } from "../experiments/command.ts";

/** What is said of the reference engine, of a command line. */
async function noticeOf(line: string, backend: Backend) {
  const request = requestOf(readFlags(words(line)));
  const tiles = new TileChoice(request, "", backend);
  const engines = await engineOfEach(request, backend, tiles);
  return referenceNotice(request, backend, engines);
}

Deno.test("a tfjs backend that makes runs slower says so, by the flag that does", async () => {
  const backend = await openBackend("cpu");
  const notice = (line: string) => noticeOf(line, backend);
  for (const asked of ["cpu", "wasm"]) {
    assertStringIncludes(
      (await notice(`--backend ${asked}`))!,
      `engine: reference, as --backend ${asked} is tfjs's; --engine wasm`,
    );
    for (const engine of ["wasm", "reference"]) {
      assertEquals(
        await notice(`--backend ${asked} --engine ${engine}`),
        null,
      );
    }
    // What the wasm engine cannot train is trained by no faster one.
    assertEquals(
      await notice(`--backend ${asked} --hidden conv4,8`),
      "engine: reference, as the wasm engine has no convolutions; a step of " +
        "784-400-20 takes it some 45 times as long",
    );
  }
  assertEquals(await notice(""), null);
});

Deno.test("the reference engine says why it trains what nobody asked it to", async () => {
  const backend = await openBackend("cpu");
  const because = "engine: reference, as the wasm engine has no";
  for (
    const [line, part] of [
      ["--hidden conv4,8", "convolutions"],
      ["--likelihood discretised-logistic", "discretised-logistic"],
      [
        "--latent 4 --upper-latent 2 --objective elbo-sampled",
        "two layers of latent variables",
      ],
      ["--condition class", null],
    ] as const
  ) {
    const notice = await noticeOf(line, backend);
    if (part === null) assertEquals(notice, null);
    else assertStringIncludes(notice!, `${because} ${part}`, line);
  }
  assertEquals(
    await noticeOf("--engine reference --hidden conv4,8", backend),
    null,
  );
});

Deno.test("the reference takes as long as the committed benchmark says", async () => {
  const table = await Deno.readTextFile(
    new URL("../../results/bench/amd-epyc.md", import.meta.url),
  );
  const line = /^\{"contender":"tfjs wasm".*$/m.exec(table)![0];
  const { ratio } = JSON.parse(line);
  assert(Math.abs(ratio / REFERENCE_TAKES - 1) < 0.4, `${ratio}`);
});
