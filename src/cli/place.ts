/**
 * Where the user stands. `deno task` starts a command in the folder of
 * deno.json, and says in INIT_CWD from where it was called: paths that the user
 * types are from there, and defaults such as `results` are in the project.
 */

import { join, relative, resolve } from "node:path";
import { enterFolder, targetOf } from "../files.ts";

const VARIABLE = "INIT_CWD";

/** Where the command was started, from where the user stands; "": there. */
let home = "";

/**
 * Goes to where the user stands, so that every path is what it says.
 *
 * @throws {UserError} the folder is gone
 */
export async function standWithUser(): Promise<void> {
  const { state } = Deno.permissions.querySync({
    name: "env",
    variable: VARIABLE,
  });
  const stands = state === "granted" ? Deno.env.get(VARIABLE) : undefined;
  // Elsewhere the variable is inherited, from a task that starts programs.
  const isTask = await targetOf("deno.json") ?? await targetOf("deno.jsonc");
  if (!stands || isTask === null) return;
  const start = Deno.cwd();
  enterFolder(stands);
  home = relative(stands, start);
}

/** A path of the project, such as that of its results, for the user. */
export function inProject(path: string): string {
  return home === "" ? path : join(home, path);
}

/** A user's path, as it is from the folder in which tasks are started. */
export function fromProject(path: string): string {
  return home === "" ? path : relative(resolve(home), resolve(path));
}
