/** What every task has in common: its flags, its help and how it ends. */

import type { z } from "zod";
import { MachineError, UserError } from "../errors.ts";
import { aligned } from "../text.ts";
import { parseFlags } from "./parse_flags.ts";
import { standWithUser } from "./place.ts";
import { print, say } from "./progress.ts";

/**
 * The flags of a task: what stands for the value, nothing where it is a switch,
 * and what the flag does.
 */
export type TaskFlags = Readonly<
  Record<string, readonly [value: string, help: string]>
>;

/** A task of the command line. */
export interface Task<T> {
  /** lines of the help above the flags */
  readonly usage: readonly string[];
  /** all flags but --help */
  readonly flags: TaskFlags;
  /** lines of the help below the flags */
  readonly notes?: readonly string[];
  /**
   * reads the flags: lists of the texts that were typed, switches as they are,
   * and other arguments as the list `_`
   */
  readonly schema: z.ZodType<T>;
}

/**
 * Reads a command line; null where it asks for help, which is printed.
 *
 * @throws {UserError} unknown flag, missing or bad value
 */
export function readTask<T>(args: readonly string[], task: Task<T>): T | null {
  const names = Object.keys(task.flags);
  const valued = names.filter((name) => task.flags[name]![0] !== "");
  const switches = names.filter((name) => task.flags[name]![0] === "");
  const typed = parseFlags(args, {
    valued,
    switches: [...switches, "help"],
    takesWords: true,
  });
  if (typed["help"] === true) {
    print(taskHelp(task));
    return null;
  }
  const result = task.schema.safeParse(typed);
  if (result.success) return result.data;
  const [{ path: [name, index], message }] = result.error.issues as [
    z.core.$ZodIssue,
  ];
  const all = [typed[String(name)]].flat();
  const given = typeof index === "number" ? [all[index]] : all;
  const words = [...name === "_" ? [] : [`--${String(name)}`], ...given];
  const shown = words.filter((word) => word !== "").join(" ");
  const about = shown === "" ? "" : `${shown}: `;
  throw new UserError(`${about}${message}; see --help`);
}

export function taskHelp(
  { usage, flags, notes = [] }: Task<unknown>,
): string[] {
  const rows = Object.entries({ ...flags, help: ["", "print this"] })
    .map(([name, [value, help]]) => [`--${name} ${value}`.trimEnd(), help!]);
  return [
    ...usage,
    "",
    ...aligned(rows).map((line) => `  ${line}`),
    ...notes.length === 0 ? [] : ["", ...notes],
  ];
}

/**
 * Runs a task as a program. A mistake of the user's is one line on stderr and
 * exit code 2, a machine that failed exit code 1.
 *
 * @param task returns its exit code; none: 0
 */
export async function runTask(
  task: (args: readonly string[]) => Promise<number | void>,
): Promise<void> {
  try {
    await standWithUser();
    Deno.exitCode = await task(Deno.args) ?? 0;
  } catch (error) {
    const isMistake = error instanceof UserError;
    if (!isMistake && !(error instanceof MachineError)) throw error;
    say(`error: ${error.message}`);
    // What it had begun, such as a server, must not keep the process.
    Deno.exit(isMistake ? 2 : 1);
  }
}
