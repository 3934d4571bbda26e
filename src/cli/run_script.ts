/** What starts the experiments of finished runs: tasks, or scripts. */

import { resolve } from "node:path";
import { experimentOf } from "../compare/names.ts";
import { UserError } from "../errors.ts";
import { targetOf } from "../files.ts";
import type { RunJson } from "../results/run_json.ts";
import { partChanges } from "../train/parts.ts";
import type { Request } from "./request.ts";
import { argsOf, permissions, SWEEP } from "./task_command.ts";

/** A run, as far as its start depends on it. */
export interface Startable {
  /** EXPERIMENT/RUN */
  readonly path: string;
  /** its script, where no task starts it */
  readonly script?: string | undefined;
  /** what it has of its script's own parts */
  readonly parts?: RunJson["parts"];
}

/** The script that runs the task, where one does. */
export interface Script {
  /** the name of its experiment */
  readonly experiment: string;
  /** its path, or its address elsewhere */
  readonly path: string;
  /** What a command line asks of it. @throws {UserError} a mistake */
  readonly request: (args: readonly string[]) => Request;
}

/**
 * What starts a run's experiment, as arguments of deno: its script, or the
 * command of its task.
 *
 * @param running the script that runs this task
 * @throws {UserError} there is neither
 */
export async function startOf(
  { path, script }: Startable,
  running: Script | undefined,
): Promise<string[]> {
  const experiment = experimentOf(path);
  const args = argsOf(`exp:${experiment}`);
  if (args !== undefined && script === undefined) return args;
  const file = running?.experiment === experiment ? running.path : script;
  if (file !== undefined && await isThere(file)) {
    const path = isAddress(file) ? file : resolve(file);
    return ["run", ...permissions(SWEEP), path];
  }
  throw new UserError(
    `${path}: no task runs ${experiment}, and ${
      file === undefined ? "no script is named" : `${file} is not there`
    }; let its script do so: deno run -A SCRIPT.ts reproduce --results DIR`,
  );
}

const isAddress = (script: string) => /^https?:/.test(script);

/** Whether deno can run it. */
async function isThere(script: string): Promise<boolean> {
  return isAddress(script) || await targetOf(script) !== null;
}

/**
 * The script that must run the task, since a run has parts that it alone has;
 * undefined: none must, or none is there.
 */
export async function scriptFor(
  runs: readonly Startable[],
): Promise<string | undefined> {
  const run = runs.find(({ parts }) => partChanges(parts).missing.length > 0);
  const script = run?.script;
  return script !== undefined && await isThere(script) ? script : undefined;
}
