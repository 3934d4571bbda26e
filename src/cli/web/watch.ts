/**
 * `deno task watch`: the live page of a running sweep, on loopback.
 *
 * @module
 */

import { z } from "zod";
import { once } from "../../config/texts.ts";
import { integer } from "../../config/value.ts";
import { UserError } from "../../errors.ts";
import { targetOf } from "../../files.ts";
import { serveWatch } from "../../web/watch/serve_watch.ts";
import { COMMITTED } from "../named_runs.ts";
import { inProject } from "../place.ts";
import { print } from "../progress.ts";
import { listenForSignals } from "../signals.ts";
import { readTask, runTask, type Task } from "../task.ts";

const MOST_PORT = 65535;

const flagsSchema = z.object({
  _: z.array(z.coerce.string()).max(1, "expected one folder"),
  port: once(integer(1, MOST_PORT)),
});

const TASK: Task<z.output<typeof flagsSchema>> = {
  usage: [
    "Shows the runs of a folder in the browser, while they are made: their rows",
    "as they come, and how far each is. It only reads, and stops no run.",
    "",
    "Usage: deno task watch [OUT] [FLAGS]",
    "",
    "OUT is what --out of the sweep names, or an experiment in it; it need not be",
    "there yet (default: results). Ctrl-C ends the page's server, and no sweep.",
  ],
  flags: { port: ["N", "of the page's address (default: any that is free)"] },
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function watch(args: readonly string[]): Promise<number> {
  const flags = readTask(args, TASK);
  if (flags === null) return 0;
  const { _: [folder = inProject(COMMITTED)], port } = flags;
  if ((await targetOf(folder))?.isDirectory === false) {
    throw new UserError(`${folder} is not a folder; name what --out names`);
  }
  const { signal, exitCode } = listenForSignals();
  const { url, ended } = await serveWatch(folder, {
    signal,
    ...port !== undefined && { port },
  });
  print(`${folder}: ${url}`);
  await ended;
  return exitCode();
}

if (import.meta.main) await runTask(watch);
