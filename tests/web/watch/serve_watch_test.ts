import { assert, assertEquals } from "@std/assert";
import type { Update } from "../../../src/web/report/record/record.ts";
import {
  LOOK_EVERY_MS,
  serveWatch,
} from "../../../src/web/watch/serve_watch.ts";
import { writeRun } from "../../compare/results.ts";
import { withFolder } from "../../data/helpers.ts";

Deno.test("serveWatch() tells a new row in the first event after it, of a look each half second", () =>
  withFolder(async (folder) => {
    // A row that comes just after a look waits for the next one.
    assert(2 * LOOK_EVERY_MS <= 2000);
    const run = `${folder}/toy/a.partial`;
    await writeRun(`${folder}/toy`, "a.partial", { steps: 30 });
    await Deno.remove(`${run}/run.json`);
    const stop = new AbortController();
    const { url, ended } = await serveWatch(folder, { signal: stop.signal });
    try {
      const { body } = await fetch(`${url}events`);
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      const next = async () => {
        while (!text.includes("\n\n")) text += (await reader.read()).value!;
        const [event, ...rest] = text.split("\n\n");
        text = rest.join("\n\n");
        const { runs: [run] } = JSON.parse(event!.slice(6)) as Update;
        return typeof run === "object" ? run.progress!.step : null;
      };
      const steps = [await next()];
      for (const step of [31, 32, 33]) {
        const row = `${step},${100 * step},-1,-1,0,0.1\n`;
        await Deno.writeTextFile(`${run}/train.csv`, row, { append: true });
        steps.push(await next());
      }
      assertEquals(steps, [30, 31, 32, 33]);
      await reader.cancel();
    } finally {
      stop.abort();
      await ended;
    }
  }));
