/**
 * Where the user stands. `deno task` starts a command in the folder of
 * deno.json, and says in INIT_CWD from where it was called: paths that the user
 * types are from there, and defaults such as `results` are in the project.
 */

import { isAbsolute, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { variable } from "../environment.ts";
import { enterFolder, targetOf } from "../files.ts";

const VARIABLE = "INIT_CWD";
const TOOLKIT = new URL("../../", import.meta.url).href;

/** Where the command was started, from where the user stands; "": there. */
let home = "";

/**
 * Goes to where the user stands, so that every path is what it says.
 *
 * @throws {UserError} the folder is gone
 */
export async function standWithUser(): Promise<void> {
  const stands = variable(VARIABLE);
  const start = Deno.cwd();
  if (!stands || !await startsTasks(start, stands)) return;
  enterFolder(stands);
  home = relative(stands, start);
}

/**
 * Whether a task can have been started in a folder for who stands in another:
 * in the toolkit's, or in that of a deno.json above. Elsewhere the variable is
 * inherited, from a task that starts programs.
 */
async function startsTasks(start: string, stands: string): Promise<boolean> {
  if (pathToFileURL(`${start}/`).href === TOOLKIT) return true;
  const way = relative(start, stands);
  const isAbove = !isAbsolute(way) && !way.startsWith("..");
  return isAbove &&
    (await targetOf("deno.json") ?? await targetOf("deno.jsonc")) !== null;
}

/** A path of the project, such as that of its results, for the user. */
export function inProject(path: string): string {
  return home === "" ? path : join(home, path);
}

/** A user's path, as it is from the folder in which tasks are started. */
export function fromProject(path: string): string {
  return home === "" ? path : relative(resolve(home), resolve(path));
}

/** Where the process started, and where its user stands. */
export function whereabouts(): {
  readonly start: string;
  readonly user: string;
} {
  return { start: resolve(home), user: Deno.cwd() };
}
