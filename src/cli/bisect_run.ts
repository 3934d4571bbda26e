/** A run, trained by another revision of the project. */

import { isAbsolute, normalize, resolve } from "node:path";
import { readTable, STEP_TABLES, treeFromFolder } from "../compare/tree.ts";
import type { RunTables } from "../compare/first_difference.ts";
import { UserError } from "../errors.ts";
import type { RunJson } from "../results/run_json.ts";
import type { Table } from "../results/csv_table.ts";
import { printable } from "../text.ts";
import { permissions, SWEEP, wordsOfShell } from "./task_command.ts";

/** What a revision makes of a run. */
export interface RunAt {
  /** null: it cannot train the run */
  readonly tables: RunTables | null;
  /** why not, in a line */
  readonly why: string;
}

/** How a run is trained at other revisions. */
export interface RunAtOptions {
  /** in place of the run's own */
  readonly steps?: number | undefined;
  /** where data sets are */
  readonly dataDir?: string | undefined;
  /** ends the training */
  readonly signal: AbortSignal;
}

/**
 * A function that trains a run by the project in `tree` into the folder `out`.
 *
 * @param folder of the run
 * @throws {UserError} its command is none that starts an experiment
 */
export function trainer(
  run: RunJson,
  folder: string,
  { steps, dataDir, signal }: RunAtOptions,
): (tree: string, out: string) => Promise<RunAt> {
  const { start, typed } = startOf(run.command, folder);
  const flags = new Map<string, string>();
  for (const [i, name] of typed.entries()) {
    if (name.startsWith("--")) flags.set(name, typed[i + 1] ?? "");
  }
  if (steps !== undefined) flags.set("--steps", String(steps));
  if (dataDir !== undefined) flags.set("--data-dir", resolve(dataDir));
  if (run.data.path !== undefined) {
    flags.set("--data", resolve(folder, run.data.path));
  }
  return async (tree, out) => {
    const known = new Map(flags);
    for (;;) {
      const error = await train(tree, [...start, ...[...known].flat()], {
        out,
        signal,
      });
      const tables = await tablesIn(out);
      if (tables !== null) return { tables, why: "" };
      // It came later; what it chooses was then fixed.
      const [, lacking] = /^error: (--[\w-]+): no such flag/m.exec(error) ?? [];
      if (lacking === undefined || !known.delete(lacking)) {
        const lines = error.trim().split("\n");
        const line = lines.findLast((line) => line.startsWith("error: "));
        return { tables: null, why: printable(line ?? lines.at(-1)!) };
      }
    }
  };
}

/**
 * Arguments of deno that start a run's experiment, and the flags after them. A
 * record of others must not choose what is run here, and what it may do: it
 * names a task or a script of the project, which gets a task's permissions.
 */
function startOf(command: string, folder: string) {
  const [, verb, ...words] = wordsOfShell(command);
  const at = words.findIndex((word) => !word.startsWith("-"));
  const [named = ""] = words.splice(0, at + 1).slice(-1);
  if (verb === "task" && named.startsWith("exp:")) {
    return { start: ["task", named], typed: words };
  }
  if (verb === "run" && isInProject(named)) {
    return { start: ["run", ...permissions(SWEEP), named], typed: words };
  }
  throw new UserError(
    `${folder}/run.json: its command starts no experiment of this project; ` +
      "bisect another run",
  );
}

/** Whether a path, which is from the project's folder, is in it. */
function isInProject(path: string): boolean {
  const isPath = path !== "" && !/^[a-z]+:/i.test(path) && !isAbsolute(path);
  return isPath && !normalize(path).startsWith("..");
}

/** @returns what it prints to stderr @throws {Error} it was stopped */
async function train(
  tree: string,
  args: readonly string[],
  { out, signal }: { readonly out: string; readonly signal: AbortSignal },
): Promise<string> {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "--out", out],
    cwd: tree,
    env: { INIT_CWD: tree, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal,
  }).output();
  signal.throwIfAborted();
  return new TextDecoder().decode(stderr);
}

/** The files of all steps of the one run in a folder; null: there is none. */
async function tablesIn(out: string): Promise<RunTables | null> {
  try {
    const [files] = (await treeFromFolder(out)).runs.values();
    const tables = new Map<string, Table>();
    for (const name of STEP_TABLES) {
      const file = files?.get(name);
      if (file !== undefined) tables.set(name, await readTable(file));
    }
    return tables;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
