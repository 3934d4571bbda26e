/** The command `explore`. */

import { assert, assertEquals } from "@std/assert";
import { explore } from "../../src/cli/web/explore.ts";
import { withGlyphs } from "../cli/use/commands.ts";
import { assertUserError } from "../data/helpers.ts";
import { commandOf, ROOT, words } from "../experiments/command.ts";

Deno.test("explore refuses what the page cannot run, in a line", async () => {
  const refused = (...args: string[]) => () => explore([...args, "--quiet"]);
  await assertUserError(refused(), "no run is named");
  await assertUserError(
    refused("nowhere"),
    "nowhere is not a folder; name a run",
  );
  await withGlyphs(async (folder) => {
    await assertUserError(refused(folder, folder), "one page is of one run");
    await assertUserError(
      refused(folder, "--serve", "--out", "a.html"),
      "--out a.html: --serve writes no file",
    );
    await assertUserError(
      refused(folder, "--out", "a.png"),
      "--out a.png: expected a file to write: NAME.html",
    );
    await Deno.remove(`${folder}/checkpoint-4.safetensors`);
    await assertUserError(
      refused(folder),
      "has no checkpoint",
      "make the run again: deno task exp:latent-sweep",
    );
  });
  await withGlyphs(
    (folder) =>
      assertUserError(
        refused(folder),
        "the wasm engine, which has no two layers of latent variables",
      ),
    { "upper-latent": 2, objective: "elbo-sampled" },
  );
});

Deno.test("explore --serve serves the page to this machine", async () => {
  await withGlyphs(async (folder) => {
    const [, ...args] = words(commandOf("explore"));
    await using process = new Deno.Command(Deno.execPath(), {
      args: [...args, folder, "--serve", "--quiet"],
      cwd: ROOT,
      stdout: "piped",
    }).spawn();
    const reader = process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const url = (await reader.read()).value!.trim();
    const response = await fetch(url);
    const html = await response.text();
    assertEquals(
      response.headers.get("cross-origin-embedder-policy"),
      "require-corp",
    );
    assert(html.startsWith("<!doctype html>") && html.includes("glyphs-z3"));
    await reader.cancel();
    process.kill("SIGTERM");
    await process.status;
  });
});
