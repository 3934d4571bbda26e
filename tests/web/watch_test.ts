/** The live page of runs that are being made. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { watch } from "../../src/cli/web/watch.ts";
import { serveWatch } from "../../src/web/watch/serve_watch.ts";
import { writeRun } from "../compare/results.ts";
import { assertUserError, withFolder } from "../data/helpers.ts";
import { ROOT } from "../experiments/command.ts";
import { seriousFaults } from "./axe.ts";
import { testInBrowsers } from "./browsers.ts";

testInBrowsers(
  "the watch page shows runs and rows as they come, and when its server ends",
  (open) =>
    withFolder(async (folder) => {
      const out = `${folder}/out`;
      const stop = new AbortController();
      const { url, ended } = await serveWatch(out, { signal: stop.signal });
      try {
        const page = await open(url, {
          expected: /^request: |ERR_|Failed to load/,
        });
        const status = page.locator("[data-live]");
        await status.filter({ hasText: "Live: 0 of 0 runs" }).waitFor();
        assertStringIncludes(
          (await page.locator("main").textContent())!,
          "There is no run yet",
        );

        await writeRun(`${out}/toy`, "first.partial", { steps: 30 });
        await Deno.remove(`${out}/toy/first.partial/run.json`);
        const row = page.locator("[data-run=first]");
        await row.filter({ hasText: "step 30" }).waitFor();
        await Deno.writeTextFile(
          `${out}/toy/first.partial/train.csv`,
          "31,3100,-1,-1,0,0.1\n",
          { append: true },
        );
        await row.filter({ hasText: "step 31" }).waitFor();
        assertEquals(await seriousFaults(page), []);
        await row.getByRole("checkbox").uncheck();

        await writeRun(`${out}/toy`, "second", { seed: 2 });
        await writeRun(`${out}/toy`, "third", { config: { latentDim: 5 } });
        await page.locator("[data-run=second]").waitFor();
        // What the reader chose stays.
        assertEquals(await row.getByRole("checkbox").isChecked(), false);
        await status.filter({ hasText: "2 of 3 runs begun so far finished" })
          .waitFor();
        // Of final values the figures have finished runs alone, and say so.
        await row.getByRole("checkbox").check();
        const figures = page.locator("#trade-off");
        await figures.getByText("Without 1 run not finished yet.").waitFor();
        assertEquals(
          await figures.locator("svg").first().locator("circle").count(),
          2,
        );
        stop.abort();
        await status.filter({ hasText: "not answering" }).waitFor();
      } finally {
        stop.abort();
        await ended;
      }
    }),
);

Deno.test("watch serves until it is interrupted, and refuses what it cannot", () =>
  withFolder(async (folder) => {
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-check", "--allow-read", "--allow-env=INIT_CWD"],
        ...["--allow-net=127.0.0.1", `${ROOT}src/cli/web/watch.ts`, folder],
      ],
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = command.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const { value = "" } = await reader.read();
    assertMatch(value, /: http:\/\/127\.0\.0\.1:\d+\/\n$/);
    const url = value.trim().split(": ")[1]!;
    const answer = await fetch(url);
    assertStringIncludes(await answer.text(), "<!doctype html>");
    const port = new URL(url).port;
    await assertUserError(
      () => watch([folder, "--port", port]),
      `--port ${port}: another program has it`,
    );
    const events = await fetch(`${url}events`);
    command.kill("SIGINT");
    const { code } = await command.status;
    assertEquals(code, 130);
    await events.body!.cancel().catch(() => {});
    await reader.cancel();
    await command.stderr.cancel();
    await assertUserError(() => watch([folder, "more"]), "one folder");
    await assertUserError(() => watch(["--port", "0"]), "1..65535");
    const file = `${folder}/summary.csv`;
    await Deno.writeTextFile(file, "");
    await assertUserError(() => watch([file]), "not a folder");
  }));
