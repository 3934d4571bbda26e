/**
 * `deno task lesson`: the page that trains, as one HTML file or served.
 *
 * @module
 */

import { z } from "zod";
import { integer, text } from "../../config/value.ts";
import { once } from "../../config/texts.ts";
import { UserError } from "../../errors.ts";
import { lessonHtml } from "../../web/lesson/lesson_html.ts";
import { serveOnLoopback } from "../../web/serve.ts";
import { COMMITTED } from "../named_runs.ts";
import { inProject } from "../place.ts";
import { say } from "../progress.ts";
import { readTask, runTask, type Task } from "../task.ts";
import { checkOwnPage, writePage } from "./own_page.ts";

const flagsSchema = z.object({
  _: z.array(z.string()).max(0, "takes no arguments, only flags"),
  out: once({ ...text("FILE.html"), expected: "a file that ends in .html" }),
  serve: z.boolean(),
  port: once(integer(1, 65535)),
});

const TASK: Task<z.output<typeof flagsSchema>> = {
  usage: [
    "Writes a page that teaches what a VAE is, and trains one where it is opened.",
    "",
    "Usage: deno task lesson [FLAGS]",
  ],
  flags: {
    out: ["FILE.html", "the page (default: results/lesson.html)"],
    serve: ["", "serve it on 127.0.0.1 instead: training then has all cores"],
    port: ["N", "of --serve (default: any that is free)"],
  },
  notes: [
    "The page opens from disk, and neither loads nor sends anything. It compares",
    "what it trains with the runs in results, where these have its settings.",
  ],
  schema: flagsSchema,
};

/** Runs the command. @throws {UserError} a mistake, said in one line */
export async function lesson(args: readonly string[]): Promise<void> {
  const flags = readTask(args, TASK);
  if (flags === null) return;
  const { out, serve, port } = flags;
  if (serve && out !== undefined) {
    throw new UserError("--out, --serve: give one of them");
  }
  if (port !== undefined && !serve) {
    throw new UserError("--port: it has no effect without --serve; add that");
  }
  if (out !== undefined && !out.endsWith(".html")) {
    throw new UserError(`--out ${out}: expected a file that ends in .html`);
  }
  const path = out ?? inProject(`${COMMITTED}/lesson.html`);
  if (!serve) await checkOwnPage(path, "lesson");
  const html = await lessonHtml(inProject(COMMITTED));
  if (serve) return await serveUntilClosed(html, port);
  await writePage(path, html);
  say(`${path} is written: open it in a browser`);
}

async function serveUntilClosed(html: string, port?: number): Promise<void> {
  const type = "text/html; charset=utf-8";
  const served = serveOnLoopback(
    (path) => Promise.resolve(path === "/" ? { type, body: html } : null),
    port === undefined ? {} : { port },
  );
  say(`the page, until Ctrl-C: ${served.url}`);
  await served.ended;
}

if (import.meta.main) await runTask(lesson);
