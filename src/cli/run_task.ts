/** What the tasks that take finished runs have in common. */

import { parseArgs } from "@std/cli";
import { z } from "zod";
import { aligned } from "../compare/text_table.ts";
import { MachineError, UserError } from "../errors.ts";
import { writeAtomically } from "../results/files.ts";
import { type FinishedRun, readFinishedRun } from "../sweep/finished_run.ts";
import { say } from "./progress.ts";

/** Flags with a value: what stands for it, and what they do. */
export type TaskFlags = Readonly<Record<string, readonly [string, string]>>;

const SWITCHES = {
  quiet: "print no progress",
  help: "print this",
} as const;

/** The switches that every such task has. */
export const switches = { quiet: z.boolean(), help: z.boolean() } as const;

/**
 * Reads a command line.
 *
 * @param schema of the values of `flags`, the switches, and the runs as `_`
 * @throws {UserError} unknown flag, missing or bad value
 */
export function readTaskFlags<T>(
  args: readonly string[],
  flags: TaskFlags,
  schema: z.ZodType<T>,
): T {
  const names = Object.keys(flags);
  const parsed = parseArgs([...args], {
    string: ["_", ...names],
    collect: names,
    boolean: Object.keys(SWITCHES),
    unknown: (arg: string, key?: string) => {
      if (key === undefined) return true;
      throw new UserError(`${arg}: no such flag; --help lists them`);
    },
  });
  const result = schema.safeParse(parsed);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  const typed = (parsed as Record<string, unknown>)[name];
  throw new UserError(`--${name} ${typed}: ${issue?.message}`);
}

/** The text of `--help`: what stands before and after the flags. */
export function taskHelp(
  before: readonly string[],
  flags: TaskFlags,
  after: readonly string[],
): string {
  const rows = [
    ...Object.entries(flags).map(([name, [value, help]]) => [
      `--${name} ${value}`,
      help,
    ]),
    ...Object.entries(SWITCHES).map(([name, help]) => [`--${name}`, help]),
  ];
  return [
    ...before,
    "",
    ...aligned(rows).map((line) => `  ${line}`),
    "",
    ...after,
  ].join("\n");
}

/**
 * Reads all runs before any work is done, which takes its time.
 *
 * @throws {UserError} there is none, or one is not finished
 */
export async function readRuns(
  paths: readonly string[],
): Promise<FinishedRun[]> {
  if (paths.length === 0) {
    throw new UserError(
      "no run is named; name a folder such as results/EXPERIMENT/RUN",
    );
  }
  const runs: FinishedRun[] = [];
  for (const path of paths) runs.push(await readFinishedRun(path));
  return runs;
}

/** Writes a file into a run's folder. @throws {UserError} it cannot */
export async function writeIntoRun(path: string, text: string): Promise<void> {
  try {
    await writeAtomically(path, text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The advice is that for results of experiments.
    const mend = "copy the run to another folder, and evaluate it there";
    throw new UserError(error.message.replace("use another --out DIR", mend));
  }
}

/**
 * Runs a task as a program; a mistake is one line, exit code 2, and so is a
 * machine that failed, exit code 1.
 */
export async function runTask(
  task: (args: readonly string[]) => Promise<void>,
): Promise<void> {
  try {
    await task(Deno.args);
  } catch (error) {
    const isMistake = error instanceof UserError;
    if (!isMistake && !(error instanceof MachineError)) throw error;
    say(`error: ${error.message}`);
    Deno.exitCode = isMistake ? 2 : 1;
  }
}
