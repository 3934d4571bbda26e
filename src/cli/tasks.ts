/**
 * The tasks that a script runs, too: `deno run -A my_script.ts evaluate RUN`.
 * They then know the script's own parts, and need no clone of the toolkit.
 */

import { fileURLToPath } from "node:url";
import { UserError } from "../errors.ts";
import { didYouMean, namesOf } from "../table.ts";
import type { Script } from "./run_script.ts";

type RunTask = (
  args: readonly string[],
  script: Script,
) => Promise<number | void>;

/** Loaded where it is asked for: an experiment starts without them. */
const TASKS: Readonly<Record<string, () => Promise<RunTask>>> = {
  "evaluate": async () => (await import("./evaluate.ts")).evaluate,
  "gradient-snr": async () =>
    (await import("./run_gradients.ts")).gradientsOfRuns,
  "encode": async () => (await import("./use/encode.ts")).encode,
  "sample": async () => (await import("./use/sample.ts")).sample,
  "reconstruct": async () => (await import("./use/reconstruct.ts")).reconstruct,
  "interpolate": async () => (await import("./use/interpolate.ts")).interpolate,
  "traverse": async () => (await import("./use/traverse.ts")).traverse,
  "explore": async () => (await import("./web/explore.ts")).explore,
  "disentanglement": async () =>
    (await import("./use/disentanglement.ts")).scoreRuns,
  "plot": async () => (await import("./plot.ts")).plot,
  "table": async () => (await import("./table.ts")).table,
  "report": async () => (await import("./web/report.ts")).report,
  "watch": async () => (await import("./web/watch.ts")).watch,
  "diff": async () => (await import("./diff.ts")).diff,
  "bisect": async () => (await import("./bisect.ts")).bisect,
  "reproduce": async () => (await import("./reproduce.ts")).reproduce,
  "verify": async () => (await import("./verify.ts")).verify,
  "submit": async () => (await import("./cluster/submit.ts")).submit,
  "status": async () => (await import("./cluster/status.ts")).status,
};

/**
 * The task that a command line begins with; undefined: it begins with none.
 *
 * @param about what the script is of
 * @throws {UserError} it begins with nearly one
 */
export function taskOf(
  [name, ...args]: readonly string[],
  about: Omit<Script, "path">,
): (() => Promise<number>) | undefined {
  if (name === undefined || name.startsWith("-")) return undefined;
  if (!Object.hasOwn(TASKS, name)) {
    const hint = didYouMean(name, namesOf(TASKS));
    if (hint === "") return undefined;
    throw new UserError(`${name}: no such task on runs${hint}`);
  }
  const main = Deno.mainModule;
  const path = main.startsWith("file:") ? fileURLToPath(main) : main;
  const script = { ...about, path };
  return async () => await (await TASKS[name]!())(args, script) ?? 0;
}
