/** Tasks, called as functions, whose flags are those that their help names. */

import { copyRun, given, type Subject, subject } from "./subject.ts";
import { commandLines } from "./mutations.ts";
import { saidBy } from "../cli/said.ts";

const same = (args: readonly string[]) => args;

/** A run, and what a killed one left. */
export async function copyRuns(folder: string): Promise<void> {
  await copyRun(`${folder}/e/r`);
  await Deno.mkdir(`${folder}/e/r.partial`);
  await Deno.writeTextFile(`${folder}/e/r.partial/run.json`, "{");
}

/** A task as a subject. */
export function task(
  weight: number,
  load: () => Promise<(args: readonly string[]) => unknown>,
  { prepare = copyRuns, words = ["e", "e/r", "none"], adapt = same }: {
    /** makes what is there before */
    readonly prepare?: (folder: string) => Promise<void>;
    /** what is there, and what is not */
    readonly words?: readonly string[];
    /** keeps a command from what is not to be fuzzed */
    readonly adapt?: (args: readonly string[]) => readonly string[];
  } = {},
): Subject {
  return subject(weight, async (folder) => {
    await prepare(folder);
    const run = await load();
    const help = await saidBy(() => run(["--help"]));
    const flags = Array.from(help.matchAll(/^ +--([a-z-]+)( \S)?/gm));
    const named = (isValued: boolean) =>
      flags.filter(([, , value]) => (value !== undefined) === isValued)
        .map(([, name]) => name!);
    return given({
      inputs: commandLines(named(true), named(false), words),
      read: (args) => run(adapt(args)),
    });
  });
}
